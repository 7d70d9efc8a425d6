/** What stands on the page that an officer signs. */
import { expect, test } from "vitest";
import { certificateText } from "../../src/cli/certificate-text.js";
import { statementPage } from "../../src/cli/statement-page.js";
import { NOT_PROVEN_CODES } from "../../src/core/certificate.js";
import type { Certificate } from "../../src/verify.js";

const AT = "2026-03-02T12:00:00.000Z";
const person = { name: "Ada Park", title: "Chief Executive Officer" };

/** As issued, where nobody was told and nothing is in doubt. */
function certificate(more: Partial<Certificate> = {}): Certificate {
  return {
    version: 1,
    id: "crt_1",
    issuer: "privacy.example",
    store: "sto_1",
    cause: { kind: "order", id: "ord_1", title: "In re Pace" },
    purge: "prg_1",
    plan: "a".repeat(64),
    plannedAt: AT,
    approvedAt: AT,
    startedAt: AT,
    finishedAt: AT,
    approvals: [{ by: "Bo Lind", title: "Counsel", at: AT, plan: "a".repeat(64) }],
    places: [],
    sanitization: {
      standard: "NIST SP 800-88r2",
      media: "not-applicable",
      methods: [],
      verification: "inspect",
      tool: "custody",
      performedBy: person,
    },
    retained: [],
    notProven: [],
    counts: {
      records: 0,
      subjects: 0,
      datasets: 0,
      models: 0,
      places: 0,
      retained: 0,
      notProven: 0,
    },
    campaign: null,
    checkpoint: "note",
    statement: { form: "28-usc-1746", text: "I declare." },
    signer: { ...person, human: true },
    issuedAt: AT,
    ...more,
  };
}

/** On one line, as the words follow each other. */
const page = (more: Partial<Certificate> = {}) =>
  (statementPage(certificate(more)) ?? "").replaceAll(/\s+/g, " ");

const told = (state: "confirmed" | "refused" | "no-answer" | "open", kind = "recipient") =>
  page({
    told: [
      {
        instruction: "ins_1",
        kind: kind as "recipient",
        name: "adnet",
        scope: ["data", "models"],
        instructedAt: AT,
        state,
      },
    ],
  });

test("whoever was told stands there with what they answered, as their word", () => {
  const begin = "adnet (instruction ins_1), told on 2026-03-02 to destroy data, models, ";
  expect(told("confirmed")).toContain(`${begin}said that it did so.`);
  expect(told("refused")).toContain(`${begin}refused.`);
  expect(told("no-answer")).toContain(`${begin}never answered.`);
  expect(told("open")).toContain(`${begin}has not yet said that it did all of it.`);
  expect(told("confirmed")).toContain("That they did what they say was not looked at.");
  expect(told("confirmed", "key-escrow")).toContain("the keeper of key copies adnet (");
  expect(page()).not.toContain("told");
});

test("a model that was let live by an oath is named, with who swore it", () => {
  const exit = { model: "mod_1", product: "Pace Coach", swornAt: AT, by: person };
  const said = page({ exits: [exit] });
  expect(said).toContain(
    "mod_1 in the product Pace Coach, sworn on 2026-03-02 by Ada Park, Chief Executive Officer.",
  );
  expect(said).toContain("They are not served, and nothing may be built on them.");
  expect(page()).not.toContain("not destroyed");
});

test("every code of what is not proven is said in words, and a backup with its day", () => {
  for (const code of NOT_PROVEN_CODES) {
    const one = { node: "prg_1", connector: "nightly", code };
    const said = page({ notProven: [one] });
    expect(said, code).toContain("Of these no absence was seen: prg_1 in nightly (");
    expect(said, code).not.toContain(code);
    expect(certificateText(certificate({ notProven: [one] })), code).not.toContain(code);
  }
  const until = "2026-06-01T00:00:00.000Z";
  const backup = { node: "prg_1", connector: "nightly", code: "backup-unexpired", until } as const;
  expect(page({ notProven: [backup] })).toContain(`not gone yet (gone from ${until})).`);
  expect(page()).not.toContain("no absence was seen");
});

test("a code without words is printed as it is, also one that every object knows", () => {
  for (const code of ["glacier-sealed", "constructor"]) {
    const one = { node: "n", connector: "c", code: code as "place-unknown" };
    expect(page({ notProven: [one] })).toContain(`n in c (${code}).`);
  }
});

test("what was not looked at is named, once", () => {
  const place = {
    node: "bas_1",
    connector: "vault",
    ref: "prg_1/bas_1",
    records: 1,
    level: "logical",
    seenAbsentAt: AT,
    notLookedAt: ["free blocks"],
  } as const;
  const of = (...notLookedAt: readonly string[]) => ({ ...place, notLookedAt: [...notLookedAt] });
  const said = page({ places: [of("free blocks"), of("free blocks", "replicas")] });
  expect(said).toContain("Not looked at was of vault: free blocks; of vault: replicas.");
  expect(page({ places: [of()] })).not.toContain("Not looked at");
});

test("the reader of a certificate is told the same, and nothing where there is nothing", () => {
  const exit = { model: "mod_1", product: "Pace Coach", swornAt: AT, by: person };
  const all = certificateText(
    certificate({
      exits: [exit],
      told: [
        {
          instruction: "ins_1",
          kind: "recipient",
          name: "adnet",
          scope: ["data"],
          instructedAt: AT,
          state: "refused",
        },
      ],
    }),
  );
  expect(all).toMatch(/Out of reach and told to destroy\nwho .*\nadnet .*refused/);
  expect(all).toMatch(/sworn that it cannot be\nmodel .*\nmod_1 +Pace Coach/);
  expect(certificateText(certificate())).not.toMatch(/Out of reach|sworn/);
});

test("nobody is given a page where nothing was drafted", () => {
  expect(statementPage(certificate())).toMatch(/^STATEMENT\n/);
  expect(statementPage(certificate({ statement: null }))).toBeUndefined();
});

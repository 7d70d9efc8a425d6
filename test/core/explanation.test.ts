import { describe, expect, test } from "vitest";
import type { ConsentState } from "../../src/core/consent.js";
import { explain, helpFor } from "../../src/core/explanation.js";
import { type CollectQuestion, decideCollect, type Facts } from "../../src/core/gate.js";
import {
  CHANGE_ACTS,
  GATE_CODES,
  REFUSAL_WORDS,
  STANDING_WORDS,
} from "../../src/core/refusal-words.js";
import { decideUse } from "../../src/core/standing.js";
import { REFUSAL_CODES, type RefusalCode } from "../../src/errors.js";
import {
  ADULT,
  basis,
  CHILD,
  consent,
  disclosing,
  facts,
  NOW_MS,
  notice,
  policyWith,
  record,
  says,
  TEEN,
} from "./facts-fixture.js";

const YES = consent("c1", { coaching: "given", training: "given" });

function toCollect(given: Facts, more: Partial<CollectQuestion> = {}) {
  const q = { collection: "profile", purpose: "coaching", fields: ["weightKg"], atMs: NOW_MS };
  const asked = { ...q, ...more };
  return explain(given, decideCollect(given, asked), asked);
}

function toUse(given: Facts, purpose = "coaching", held = basis(), of = record(), order = "") {
  const decision = decideUse(given, of, held, { held: false, order }, purpose);
  return explain(given, decision, { purpose, collection: "profile", atMs: NOW_MS });
}

const one = (verdict: "refused" | "withdrawn" | "expired" | "invalidated"): ConsentState =>
  consent("c1", { coaching: verdict });
const INDIA = { subject: { jurisdiction: "IN" } };

/** For each code of the gate a case that gives it, on the pure functions. */
const CASES: { readonly [C in (typeof GATE_CODES)[number]]: () => ReturnType<typeof explain> } = {
  "age-unknown": () => toCollect(facts([])),
  "consent-expired": () => toCollect(facts([CHILD], [one("expired")])),
  "consent-invalidated": () => toCollect(facts([CHILD], [one("invalidated")])),
  "consent-out-of-scope": () => toCollect(facts([CHILD], [YES]), { purpose: "upkeep" }),
  "consent-refused": () => toCollect(facts([CHILD], [one("refused")])),
  "consent-required": () => toCollect(facts([CHILD])),
  "consent-withdrawn": () => toCollect(facts([CHILD], [one("withdrawn")])),
  "exception-combined": () =>
    toCollect(facts([CHILD]), {
      purpose: "upkeep",
      collection: "devices",
      fields: ["device"],
      exception: "c7",
      exceptionsHeld: ["c9"],
    }),
  "exception-not-allowed": () => toCollect(facts([CHILD]), { exception: "c7" }),
  "field-unknown": () => toCollect(facts([CHILD]), { fields: ["nobody"] }),
  "method-insufficient": () => {
    const weak = { ...YES, method: "email-plus" } as const;
    return toCollect(facts([CHILD], [weak], { policy: disclosing() }));
  },
  "notice-outdated": () =>
    toCollect(facts([CHILD], [YES], { notices: [notice({ categories: [] })] })),
  "notice-undelivered": () => {
    const parentNotices = { rec: "bounced" } as const;
    const held = basis({ kind: "exception", exception: "c4", consent: "", consents: [] });
    return toUse(facts([CHILD], [], { subject: { parentNotices } }), "coaching", held);
  },
  "purpose-forbidden": () => {
    const purposes = { adverts: { use: "advertising" } } as const;
    const policy = policyWith({ regimes: ["india-dpdp"], purposes });
    return toCollect(facts([CHILD], [], { policy, ...INDIA }), { purpose: "adverts" });
  },
  "purpose-unknown": () => toCollect(facts([CHILD]), { purpose: "kip@home.example" }),
  "record-erased": () =>
    toUse(facts([CHILD], [YES]), "coaching", basis(), record({ erasedAt: "2026-04-30" })),
  "record-restricted": () =>
    toUse(facts([CHILD], [YES], { subject: { deletionRequestedAt: "2026-04-30" } })),
  "record-tainted": () => toUse(facts([CHILD], [YES]), "coaching", basis(), record(), "ord_1"),
  "separate-consent-required": () => {
    const whole = consent("c1", { adverts: "given" });
    const decisions = whole.decisions.map((d) => ({ ...d, named: false }));
    const given = facts([CHILD], [{ ...whole, decisions }], { policy: disclosing() });
    return toCollect(given, { purpose: "adverts" });
  },
  "subject-suppressed": () =>
    toCollect(facts([CHILD], [YES], { subject: { suppressedSince: "2026-04-30" } })),
  "wrong-subject": () => toCollect(facts([CHILD], [YES]), { consent: "con_of_another" }),
};

describe("every refusal of the gate", () => {
  test.each(GATE_CODES)("%s is given, with its sentence, its rule and what would help", (code) => {
    const told = CASES[code]();
    expect(told).toMatchObject({ allowed: false, code });
    expect(told.sentences[0]).toMatch(new RegExp(`^Refused \\(${code}\\): [A-Z].*\\.$`));
    expect(told.help.length).toBeGreaterThan(0);
    expect(told.sentences).toEqual(expect.arrayContaining([...told.help]));
    expect(told.rule).not.toBe("");
    expect(told.sentences.join("\n")).toContain(told.rule);
    expect(told.sentences.join("\n")).not.toMatch(/[{}]|undefined|2016-05-05/);
    for (const { act } of told.changes) expect(CHANGE_ACTS).toContain(act);
  });

  test("no code of the closed list is without words, and the gate's are among them", () => {
    expect(Object.keys(REFUSAL_WORDS).sort()).toEqual([...REFUSAL_CODES]);
    for (const code of REFUSAL_CODES) {
      const { sentence, help, act } = REFUSAL_WORDS[code];
      for (const text of [sentence, help]) expect(text, code).toMatch(/^[A-Z{].*\.$/);
      expect(CHANGE_ACTS, code).toContain(act);
    }
    const outside = GATE_CODES.filter((c) => !(REFUSAL_CODES as readonly string[]).includes(c));
    expect(outside).toEqual([]);
    // A code that the gate does not give has words all the same, and no case here.
    expect(Object.keys(CASES)).not.toContain("signer-not-human" satisfies RefusalCode);
  });
});

describe("what would change it", () => {
  test("names whose consent is lacking and by which methods, as data and as a sentence", () => {
    const { changes, help } = toCollect(facts([CHILD]), { purpose: "training" });
    expect(changes[0]).toMatchObject({
      act: "consent",
      giver: "parent",
      purpose: "training",
      regime: "coppa",
      rule: "16 CFR 312.5(a)(1)",
      separate: false,
    });
    expect(changes[0]?.methods).toContain("email-plus");
    expect(changes[0]?.methods).not.toContain("unlisted");
    expect(help[0]).toMatch(
      /^A parent's consent for "training", by one of these methods: signed-form, .*email-plus/,
    );
  });

  test("leaves the weak methods out once the operator discloses", () => {
    const policy = disclosing();
    const { changes } = toCollect(facts([CHILD], [], { policy }));
    expect(changes[0]?.methods).toContain("signed-form");
    expect(changes[0]?.methods).not.toContain("email-plus");
    const adverts = toCollect(facts([CHILD], [], { policy }), { purpose: "adverts" });
    expect(adverts.help[0]).toContain("given apart from any other");
  });

  test("says what a law adds to a method, and that a teen's own yes has none", () => {
    const share = { use: "disclosure", recipients: ["broker"], for: "consideration" } as const;
    const policy = policyWith({ regimes: ["ccpa-minors"], purposes: { share } });
    const subject = { jurisdiction: "US-CA" };
    const parent = toCollect(facts([CHILD], [], { policy, subject }), { purpose: "share" });
    expect(parent.help[0]).toContain("payment-transaction only if monetary");
    const teen = toCollect(facts([TEEN], [], { policy, subject }), { purpose: "share" });
    expect(teen.help[0]).toMatch(/^The person's own consent for "share"/);
    expect(teen.changes[0]?.methods).toEqual([]);
  });

  test("of a record that stands closed is said for the reason why it does", () => {
    const none = basis({ kind: "none", consent: "", consents: [] });
    const late = toUse(facts([ADULT, CHILD]), "coaching", none);
    expect(late.code).toBe("record-restricted");
    expect(late.sentences[0]).toContain("lacked a consent that it needed to come in");
    expect(late.changes).toEqual([
      expect.objectContaining({ act: "age-evidence", help: expect.stringContaining("confirmed") }),
    ]);
    const gone = { subject: { deletionRequestedAt: "2026-04-30T12:00:00.000Z" } };
    const asked = toUse(facts([CHILD], [YES], gone));
    expect(asked).toMatchObject({ code: "record-restricted", changes: [{ act: "nothing" }] });
    expect(asked.help[0]).toContain("deletion");
    for (const words of Object.values(STANDING_WORDS)) {
      expect(CHANGE_ACTS).toContain(words?.act);
      for (const text of [words?.sentence, words?.help]) expect(text).toMatch(/^[A-Z].*\.$/);
    }
    // A purpose's own refusal, of a record that stands open, keeps the words of its code.
    const other = toUse(facts([CHILD], [YES]), "upkeep");
    expect(other.sentences[0]).toContain(
      REFUSAL_WORDS[other.code || "age-unknown"].sentence.slice(0, 11),
    );
  });

  test("is nothing where it is allowed", () => {
    const told = toCollect(facts([CHILD], [YES]));
    expect(told).toMatchObject({ allowed: true, code: "", changes: [], help: [] });
  });
});

describe("what is allowed", () => {
  test("by an exception without consent, and where another law asks, on that one's consent", () => {
    const under = { collection: "devices", purpose: "upkeep", fields: ["device"] };
    const q = { ...under, exception: "c7", atMs: NOW_MS } as const;
    const told = (given: Facts) => explain(given, decideCollect(given, q), q).sentences;
    expect(told(facts([CHILD]))[0]).toBe(
      "Allowed without consent, by the exception of 16 CFR 312.5(c)(7).",
    );
    const own = { from: "subject", giver: "subject", method: "", regime: "gdpr-art8" } as const;
    const policy = policyWith({ regimes: ["coppa", "gdpr-art8"] });
    const there = { policy, subject: { jurisdiction: "SE" } };
    const yes = { ...consent("s", { upkeep: "given" }), ...own };
    const uses = { upkeep: "internal-operations" } as const;
    const named = notice({ covers: ["upkeep"], uses, categories: ["persistent-id"] });
    const notices = new Map([["v1", named]]);
    const [head, by] = told({ ...facts([TEEN], [yes], there), notices });
    expect(head).toBe("Taken under the exception of 16 CFR 312.5(c)(7).");
    expect(by).toMatch(/^Allowed because consent s given .* as GDPR Art\. 6\(1\)\(a\) asks\.$/);
    expect(told(facts([TEEN], [], there))[0]).toContain("Refused (consent-required)");
  });

  test("says which consent, when, by which method and under which notice", () => {
    const told = toCollect(facts([CHILD], [YES]));
    const day = YES.answeredAt.slice(0, 10);
    expect(told.sentences[0]).toBe(
      `Allowed because consent c1 given ${day} by signed-form covers "coaching" ` +
        "under notice v1, as 16 CFR 312.5(a)(1) asks.",
    );
    expect(told.consents).toEqual([
      expect.objectContaining({ id: "c1", notice: "v1", verdict: "given", decides: true }),
    ]);
    expect(toCollect(facts([CHILD], [YES]), { purpose: "upkeep" }).consents).toEqual([
      expect.objectContaining({ id: "c1", verdict: "", decides: true }),
    ]);
  });

  test("names each that had to agree, where a law asks for two", () => {
    const policy = policyWith({ regimes: ["gdpr-art8"] });
    const two = [
      { ...consent("p", { training: "given" }), regime: "gdpr-art8" },
      {
        ...consent("s", { training: "given" }),
        regime: "gdpr-art8",
        from: "subject" as const,
        giver: "subject",
        method: "" as const,
      },
    ];
    const given = facts([CHILD], two, { policy, subject: { jurisdiction: "FR" } });
    const told = toCollect(given, { purpose: "training" });
    expect(told.sentences[0]).toContain("consent p ");
    expect(told.sentences[1]).toContain("consent s ");
    expect(told.sentences[1]).toContain("by the person");
    const alone = facts([CHILD], two.slice(0, 1), { policy, subject: { jurisdiction: "FR" } });
    expect(toCollect(alone, { purpose: "training" })).toMatchObject({ code: "consent-required" });
  });

  test("says so where nobody's consent is needed, and where an exception let it in", () => {
    expect(toCollect(facts([ADULT])).sentences[0]).toContain("nobody's consent is needed");
    const held = basis({ kind: "exception", exception: "c4", consent: "", consents: [] });
    const told = toUse(facts([CHILD]), "coaching", held);
    expect(told.sentences[0]).toBe(
      "Allowed without consent, by the exception of 16 CFR 312.5(c)(4).",
    );
  });
});

test("the evidence that decides is told from what only counts, by id and never by value", () => {
  const older = says("1990-05-05", { id: "ev_store", source: "store-apple" });
  const told = toCollect(facts([{ ...CHILD, id: "ev_doc", source: "parent" }, older]));
  expect(told.evidence.map(({ id, decides }) => [id, decides])).toEqual([
    ["ev_doc", true],
    ["ev_store", false],
  ]);
  expect(told.sentences.join("\n")).toContain("treated as child, by the evidence ev_doc");
  expect(JSON.stringify(told)).not.toMatch(/2016|1990/);
  const directed = facts([ADULT], [], { policy: policyWith({ audience: "child-directed" }) });
  const child = toCollect(directed);
  expect(child.band).toBe("child");
  expect(child.evidence.every(({ decides }) => !decides)).toBe(true);
  expect(child.sentences.join()).toContain("everybody is treated as a child");
});

test("a name that the policy does not declare is not repeated", () => {
  const told = CASES["purpose-unknown"]();
  expect(JSON.stringify(told)).not.toContain("home.example");
  expect(told).toMatchObject({ purpose: "", collection: "profile" });
});

test("the purpose alone can be asked about, and then no field decides", () => {
  const alone = { collection: "", fields: [] };
  expect(toCollect(facts([CHILD], [YES]), alone)).toMatchObject({ allowed: true, collection: "" });
  expect(toCollect(facts([CHILD]), alone)).toMatchObject({ code: "consent-required" });
  expect(toCollect(facts([CHILD], [YES]), { collection: "" })).toMatchObject({
    code: "field-unknown",
  });
});

test("a thrown refusal carries the same help", () => {
  const given = facts([CHILD]);
  const q = { collection: "profile", purpose: "coaching", fields: ["weightKg"], atMs: NOW_MS };
  const decision = decideCollect(given, q);
  if (decision.allowed) throw new Error("must be refused");
  expect(helpFor(given.policy, decision, "coaching")).toEqual(explain(given, decision, q).help);
});

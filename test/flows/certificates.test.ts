import { expect, test } from "vitest";
import type { OrderText } from "../../src/core/order-text.js";
import { headOf, type Plan, planHash, type Step, type WholePurge } from "../../src/core/purge.js";
import type { DocumentKind } from "../../src/core/row.js";
import { CustodyError } from "../../src/errors.js";
import type { IssueCertificateInput } from "../../src/flows/certificate-terms.js";
import {
  CERTIFICATE_ROW_CHARACTERS,
  getCertificate,
  issueCertificate,
} from "../../src/flows/certificates.js";
import type { Context } from "../../src/flows/context.js";
import { verifyLedger } from "../../src/flows/ledger.js";
import { pagesOf, pageWrite } from "../../src/flows/plan-pages.js";
import { sha256Hex, text } from "../../src/lib/bytes.js";
import type { Json } from "../../src/lib/canonical.js";
import { instantText } from "../../src/lib/instant.js";
import { collected } from "../../src/testing/expectation.js";
import { verifyCertificate } from "../../src/verify.js";
import { act, memoryContext } from "./ledger-fixture.js";

const PERSON = { name: "Ada Park", title: "Privacy Counsel", human: true } as const;
const COUNTS = {
  noticed: 10,
  consented: 4,
  "school-authorised": 1,
  declined: 2,
  "no-answer": 3,
  "deletion-requested": 2,
  asked: 1,
};
const HELD = { hold: "hld_a", authority: "court", instrument: "case 1" };

interface Story {
  readonly attest?: NonNullable<OrderText["remedy"]["attest"]>;
  readonly change?: (purge: WholePurge) => WholePurge;
  readonly changeStep?: (step: Step) => Step;
  readonly items?: number;
  readonly scrub?: "logical" | "rewritten";
}

/** A purge by order that is complete, as its flow leaves it behind. */
async function purged(context: Context, story: Story = {}): Promise<string> {
  const now = () => instantText(context.now());
  const put = (kind: DocumentKind, id: string, owner: string, body: unknown) =>
    ({
      put: {
        table: "document",
        kind,
        id,
        version: 1,
        owner,
        due: "",
        body: body as { readonly [key: string]: Json },
      },
    }) as const;
  const order = context.newId("order");
  const id = context.newId("purge");
  const items = Array.from({ length: story.items ?? 2 }, (_, index) => {
    const node = index === 1 ? context.newId("model") : context.newId("basis");
    return index === 1
      ? { node, connector: "models", ref: "a.bin", records: 0 }
      : { node, connector: "vault", ref: node, records: 3 };
  });
  const plan: Plan = {
    cause: { kind: "order", id: order },
    plannedAt: now(),
    records: 3,
    subjects: 2,
    selection: "00".repeat(32),
    datasets: [context.newId("dataset")],
    artifacts: [],
    models: [...items.slice(1, 2).map(({ node }) => node), context.newId("model")],
    items,
    retained: [{ record: context.newId("record"), ...HELD }],
  };
  const hash = planHash(plan);
  const approvals = [
    { by: "Ben Roe", title: "CTO", at: now(), plan: "11".repeat(32) },
    { by: "Cy Doe", title: "CEO", at: now(), plan: hash },
  ];
  const startedAt = now();
  const steps = items.map((item, index): Step => {
    const progress = {
      state: "seen",
      at: now(),
      level: "rewritten",
      notLookedAt: ["backups"],
    } as const;
    return { id: context.newId("step"), purge: id, index, item, attempts: 1, progress };
  });
  const scrub = { at: now(), level: story.scrub ?? "rewritten", lookedAt: [], notLookedAt: [] };
  const finishedAt = now();
  const purge: WholePurge = {
    ...{ id, plan, planHash: hash, approvals, startedAt, finishedAt },
    ...{ state: "complete", scrub, epoch: 2 },
  };
  const remedy = story.attest === undefined ? {} : { attest: story.attest };
  const changed = story.change?.(purge) ?? purge;
  const orderBody = { id: order, title: "In re Pace", citation: "C-1", opened: "2026-06-01" };
  await act(context, "purge-finished", {}, [
    put("order", order, "", { ...orderBody, select: {}, remedy, due: {}, frozenAt: "" }),
    put("purge", id, "", { ...changed, plan: headOf(changed.plan) }),
    ...[...pagesOf(changed.plan)].map((page, n) => pageWrite(id, n, page)),
    ...steps.map((step) => put("step", step.id, id, story.changeStep?.(step) ?? step)),
  ]);
  return id;
}

async function code(made: Promise<unknown>): Promise<string> {
  try {
    await made;
    return "done";
  } catch (error) {
    if (!(error instanceof CustodyError)) throw error;
    const path = error.details.path?.replace(/^prg_.*/, "purge");
    return path === undefined ? error.code : `${error.code} ${path}`;
  }
}

const issued = async (story: Story, input: object = {}) => {
  const context = await memoryContext();
  const purge = await purged(context, story);
  const given = { purge, signer: PERSON, ...input } as IssueCertificateInput;
  return code(issueCertificate(context, given));
};

test("a complete purge has a certificate that verifies and is kept", async () => {
  const context = await memoryContext();
  const purge = await purged(context);
  const { id, jws } = await issueCertificate(context, { purge, signer: PERSON });
  const certificate = await verifyCertificate(jws, { keys: [await context.signer.publicJwk()] });
  expect(certificate).toMatchObject({
    id,
    issuer: "custody.example",
    store: context.store.identity.id,
    purge,
    cause: { kind: "order", title: "In re Pace", citation: "C-1" },
    approvals: [{ by: "Cy Doe", title: "CEO" }],
    counts: {
      records: 3,
      subjects: 2,
      datasets: 1,
      models: 2,
      places: 2,
      retained: 1,
      notProven: 1,
    },
    notProven: [{ connector: "none", code: "place-unknown" }],
    retained: [HELD],
    statement: null,
    campaign: null,
    signer: PERSON,
  });
  const kept = await getCertificate(context, id);
  expect(kept).toEqual({ id, purge, jws, issuedAt: certificate.issuedAt });
  const other = `crt_${"0".repeat(26)}`;
  expect(await code(getCertificate(context, other))).toBe("not-found");
  expect(await code(getCertificate(context, "crt_none"))).toBe("id-invalid certificate");
  expect(await verifyLedger(context)).toMatchObject({ ok: true, notes: 1 });
});

test("its event holds the digest and no name", async () => {
  const context = await memoryContext();
  const purge = await purged(context);
  const { id, jws } = await issueCertificate(context, { purge, signer: PERSON });
  const [entry] = await collected(context.store.entries((await context.store.size()) - 1));
  const event = text(entry?.bytes ?? new Uint8Array(0));
  expect(JSON.parse(event)).toMatchObject({
    type: "certificate-issued",
    about: { certificate: id, purge, sha256: sha256Hex(jws), counts: { places: 2 } },
  });
  for (const name of ["Ada", "Privacy Counsel", "Cy Doe", "CEO"]) expect(event).not.toContain(name);
});

test("two issues of one purge are two certificates", async () => {
  const context = await memoryContext();
  const purge = await purged(context);
  const first = await issueCertificate(context, { purge, signer: PERSON });
  const second = await issueCertificate(context, { purge, signer: PERSON });
  expect(second.id).not.toBe(first.id);
  const keys = [await context.signer.publicJwk()];
  const [one, two] = [
    await verifyCertificate(first.jws, { keys }),
    await verifyCertificate(second.jws, { keys }),
  ];
  expect(two.places).toEqual(one.places);
  expect(two.checkpoint).not.toBe(one.checkpoint);
});

test("nothing is certified while a step is open", async () => {
  const open = (progress: Step["progress"]): Story => ({
    changeStep: (step) => (step.index === 1 ? { ...step, progress } : step),
  });
  const at = "2026-06-01T00:00:00.000Z";
  const refused = "purge-incomplete purge";
  expect(await issued(open({ state: "erased", at }))).toBe(refused);
  expect(await issued(open({ state: "failed", at, code: "connector-failed" }))).toBe(refused);
  expect(await issued({ change: (purge) => ({ ...purge, state: "running" }) })).toBe(refused);
  const longer = (purge: WholePurge): WholePurge => {
    const plan = { ...purge.plan, items: [...purge.plan.items, ...purge.plan.items] };
    return { ...purge, plan, planHash: planHash(plan) };
  };
  expect(await issued({ change: longer })).toBe(refused);
  expect(await issued({})).toBe("done");
});

test("only a human signs", async () => {
  for (const human of [false, "true", 1, undefined]) {
    const signer = { ...PERSON, human };
    expect(await issued({}, { signer })).toBe("signer-not-human signer.human");
  }
});

test("a sworn statement needs its words, a name and an office", async () => {
  const attest = { due: "P90D", form: "28-usc-1746" } as const;
  const statement = "28-usc-1746";
  expect(await issued({ attest })).toBe("statement-incomplete statement");
  expect(await issued({ attest }, { statement, signer: { ...PERSON, name: " " } })).toBe(
    "statement-incomplete signer.name",
  );
  expect(await issued({ attest }, { statement, signer: { name: "Ada", human: true } })).toBe(
    "statement-incomplete signer.title",
  );
  expect(await issued({ attest }, { statement })).toBe("done");
  expect(await issued({}, { signer: { ...PERSON, name: "" } })).toBe(
    "option-invalid certificate.signer.name",
  );
});

test("the drafted statement names the signer and the day", async () => {
  const context = await memoryContext();
  const purge = await purged(context);
  const input = { purge, signer: PERSON, statement: "28-usc-1746" } as const;
  const { jws } = await issueCertificate(context, input);
  const { statement } = await verifyCertificate(jws, { keys: [await context.signer.publicJwk()] });
  expect(statement?.text).toContain("under penalty of perjury");
  expect(statement?.text).toContain("Executed on 2026-06-01.\n\n(Signature)\nAda Park\nPrivacy");
});

test("counts add up and are those recorded; as recorded where the signer gives none", async () => {
  const attest = { due: "P90D", form: "28-usc-1746", counts: true } as const;
  const statement = "28-usc-1746";
  const nobody = Object.fromEntries(Object.keys(COUNTS).map((key) => [key, 0]));
  expect(await issued({ attest }, { statement })).toBe("done");
  expect(await issued({ attest }, { statement, counts: nobody })).toBe("done");
  const flags = { ...nobody, "deletion-requested": 4, asked: 2 };
  expect(await issued({ attest }, { statement, counts: flags })).toBe("done");
  const counts = { ...COUNTS, declined: 3 };
  expect(await issued({ attest }, { statement, counts })).toBe("counts-inconsistent counts");
  expect(await issued({}, { counts })).toBe("counts-inconsistent counts");
  expect(await issued({ attest }, { statement, counts: COUNTS })).toBe(
    "counts-inconsistent counts.noticed",
  );
});

test("nobody signs where no order asks for an oath, and a signature is asked for where one does", async () => {
  const attest = { due: "P90D", form: "28-usc-1746" } as const;
  expect(await issued({}, { signer: undefined })).toBe("done");
  expect(await issued({ attest }, { signer: undefined })).toBe("statement-incomplete statement");
  const statement = "28-usc-1746";
  expect(await issued({}, { signer: undefined, statement })).toBe("statement-incomplete signer");
});

test("what is said to be retained is what the plan retained", async () => {
  const context = await memoryContext();
  let retained: Plan["retained"] = [];
  const change = (purge: WholePurge): WholePurge => {
    retained = purge.plan.retained;
    return purge;
  };
  const purge = await purged(context, { change });
  const issue = (list: Plan["retained"]) =>
    code(issueCertificate(context, { purge, signer: PERSON, retained: list }));
  expect(await issue([])).toBe("retained-unlisted retained");
  expect(await issue([...retained, ...retained])).toBe("retained-unlisted retained");
  expect(await issue(retained.map((each) => ({ ...each, authority: "police" })))).toBe(
    "retained-unlisted retained",
  );
  expect(await issue(retained)).toBe("done");
});

test("a purge without an approval for its plan has no certificate", async () => {
  const change = (purge: WholePurge): WholePurge => ({
    ...purge,
    approvals: purge.approvals.slice(0, 1),
  });
  expect(await issued({ change })).toBe("certificate-invalid");
});

test("a store that was not rewritten stands on the list of what is not proven", async () => {
  const context = await memoryContext();
  const purge = await purged(context, { scrub: "logical" });
  const { jws } = await issueCertificate(context, { purge, signer: PERSON });
  const { notProven } = await verifyCertificate(jws, { keys: [await context.signer.publicJwk()] });
  expect(notProven).toContainEqual({ node: purge, connector: "vault", code: "scrub-logical" });
});

test("unknown options and unknown purges are refused", async () => {
  expect(await issued({}, { approvedBy: "me" })).toBe("option-unknown certificate.approvedBy");
  expect(await issued({}, { purge: `prg_${"0".repeat(26)}` })).toBe("not-found");
  expect(await issued({}, { purge: "prg_none" })).toBe("id-invalid purge");
});

test("a refusal leaves nothing in the ledger", async () => {
  const context = await memoryContext();
  const purge = await purged(context);
  const size = await context.store.size();
  const input = { purge, signer: PERSON, counts: { ...COUNTS, asked: -1 } };
  expect(await code(issueCertificate(context, input))).toBe(
    "option-invalid certificate.counts.asked",
  );
  expect(await context.store.size()).toBe(size);
});

test("a certificate larger than a row is kept in parts and comes back whole", async () => {
  const [context, items] = [await memoryContext(), 3_500];
  const purge = await purged(context, { items });
  const { id, jws } = await issueCertificate(context, { purge, signer: PERSON });
  expect(jws.length).toBeGreaterThan(CERTIFICATE_ROW_CHARACTERS);
  expect((await getCertificate(context, id)).jws).toBe(jws);
  const { counts } = await verifyCertificate(jws, { keys: [await context.signer.publicJwk()] });
  expect(counts.places).toBe(items);
});

import { expect, test } from "vitest";
import { endConsent } from "../../src/core/consent-ending.js";
import type { Facts } from "../../src/core/gate.js";
import { decideUse, type Marks, standingOf } from "../../src/core/standing.js";
import {
  ADULT,
  AFTER,
  BEFORE,
  basis,
  CHILD,
  consent,
  disclosing,
  facts,
  NOW,
  NOW_MS,
  notice,
  policyWith,
  record,
  says,
} from "./facts-fixture.js";

const FREE: Marks = { held: false, order: "" };
const YES = consent("c1", { coaching: "given" });
const BOTH = consent("c1", { coaching: "given", training: "given" });
const NONE = basis({ kind: "none", consent: "", consents: [], band: "adult" });

function status(
  given: Facts,
  {
    of = record(),
    on = basis(),
    marks = FREE,
  }: Partial<Record<"of", ReturnType<typeof record>>> &
    Partial<Record<"on", ReturnType<typeof basis>>> & { readonly marks?: Marks } = {},
): string {
  const standing = standingOf(given, of, on, marks);
  return `${standing.status} ${standing.cause}`;
}

function use(
  given: Facts,
  purpose = "coaching",
  { of = record(), on = basis(), marks = FREE }: Parameters<typeof status>[1] = {},
): string {
  const decision = decideUse(given, of, on, marks, purpose);
  return decision.allowed ? `${decision.kind}:${decision.consent}` : decision.code;
}

test("a record under a living consent is admitted and read", () => {
  expect(status(facts([CHILD], [YES]))).toBe("admitted admitted");
  expect(use(facts([CHILD], [YES]))).toBe("consent:c1");
});

test("erasure answers first, then hold, order, taint, the wish to delete, the consent", () => {
  const gone = { subject: { deletionRequestedAt: AFTER } };
  const invalid = facts([CHILD], [endConsent(YES, "invalidated", AFTER)], gone);
  const marks = { held: true, order: "ord" };
  const of = record({ erasedAt: AFTER });
  expect(status(invalid, { of, marks })).toBe("erased erased");
  expect(status(invalid, { marks })).toBe("held held");
  expect(status(invalid, { marks: { held: false, order: "ord" } })).toBe("tainted order");
  expect(status(invalid)).toBe("tainted invalidated");
  const withdrawn = [endConsent(YES, "withdrawn", AFTER)];
  expect(status(facts([CHILD], withdrawn, gone))).toBe("restricted deletion-requested");
  expect(status(facts([CHILD], withdrawn))).toBe("restricted withdrawn");
});

test("the record's own status answers a read, and a hold reads as restricted", () => {
  const given = facts([CHILD], [YES]);
  expect(use(given, "coaching", { of: record({ erasedAt: AFTER }) })).toBe("record-erased");
  expect(use(given, "coaching", { marks: { held: true, order: "" } })).toBe("record-restricted");
  expect(use(given, "coaching", { marks: { held: false, order: "o" } })).toBe("record-tainted");
  expect(use(given, "selling", { of: record({ erasedAt: AFTER }) })).toBe("purpose-unknown");
});

test("a consent taken back restricts, and one that never was taints", () => {
  for (const verdict of ["withdrawn", "revoked"] as const) {
    const given = facts([CHILD], [endConsent(YES, verdict, AFTER)]);
    expect(status(given)).toBe("restricted withdrawn");
    expect(use(given)).toBe("record-restricted");
  }
  expect(use(facts([CHILD], [endConsent(YES, "invalidated", AFTER)]))).toBe("record-tainted");
});

test("taken back for some purposes, the record stays and those purposes answer", () => {
  for (const [back, kept] of [
    ["training", "coaching"],
    ["coaching", "training"],
  ] as const) {
    const given = facts([CHILD], [endConsent(BOTH, "withdrawn", AFTER, [back])]);
    expect(status(given)).toBe("admitted admitted");
    expect(use(given, back)).toBe("consent-withdrawn");
    expect(use(given, kept)).toBe("consent:c1");
  }
  const all = facts([CHILD], [endConsent(BOTH, "withdrawn", AFTER)]);
  expect(status(all)).toBe("restricted withdrawn");
});

test("another parent's later refusal restricts what is held, and only what it refuses", () => {
  const father = (purposes: Parameters<typeof consent>[1]) =>
    consent("c2", purposes, { giver: "father", status: "refused", answeredAt: AFTER });
  expect(status(facts([CHILD], [YES, father({ coaching: "refused" })]))).toBe(
    "restricted withdrawn",
  );
  expect(use(facts([CHILD], [YES, father({ training: "refused" })]))).toBe("consent:c1");
});

test("found to have been a child then, a record without a consent is restricted", () => {
  expect(status(facts([ADULT]), { on: NONE })).toBe("admitted admitted");
  expect(status(facts([ADULT, CHILD]), { on: NONE })).toBe("restricted found-out");
  expect(status(facts([ADULT, CHILD], [YES]), { on: NONE })).toBe("restricted found-out");
  const stood = basis({ ...NONE, consents: ["c1"] });
  expect(status(facts([ADULT, CHILD], [YES]), { on: stood })).toBe("admitted admitted");
});

test("the age at the taking counts: a birthday cleans no old record", () => {
  const born = says("2013-05-01", { zone: "UTC" });
  const then = record({ taken: "2026-04-30T12:00:00.000Z" });
  expect(status(facts([born]), { of: then, on: NONE })).toBe("restricted found-out");
  expect(status(facts([born]), { on: NONE })).toBe("admitted admitted");
});

test("where everybody is a child an adult's record without consent is restricted too", () => {
  const policy = policyWith({ audience: "child-directed" });
  expect(status(facts([ADULT], [], { policy }), { on: NONE })).toBe("restricted found-out");
  expect(status(facts([ADULT], [YES], { policy }))).toBe("admitted admitted");
  const ended = facts([ADULT], [endConsent(YES, "withdrawn", AFTER)], { policy });
  expect(status(ended)).toBe("restricted withdrawn");
  expect(decideUse(ended, record(), basis(), FREE, "coaching").band).toBe("child");
});

test("a notice outgrown or a yes not given by name restricts nothing: the use answers", () => {
  const outgrown = facts([CHILD], [YES], { notices: [notice({ uses: { coaching: "research" } })] });
  expect(status(outgrown)).toBe("admitted admitted");
  expect(use(outgrown)).toBe("notice-outdated");
  const policy = policyWith({ purposes: { coaching: { use: "service", recipients: ["adnet"] } } });
  const shared = facts([CHILD], [YES], { policy });
  expect(status(shared)).toBe("admitted admitted");
  expect(use(shared)).toBe("separate-consent-required");
  const weak = facts([CHILD], [{ ...YES, method: "email-plus" }], { policy: disclosing() });
  expect(status(weak)).toBe("admitted admitted");
  expect(use(weak)).toBe("method-insufficient");
});

test("an unknown age reads nothing but age checks, exceptions and imports", () => {
  const unknown = basis({ ...NONE, band: "unknown" });
  expect(use(facts([]), "coaching", { on: unknown })).toBe("age-unknown");
  expect(use(facts([ADULT]), "coaching", { on: unknown })).toBe("none:");
  const unreadable = record({ taken: "yesterday" });
  expect(use(facts([ADULT]), "coaching", { of: unreadable, on: unknown })).toBe("age-unknown");
  const age = record({ purpose: "gate", collection: "ages" });
  expect(use(facts([]), "gate", { of: age, on: unknown })).toBe("none:");
});

test("an import of unknown age is read for forty-five days, and then by a known age only", () => {
  const imported = basis({ ...NONE, imported: true, band: "unknown" });
  const after = (days: number, evidence: Parameters<typeof facts>[0] = []) => ({
    ...facts(evidence),
    nowMs: NOW_MS + days * 86_400_000,
  });
  expect(use(after(44), "coaching", { on: imported })).toBe("none:");
  expect(use(after(45), "coaching", { on: imported })).toBe("record-restricted");
  expect(use(after(45, [ADULT]), "coaching", { on: imported })).toBe("none:");
  expect(use(after(0, [CHILD]), "coaching", { on: imported })).toBe("record-restricted");
});

test("what was taken for the age is forbidden elsewhere, before its status answers", () => {
  const of = record({ purpose: "gate", collection: "ages" });
  expect(use(facts([ADULT]), "coaching", { of, on: NONE })).toBe("purpose-forbidden");
  expect(use(facts([ADULT]), "gate", { of, on: NONE })).toBe("none:");
  const erased = { ...of, erasedAt: AFTER };
  expect(use(facts([ADULT]), "coaching", { of: erased, on: NONE })).toBe("purpose-forbidden");
  expect(use(facts([ADULT]), "gate", { of: erased, on: NONE })).toBe("record-erased");
});

test("what came in by an exception is read for its purpose, at any age, and for no other", () => {
  const on = basis({ kind: "exception", exception: "c7", consent: "", consents: [] });
  const of = record({ purpose: "upkeep", collection: "devices" });
  expect(use(facts([]), "upkeep", { of, on })).toBe("exception:");
  expect(use(facts([CHILD]), "upkeep", { of, on })).toBe("exception:");
  expect(use(facts([ADULT], [YES]), "coaching", { of, on })).toBe("exception-not-allowed");
  const gone = facts([], [], { subject: { deletionRequestedAt: AFTER } });
  expect(use(gone, "upkeep", { of, on })).toBe("record-restricted");
});

test("a later yes opens nothing that is held", () => {
  const later = consent("c2", { training: "given" }, { answeredAt: AFTER });
  expect(use(facts([CHILD], [YES, later]), "training")).toBe("consent-out-of-scope");
  const stood = basis({ consents: ["c1", "c2"] });
  expect(use(facts([CHILD], [YES, later]), "training", { on: stood })).toBe("consent:c2");
});

test("a consent that stood at arrival but came after the taking is too late", () => {
  const of = record({ taken: BEFORE, collected: NOW });
  expect(use(facts([CHILD], [YES]), "coaching", { of })).toBe("record-restricted");
  const earlier = { ...YES, answeredAt: "2026-04-25T11:59:59.999Z" };
  expect(use(facts([CHILD], [earlier]), "coaching", { of })).toBe("consent:c1");
});

test("a purpose that the policy dropped hides neither a taint nor a withdrawal", () => {
  const of = record({ purpose: "dropped" });
  const over = (ending: "withdrawn" | "invalidated") =>
    status(facts([CHILD], [endConsent(consent("c1", { dropped: "given" }), ending, AFTER)]), {
      of,
    });
  expect(over("withdrawn")).toBe("restricted withdrawn");
  expect(over("invalidated")).toBe("tainted invalidated");
  expect(status(facts([CHILD], [consent("c1", { dropped: "given" })]), { of })).toBe(
    "admitted admitted",
  );
});

test("a move makes nothing lawful that was not, and nothing unlawful that was", () => {
  const policy = policyWith({ regimes: ["coppa", "gdpr-art8"] });
  const living = (place: string) => ({ policy, subject: { jurisdiction: place } });
  // Taken in the States without the parent it needed: abroad it still lacks one.
  expect(status(facts([CHILD], [], living("BR")), { on: NONE })).toBe("restricted found-out");
  expect(use(facts([CHILD], [], living("BR")), "coaching", { on: NONE })).toBe("record-restricted");
  // Taken where no law asks: in the States it is not used, and nothing is found out.
  const abroad = basis({ ...NONE, jurisdiction: "BR" });
  expect(status(facts([CHILD], [], living("US")), { on: abroad })).toBe("admitted admitted");
  expect(use(facts([CHILD], [], living("US")), "coaching", { on: abroad })).toBe(
    "consent-required",
  );
  expect(use(facts([CHILD], [], living("BR")), "coaching", { on: abroad })).toBe("none:");
});

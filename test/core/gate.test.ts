import { expect, test } from "vitest";
import { z } from "zod";
import { helpFor } from "../../src/core/explanation.js";
import { type CollectQuestion, decideCollect, type Facts } from "../../src/core/gate.js";
import { field } from "../../src/core/policy.js";
import {
  ADULT,
  BEFORE,
  CHILD,
  consent,
  DEFINITION,
  disclosing,
  facts,
  NOW_MS,
  notice,
  policyWith,
  range,
  says,
  TEEN,
} from "./facts-fixture.js";

const YES = consent("c1", { coaching: "given" });

function decide(given: Facts, more: Partial<CollectQuestion> = {}) {
  return decideCollect(given, {
    collection: "profile",
    purpose: "coaching",
    fields: ["weightKg"],
    atMs: NOW_MS,
    ...more,
  });
}

function answer(given: Facts, more: Partial<CollectQuestion> = {}): string {
  const decision = decide(given, more);
  return decision.allowed ? `${decision.kind}:${decision.consent}` : decision.code;
}

test("a child needs a parent's yes, a teen and an adult need none", () => {
  expect(answer(facts([CHILD]))).toBe("consent-required");
  expect(answer(facts([CHILD], [YES]))).toBe("consent:c1");
  expect(answer(facts([TEEN]))).toBe("none:");
  expect(answer(facts([ADULT]))).toBe("none:");
});

test("an unknown age is refused, whatever anybody agreed to, and no statement changes it", () => {
  const statement = says("1990-01-01", { kind: "statement", claim: "adult-or-has-permission" });
  for (const evidence of [[], [statement], [range(18, { claim: "declined" })]]) {
    expect(answer(facts(evidence))).toBe("age-unknown");
    expect(answer(facts(evidence, [YES]))).toBe("age-unknown");
  }
  expect(decide(facts([])).band).toBe("unknown");
});

test("an age check needs no age and no consent, but where everybody is a child", () => {
  const q = { purpose: "gate", collection: "ages", fields: ["born"] };
  expect(answer(facts([]), q)).toBe("none:");
  expect(answer(facts([CHILD]), q)).toBe("none:");
  const policy = policyWith({ audience: "child-directed" });
  expect(answer(facts([], [], { policy }), q)).toBe("consent-required");
});

test("a child-directed service treats everybody as a child, whatever the evidence says", () => {
  const policy = policyWith({ audience: "child-directed" });
  for (const evidence of [[], [ADULT], [says("1990-01-01", { confirmed: true })]]) {
    const refused = decide(facts(evidence, [], { policy }));
    expect(refused).toMatchObject({ allowed: false, code: "consent-required", band: "child" });
    expect(answer(facts(evidence, [YES], { policy }))).toBe("consent:c1");
  }
  expect(answer(facts([ADULT], [], { policy: policyWith({ audience: "general" }) }))).toBe("none:");
});

test("what is not declared is unknown: the purpose first, then the field", () => {
  expect(answer(facts([]), { purpose: "selling", collection: "nowhere" })).toBe("purpose-unknown");
  expect(answer(facts([]), { collection: "nowhere" })).toBe("field-unknown");
  expect(answer(facts([]), { fields: ["weightKg", "shoe"] })).toBe("field-unknown");
  expect(answer(facts([]), { fields: ["constructor"] })).toBe("field-unknown");
  expect(answer(facts([]), { purpose: "constructor" })).toBe("purpose-unknown");
});

test("a suppressed subject is refused before the exception and the age, after the unknown", () => {
  const given = facts([], [YES], { subject: { suppressedSince: BEFORE } });
  expect(answer(given)).toBe("subject-suppressed");
  expect(answer(given, { exception: "c7" })).toBe("subject-suppressed");
  expect(answer(given, { purpose: "selling" })).toBe("purpose-unknown");
});

test("an exception asks for no age and no consent, and its section is cited", () => {
  const q = { collection: "devices", fields: ["device"], purpose: "upkeep" } as const;
  const decision = decide(facts([]), { ...q, exception: "c7" });
  expect(decision).toMatchObject({ allowed: true, kind: "exception", consent: "" });
  expect(decision.because.section).toBe("16 CFR 312.5(c)(7)");
  expect(answer(facts([]), q)).toBe("age-unknown");
  expect(answer(facts([]), { ...q, exception: "c2" })).toBe("exception-not-allowed");
  expect(answer(facts([]), { ...q, exception: "c7", exceptionsHeld: ["c9"] })).toBe(
    "exception-combined",
  );
});

test("an exception that does not fit is refused before the age, even for an adult", () => {
  expect(answer(facts([ADULT]), { exception: "c7" })).toBe("exception-not-allowed");
  expect(answer(facts([]), { exception: "c7" })).toBe("exception-not-allowed");
});

test("the age at the moment of taking decides, not the age at arrival", () => {
  const thirteen = says("2013-05-01", { zone: "UTC" });
  expect(answer(facts([thirteen]))).toBe("none:");
  const takenMs = Date.parse("2026-04-30T23:59:59Z");
  expect(answer(facts([thirteen]), { takenMs })).toBe("consent-required");
  expect(answer(facts([thirteen]), { takenMs: Date.parse("2026-05-01T00:00:00Z") })).toBe("none:");
});

test("a yes must be earlier than the taking, to the millisecond", () => {
  const taken = Date.parse(BEFORE);
  expect(answer(facts([CHILD], [YES]), { takenMs: taken + 1 })).toBe("consent:c1");
  expect(answer(facts([CHILD], [YES]), { takenMs: taken })).toBe("consent-required");
});

test("a consent of another child is refused after method and notice, before her own no", () => {
  const cites = { consent: "of-the-brother" };
  expect(answer(facts([CHILD], [YES]), cites)).toBe("wrong-subject");
  expect(answer(facts([CHILD]), cites)).toBe("wrong-subject");
  expect(answer(facts([ADULT]), cites)).toBe("wrong-subject");
  expect(answer(facts([CHILD], [consent("c1", { coaching: "refused" })]), cites)).toBe(
    "wrong-subject",
  );
  expect(answer(facts([CHILD], [YES]), { consent: "c1" })).toBe("consent:c1");
  const outdated = facts([CHILD], [YES], { notices: [notice({ categories: [] })] });
  expect(answer(outdated, cites)).toBe("notice-outdated");
  const weak = facts([CHILD], [{ ...YES, method: "email-plus" }], { policy: disclosing() });
  expect(answer(weak, cites)).toBe("method-insufficient");
  expect(answer(facts([], [YES]), cites)).toBe("age-unknown");
});

test("only the categories of the fields at hand must be in the notice", () => {
  const given = facts([CHILD], [YES], { notices: [notice({ categories: ["screen-name"] })] });
  expect(answer(given, { fields: ["nick"] })).toBe("consent:c1");
  expect(answer(given, { fields: ["nick", "weightKg"] })).toBe("notice-outdated");
});

test("a disclosure needs a yes by name, an integral one and a processor do not", () => {
  const given = (policy: Facts["policy"], named: boolean) =>
    facts([CHILD], [consent("c1", { adverts: "given" }, { named })], { policy });
  const q = { purpose: "adverts" };
  expect(answer(given(disclosing(), false), q)).toBe("separate-consent-required");
  expect(answer(given(disclosing(), true), q)).toBe("consent:c1");
  const call = { use: "disclosure", recipients: ["adnet"], integral: true, reason: "it is a call" };
  const integral = policyWith({ purposes: { adverts: { ...call, use: "disclosure" } } });
  expect(answer(given(integral, false), q)).toBe("consent:c1");
  const host = [{ name: "host", role: "processor" as const }];
  const hosting = policyWith({ purposes: { adverts: { use: "disclosure", recipients: host } } });
  expect(answer(given(hosting, false), q)).toBe("consent:c1");
});

test("the law binds where it governs, and a place that cannot be read is no way out of it", () => {
  const inPlace = (jurisdiction: string) =>
    answer(facts([CHILD], [], { subject: { jurisdiction } }));
  expect(inPlace("US-CA")).toBe("consent-required");
  expect(inPlace("FR")).toBe("none:");
  for (const unreadable of ["us", "USA", ""]) expect(inPlace(unreadable)).toBe("consent-required");
});

test("a refusal says which rule, and what would help, without any value", () => {
  const decision = decide(facts([CHILD]));
  if (decision.allowed) throw new Error("must be refused");
  expect(decision.because.section).toBe("16 CFR 312.5(a)(1)");
  const help = helpFor(policyWith(), decision, "coaching").join();
  expect(help).toContain("16 CFR 312.5(a)(1)");
  expect(help).not.toContain("2016");
  expect(JSON.stringify(decision)).not.toContain("2016");
});

test("a category that no field names is never asked for", () => {
  const collections = {
    ...DEFINITION.collections,
    notes: { retain: "P1D", fields: { text: field(z.string(), "other-personal") } },
  };
  const given = facts([CHILD], [YES], { policy: policyWith({ collections }) });
  expect(answer(given, { collection: "notes", fields: ["text"] })).toBe("notice-outdated");
  expect(answer(given, { fields: ["nick"] })).toBe("consent:c1");
});

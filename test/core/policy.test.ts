import { expect, test } from "vitest";
import { z } from "zod";
import { definePolicy, FIELDS_MAX, field, type PolicyDefinition } from "../../src/core/policy.js";
import { isCustodyError } from "../../src/errors.js";
import { ADVERTS, DEFINITION, disclosing, policyWith } from "./facts-fixture.js";

function fault(change: (definition: Record<string, unknown>) => void): string {
  const definition: Record<string, unknown> = { ...DEFINITION };
  change(definition);
  try {
    definePolicy(definition as unknown as PolicyDefinition);
    return "none";
  } catch (error) {
    if (!isCustodyError(error)) throw error;
    return error.code;
  }
}

const purpose = (given: Record<string, unknown>) =>
  fault((d) => {
    d.purposes = { p: given };
  });

const collection = (given: Record<string, unknown>) =>
  fault((d) => {
    d.collections = { c: { fields: {}, ...given } };
  });

const fields = (given: Record<string, unknown>) => collection({ retain: "P1D", fields: given });

test("a whole policy is taken, and what no one reads is refused", () => {
  expect(fault(() => undefined)).toBe("none");
  expect(
    fault((d) => {
      d.audiense = "mixed";
    }),
  ).toBe("option-unknown");
  expect(purpose({ use: "service", recipient: ["x"] })).toBe("option-unknown");
  expect(collection({ retain: "P1D", retian: "P1D" })).toBe("option-unknown");
});

test("words outside the vocabulary are refused", () => {
  const set = (key: string, value: unknown) =>
    fault((d) => {
      d[key] = value;
    });
  expect(set("audience", "adults")).toBe("option-invalid");
  expect(set("regimes", ["copa"])).toBe("option-invalid");
  expect(set("regimes", ["constructor"])).toBe("option-invalid");
  expect(set("jurisdiction", "us")).toBe("option-invalid");
  expect(set("jurisdiction", "US-CA")).toBe("none");
  expect(set("requestsLapseAfter", "two weeks")).toBe("option-invalid");
  expect(purpose({ use: "selling" })).toBe("option-invalid");
  expect(purpose({ use: "disclosure", recipients: ["x"], for: "adverts" })).toBe("option-invalid");
  expect(collection({ retain: "P1D", from: "last-used" })).toBe("option-invalid");
});

test("retention is never absent and never without an end", () => {
  expect(collection({})).toBe("config/retention-required");
  for (const retain of ["forever", "", "P", "PT", "-P1D", 30]) {
    expect(collection({ retain }), String(retain)).toBe("config/retention-unbounded");
  }
  expect(collection({ retain: "P1Y" })).toBe("none");
});

test("every field names its category, and has a name that can be written in a line", () => {
  const schema = z.string();
  expect(fields({ a: { schema } })).toBe("config/field-category-required");
  expect(fields({ a: { schema, category: "hobby" } })).toBe("config/field-category-required");
  expect(fields({ a: field(schema, "health") })).toBe("none");
  expect(fields({ "": field(schema, "health") })).toBe("option-invalid");
  expect(fields({ "a\nb": field(schema, "health") })).toBe("option-invalid");
});

test("a disclosure names its recipients, and what is integral says why", () => {
  expect(purpose({ use: "disclosure" })).toBe("config/recipient-unnamed");
  expect(purpose({ use: "disclosure", recipients: [] })).toBe("config/recipient-unnamed");
  expect(purpose({ use: "service", recipients: [{ role: "processor" }] })).toBe(
    "config/recipient-unnamed",
  );
  expect(purpose({ use: "disclosure", recipients: [""] })).toBe("config/recipient-unnamed");
  const call = { use: "disclosure", recipients: ["telco"], integral: true };
  expect(purpose(call)).toBe("config/integral-reason-required");
  expect(purpose({ ...call, reason: "" })).toBe("config/integral-reason-required");
  expect(purpose({ ...call, reason: "it is a call" })).toBe("none");
});

test("data that reaches anybody but a processor is disclosed, under whatever use", () => {
  const of = (given: PolicyDefinition["purposes"][string]) => {
    const policy = policyWith({ purposes: { p: given } });
    return [policy.discloses, policy.purposes.get("p")?.separate];
  };
  expect(of({ use: "service" })).toEqual([false, false]);
  expect(of({ use: "service", recipients: ["x"] })).toEqual([true, true]);
  const host = [{ name: "host", role: "processor" as const }];
  expect(of({ use: "disclosure", recipients: host })).toEqual([false, false]);
  expect(of({ use: "disclosure", recipients: [...host, "x"] })).toEqual([true, true]);
});

test("an integral disclosure needs no yes of its own, unless it is for money or training", () => {
  const separate = (why: "service" | "public-posting" | "advertising" | undefined) => {
    const base = { ...ADVERTS, integral: true, reason: "it is a call" };
    const { for: _, ...rest } = base;
    const p = why === undefined ? rest : { ...rest, for: why };
    return policyWith({ purposes: { p } }).purposes.get("p")?.separate;
  };
  expect(separate(undefined)).toBe(false);
  expect(separate("service")).toBe(false);
  expect(separate("public-posting")).toBe(false);
  expect(separate("advertising")).toBe(true);
  for (const why of ["consideration", "ai-training"] as const) {
    const p = { ...ADVERTS, integral: true, reason: "r", for: why };
    expect(policyWith({ purposes: { p } }).purposes.get("p")?.separate).toBe(true);
  }
});

test("the hash changes with what is meant and not with how it was written", () => {
  const base = policyWith();
  expect(policyWith().hash).toBe(base.hash);
  expect(base.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(disclosing().hash).not.toBe(base.hash);
  expect(policyWith({ audience: "general" }).hash).not.toBe(base.hash);
  const looser = { profile: { retain: "P1Y", fields: { nick: field(z.any(), "screen-name") } } };
  const tighter = {
    profile: { retain: "P1Y", fields: { nick: field(z.string(), "screen-name") } },
  };
  expect(policyWith({ collections: looser }).hash).not.toBe(
    policyWith({ collections: tighter }).hash,
  );
});

test("more fields than a policy may have is a limit, not a truncation", () => {
  const of = (count: number) =>
    fields(Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, NAME])));
  expect(of(FIELDS_MAX + 1)).toBe("limit-exceeded");
});
const NAME = field(z.string(), "name");

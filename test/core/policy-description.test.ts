import { expect, test } from "vitest";
import { z } from "zod";
import { definePolicy, field } from "../../src/core/policy.js";
import { policyFromDescription } from "../../src/core/policy-description.js";
import type { Json } from "../../src/lib/canonical.js";

const written = definePolicy({
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: {
    coaching: { use: "service" },
    sharing: { use: "disclosure", recipients: [{ name: "Partner" }], for: "service" },
  },
  collections: {
    profile: {
      retain: "P3Y",
      from: "last-use",
      fields: {
        weightKg: field(z.number().positive(), "health"),
        nick: field(z.string(), "screen-name"),
      },
    },
  },
});

test("a policy read back from its description decides as the one that was written", () => {
  const read = policyFromDescription(JSON.parse(JSON.stringify(written.description)) as Json);
  expect(read.hash).toBe(written.hash);
  expect(read.description).toEqual(written.description);
  expect(read.audience).toBe("mixed");
  expect(read.regimes).toEqual(["coppa"]);
  expect(read.discloses).toBe(true);
  expect(read.purposes).toEqual(written.purposes);
  expect(read.lapse).toEqual(written.lapse);
  const profile = read.collections.get("profile");
  expect(profile?.categories).toEqual(["health", "screen-name"]);
  expect(profile?.from).toBe("last-use");
  expect(profile?.retain).toEqual(written.collections.get("profile")?.retain);
});

test("a description with another word in it has another hash", () => {
  const changed = { ...(written.description as object), service: "Other" } as Json;
  expect(policyFromDescription(changed).hash).not.toBe(written.hash);
});

test("a store without a policy has one that declares nothing", () => {
  const nothing = policyFromDescription(undefined);
  expect([...nothing.purposes.keys()]).toEqual([]);
  expect([...nothing.collections.keys()]).toEqual([]);
  expect(nothing.discloses).toBe(false);
});

test.each([
  ["no object", "policy"],
  ["no collections", { service: "Pace" }],
  ["an unknown key", { ...(written.description as object), extra: 1 }],
  ["an unknown regime", { ...(written.description as object), regimes: ["no-law"] }],
  [
    "an unknown category",
    {
      ...(written.description as object),
      collections: { a: { retain: "P1Y", from: "collection", fields: { b: { category: "c" } } } },
    },
  ],
])("what is not the description of a policy is refused: %s", (_, given) => {
  expect(() => policyFromDescription(given as Json)).toThrowError(
    expect.objectContaining({ code: "config-invalid" }),
  );
});

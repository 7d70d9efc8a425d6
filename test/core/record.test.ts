import { expect, test } from "vitest";
import { basisFingerprint, EXCEPTIONS } from "../../src/core/record.js";
import { basis } from "./facts-fixture.js";

const { id: _, ...FACTS } = basis();

test("the same facts have the same fingerprint, however they were written down", () => {
  const shuffled = Object.fromEntries(Object.entries(FACTS).reverse());
  expect(basisFingerprint(shuffled as unknown as typeof FACTS)).toBe(basisFingerprint(FACTS));
});

test.each([
  ["subject", { subject: "other" }],
  ["kind", { kind: "none" }],
  ["consent", { consent: "c2" }],
  ["consents", { consents: ["c1", "c2"] }],
  ["exception", { exception: "c7" }],
  ["notice", { notice: "v2" }],
  ["method", { method: "email-plus" }],
  ["verifier", { verifier: "acme" }],
  ["policy", { policy: "q" }],
  ["band", { band: "teen" }],
  ["jurisdiction", { jurisdiction: "US-CA" }],
  ["imported", { imported: true }],
])("another %s is another basis", (key, change) => {
  expect(Object.keys(FACTS)).toContain(key);
  expect(basisFingerprint({ ...FACTS, ...change } as typeof FACTS)).not.toBe(
    basisFingerprint(FACTS),
  );
});

test("there are nine exceptions, one for each paragraph of 312.5(c)", () => {
  expect(EXCEPTIONS).toEqual(["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"]);
});

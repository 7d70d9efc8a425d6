import { expect, test } from "vitest";
import { type PlaceDefinition, readPlaces } from "../../src/core/service-place.js";
import { isCustodyError } from "../../src/errors.js";

const fault = (given: unknown): string => {
  try {
    readPlaces(given as { readonly [name: string]: PlaceDefinition }, "places");
    return "none";
  } catch (error) {
    if (!isCustodyError(error)) throw error;
    return `${error.code} ${error.details.path}`;
  }
};

test("each kind says what it has to, and nothing else", () => {
  expect(fault({ a: { kind: "replica" }, b: { kind: "replica", keys: "apart" } })).toBe("none");
  expect(fault({ a: { kind: "backup", keeps: "P30D" }, b: { kind: "key-escrow" } })).toBe("none");
  expect(fault({ a: { kind: "backup" } })).toBe("option-invalid places.a.keeps");
  expect(fault({ a: { kind: "backup", keeps: "30 days" } })).toBe("option-invalid places.a.keeps");
  expect(fault({ a: { kind: "replica", keeps: "P1D" } })).toBe("option-invalid places.a.keeps");
  expect(fault({ a: { kind: "key-escrow", keys: "apart" } })).toBe("option-invalid places.a.keys");
  expect(fault({ a: { kind: "replica", keys: "here" } })).toBe("option-invalid places.a.keys");
  expect(fault({ a: { kind: "shelf" } })).toBe("option-invalid places.a.kind");
  expect(fault({ a: { kind: "replica", seal: true } })).toBe("option-unknown places.a.seal");
  expect(fault({ "A b": { kind: "replica" } })).toBe("option-invalid places");
  expect(fault([])).toBe("option-invalid places");
});

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  FIELD_NAMES_BYTES_MAX,
  memberBinding,
  packPayload,
  payloadBinding,
  unpackPayload,
} from "../../src/core/seal.js";
import { base64url, text } from "../../src/lib/bytes.js";

const SEALED = new Uint8Array([0, 1, 2, 255]);
const ADDRESS = { record: "rec", basis: "bas", category: "health", fields: ["a", "b"] };
const bound = (change: Partial<typeof ADDRESS>) => text(payloadBinding({ ...ADDRESS, ...change }));

test("what is packed comes back: the names in order, the ciphertext as it was", () => {
  expect(unpackPayload(packPayload(["b", "a"], SEALED))).toEqual({
    fields: ["a", "b"],
    sealed: SEALED,
  });
  expect(unpackPayload(packPayload([], SEALED))).toEqual({ fields: [], sealed: SEALED });
  expect(unpackPayload(packPayload(["größe"], new Uint8Array()))).toEqual({
    fields: ["größe"],
    sealed: new Uint8Array(),
  });
});

test("over any names and bytes, packing loses nothing", () => {
  const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((n) => !n.includes("\n"));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 5 }), fc.uint8Array(), (names, sealed) => {
      const back = unpackPayload(packPayload(names, sealed));
      expect(back).toEqual({ fields: [...names].sort(), sealed: new Uint8Array(sealed) });
    }),
    { numRuns: 100 },
  );
});

test("bytes that are no payload of ours are undefined and never an error", () => {
  const strange = [
    "",
    "A",
    "not base64url!",
    base64url(new Uint8Array([0])),
    base64url(new Uint8Array([0, 5, 97])),
    base64url(new Uint8Array([0, 1, 0xff, 1])),
  ];
  for (const packed of strange) expect(unpackPayload(packed), packed).toBeUndefined();
  expect(unpackPayload(base64url(new Uint8Array([0, 1, 97, 1])))).toEqual({
    fields: ["a"],
    sealed: new Uint8Array([1]),
  });
});

test("names longer than their length can say are a limit, never cut short", () => {
  const fits = "a".repeat(FIELD_NAMES_BYTES_MAX);
  expect(unpackPayload(packPayload([fits], SEALED))?.fields).toEqual([fits]);
  expect(() => packPayload([`${fits}a`], SEALED)).toThrow(
    expect.objectContaining({ code: "limit-exceeded" }),
  );
});

test("the binding changes with record, basis, category and fields, not with their order", () => {
  const base = bound({});
  expect(bound({ fields: ["b", "a"] })).toBe(base);
  for (const change of [
    { record: "rec2" },
    { basis: "bas2" },
    { category: "name" },
    { fields: ["a"] },
    { fields: ["a", "b", "c"] },
    { fields: ["a,b"] },
    { fields: [] },
  ]) {
    expect(bound(change), JSON.stringify(change)).not.toBe(base);
  }
});

test("making a binding leaves the caller's list as it was", () => {
  const fields = ["b", "a"];
  payloadBinding({ ...ADDRESS, fields });
  packPayload(fields, SEALED);
  expect(fields).toEqual(["b", "a"]);
});

test("a member of a document is bound to its document and its name, and is no payload", () => {
  const base = text(memberBinding("sub_1", "evidence"));
  expect(text(memberBinding("sub_1", "evidence"))).toBe(base);
  expect(text(memberBinding("sub_2", "evidence"))).not.toBe(base);
  expect(text(memberBinding("sub_1", "contact"))).not.toBe(base);
  expect(base).not.toBe(bound({}));
});

import { expect, test } from "vitest";
import { memberLeaf } from "../../src/core/dataset.js";
import type { PayloadRow } from "../../src/core/row.js";
import { hex } from "../../src/lib/bytes.js";
import type { RecordId } from "../../src/lib/id.js";

const payload = (category: string, more: Partial<PayloadRow> = {}): PayloadRow => ({
  table: "payload",
  record: "rec" as RecordId,
  category,
  sealed: "AAAA",
  salt: "AAAAAAAAAAAAAAAAAAAAAA",
  ...more,
});
const PARTS = [payload("health"), payload("name", { sealed: "BBBB" })];
const leaf = (record: string, parts: readonly PayloadRow[]) => hex(memberLeaf(record, parts));

test("a leaf is the same in whatever order the payloads are read", () => {
  expect(leaf("rec", [...PARTS].reverse())).toBe(leaf("rec", PARTS));
  expect(leaf("rec", PARTS)).toMatch(/^[0-9a-f]{64}$/);
});

test("a leaf changes with the record, every salt, every ciphertext and every payload", () => {
  const changed = [
    leaf("rec2", PARTS),
    leaf("rec", [payload("health", { salt: "BAAAAAAAAAAAAAAAAAAAAA" }), ...PARTS.slice(1)]),
    leaf("rec", [payload("health", { sealed: "AAAB" }), ...PARTS.slice(1)]),
    leaf("rec", PARTS.slice(1)),
    leaf("rec", []),
  ];
  expect(new Set([leaf("rec", PARTS), ...changed]).size).toBe(6);
});

test("making a leaf leaves the caller's list as it was", () => {
  const parts = [...PARTS].reverse();
  memberLeaf("rec", parts);
  expect(parts.map((p) => p.category)).toEqual(["name", "health"]);
});

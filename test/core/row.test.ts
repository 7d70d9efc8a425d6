import { expect, test } from "vitest";
import { type DocumentRow, type Row, rowDigest, rowName } from "../../src/core/row.js";
import type { RecordId } from "../../src/lib/id.js";
import { record } from "./facts-fixture.js";

const DOCUMENT: DocumentRow = {
  table: "document",
  kind: "model",
  id: "mod_1",
  version: 1,
  owner: "",
  due: "",
  body: { a: 1 },
};
const PAYLOAD: Row = {
  table: "payload",
  record: "rec_1" as RecordId,
  category: "health",
  sealed: "AA",
  salt: "BB",
};
const EDGE: Row = { table: "edge", child: "mod_1", parent: "dat_1", relation: "trained-on" };
const MEMBER: Row = { table: "member", set: "dat_1", chunk: 0, bitmap: "AA" };

function changed(row: Row): readonly string[] {
  return Object.keys(row).filter((key) => {
    const was = row[key as keyof Row] as unknown;
    const value =
      typeof was === "number" ? was + 1 : typeof was === "string" ? `${was}x` : { b: 2 };
    return rowDigest({ ...row, [key]: value } as Row) === rowDigest(row);
  });
}

test("the digest leaves a record's ordinal out, and nothing else", () => {
  expect(rowDigest(record({ ordinal: 0 }))).toBe(rowDigest(record({ ordinal: 9 })));
  expect(changed(record())).toEqual(["ordinal"]);
});

test.each([DOCUMENT, PAYLOAD, EDGE, MEMBER])("every member of a $table is in its digest", (row) => {
  expect(changed(row)).toEqual([]);
  expect(rowDigest(row)).toMatch(/^[0-9a-f]{64}$/);
});

test("an ordinal inside a document is content like any other", () => {
  const of = (ordinal: number) => rowDigest({ ...DOCUMENT, body: { ordinal } });
  expect(of(1)).not.toBe(of(2));
});

test("the digest does not depend on the order in which a row was written down", () => {
  const shuffled = Object.fromEntries(Object.entries(record()).reverse()) as unknown as Row;
  expect(rowDigest(shuffled)).toBe(rowDigest(record()));
});

test("a row's name is stable and tells the five tables apart", () => {
  expect([
    rowName({ table: "document", kind: "model", id: "mod_1" }),
    rowName({ table: "record", id: "rec_1" }),
    rowName({ table: "payload", record: "rec_1", category: "health" }),
    rowName({ table: "edge", child: "mod_1", parent: "dat_1", relation: "trained-on" }),
    rowName({ table: "member", set: "dat_1", chunk: 3 }),
  ]).toEqual([
    "document/model/mod_1",
    "record/rec_1",
    "payload/rec_1/health",
    "edge/mod_1/dat_1/trained-on",
    "member/dat_1/3",
  ]);
});

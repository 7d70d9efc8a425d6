import { expect, test } from "vitest";
import { type Event, eventBytes, keyOf, type Write } from "../../src/core/event.js";
import { type Row, rowDigest } from "../../src/core/row.js";
import { text } from "../../src/lib/bytes.js";
import type { EventId, RecordId } from "../../src/lib/id.js";
import { NOW, record } from "./facts-fixture.js";

const EVENT: Event = {
  id: "evt" as EventId,
  type: "record-collected",
  at: NOW,
  actor: "app",
  about: { record: "rec", nothing: undefined },
};
const PAYLOAD: Row = {
  table: "payload",
  record: "rec" as RecordId,
  category: "health",
  sealed: "c2VjcmV0",
  salt: "BB",
};
const WRITES: readonly Write[] = [{ put: record() }, { put: PAYLOAD }];
const parsed = (event: Event, writes: readonly Write[]) =>
  JSON.parse(text(eventBytes(event, writes))) as Record<string, unknown>;

test("an event commits to the digest of every row it wrote, and to erasures as null", () => {
  const erase: Write = { erase: { table: "payload", record: "old", category: "health" } };
  expect(parsed(EVENT, [...WRITES, erase])).toEqual({
    version: 1,
    id: "evt",
    type: "record-collected",
    at: NOW,
    actor: "app",
    about: { record: "rec" },
    rows: {
      "record/rec": rowDigest(record()),
      "payload/rec/health": rowDigest(PAYLOAD),
      "payload/old/health": null,
    },
  });
  expect(parsed(EVENT, []).rows).toEqual({});
});

test("an event holds no part of what it commits to", () => {
  expect(text(eventBytes(EVENT, WRITES))).not.toContain("c2VjcmV0");
});

test("the bytes do not depend on the order of the writes, nor on an ordinal given later", () => {
  expect(eventBytes(EVENT, [...WRITES].reverse())).toEqual(eventBytes(EVENT, WRITES));
  const numbered: readonly Write[] = [{ put: record({ ordinal: 99 }) }, { put: PAYLOAD }];
  expect(eventBytes(EVENT, numbered)).toEqual(eventBytes(EVENT, WRITES));
});

test("the bytes change with the event and with every row", () => {
  const base = text(eventBytes(EVENT, WRITES));
  expect(text(eventBytes({ ...EVENT, actor: "cli" }, WRITES))).not.toBe(base);
  expect(text(eventBytes({ ...EVENT, about: {} }, WRITES))).not.toBe(base);
  const other: Write = { put: { ...PAYLOAD, salt: "CC" } };
  expect(text(eventBytes(EVENT, [{ put: record() }, other]))).not.toBe(base);
  expect(text(eventBytes(EVENT, [{ put: record() }]))).not.toBe(base);
});

test("the key of a row is what it is found by, and nothing of its content", () => {
  expect(keyOf(record())).toEqual({ table: "record", id: "rec" });
  expect(keyOf(PAYLOAD)).toEqual({ table: "payload", record: "rec", category: "health" });
  const edge: Row = { table: "edge", child: "a", parent: "b", relation: "copied" };
  expect(keyOf(edge)).toEqual(edge);
  const member: Row = { table: "member", set: "s", chunk: 2, bitmap: "AA" };
  expect(keyOf(member)).toEqual({ table: "member", set: "s", chunk: 2 });
});

/**
 * One batch inside a transaction that somebody else opened: check, write, append. Throws before it
 * half-knows.
 */

import { keyOf } from "../../core/event.js";
import type { DocumentRow, MemberRow, PayloadRow, RecordRow, RowKey } from "../../core/row.js";
import { rowName } from "../../core/row.js";
import { CustodyError } from "../../errors.js";
import type { Appended, Expectation } from "../../ports/store.js";
import { conflict, type ReadyBatch, type ReadyPut } from "../batch.js";
import type { Connection } from "./connection.js";

const VERSION = "SELECT version FROM document WHERE kind = ? AND id = ?";
const SIZE = "SELECT coalesce(max(seq) + 1, 0) AS size FROM ledger";
const LEDGER_INSERT = "INSERT INTO ledger (seq, id, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
const LEDGER_CHECK = "SELECT 1 FROM ledger WHERE seq = ? AND id = ? AND bytes = ?";
const DOCUMENT_INSERT = `INSERT INTO document (kind, id, version, owner, due, body, event)
  VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const DOCUMENT_UPDATE = `UPDATE document SET version = ?, owner = ?, due = ?, body = ?, event = ?
  WHERE kind = ? AND id = ? AND version = ?`;
/** The ordinal is left to SQLite: the greatest plus one, and no record is ever deleted. */
const RECORD_INSERT = `INSERT INTO record (id, subject, collection, purpose, basis, source, taken,
  collected, due, erased_at, event)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const RECORD_UPDATE = `UPDATE record SET due = ?, erased_at = ?, event = ? WHERE id = ?
  AND subject = ? AND collection = ? AND purpose = ? AND basis = ? AND source = ? AND taken = ?
  AND collected = ? AND (? = 0 OR ordinal = ?) AND (erased_at = '' OR ? <> '')`;
const PAYLOAD_INSERT = `INSERT INTO payload (record, category, sealed, salt, event)
  SELECT ordinal, ?, ?, ?, ? FROM record WHERE id = ? ON CONFLICT DO NOTHING`;
const EDGE_REPLACE = "REPLACE INTO edge (child, parent, relation, event) VALUES (?, ?, ?, ?)";
const MEMBER_REPLACE = "REPLACE INTO member (chunk, set_id, bitmap, event) VALUES (?, ?, ?, ?)";
const DOCUMENT_DELETE = "DELETE FROM document WHERE kind = ? AND id = ?";
const PAYLOAD_DELETE = `DELETE FROM payload
  WHERE record = (SELECT ordinal FROM record WHERE id = ?) AND category = ?`;
const EDGE_DELETE = "DELETE FROM edge WHERE child = ? AND parent = ? AND relation = ?";
const MEMBER_DELETE = "DELETE FROM member WHERE chunk = ? AND set_id = ?";

/**
 * Applies the batch. When it throws, part of it may lie in the transaction: the caller rolls back.
 * Records are written before everything else, so that a payload may stand before its record in the
 * batch.
 * @throws `conflict`, `ledger-broken` (what was just written does not read back)
 */
export function applyBatch(connection: Connection, batch: ReadyBatch): Appended {
  for (const expectation of batch.expect) requireVersion(connection, expectation);
  const seq = appendEvent(connection, batch);
  const ordinals: Record<string, number> = {};
  for (const write of batch.writes) {
    if ("put" in write && write.put.table === "record") {
      putRecord(connection, write.put, seq, ordinals);
    }
  }
  for (const write of batch.writes) {
    if ("erase" in write) erase(connection, write.erase);
    else if (write.put.table !== "record") put(connection, write, seq);
  }
  return { seq, ordinals };
}

/** The number of ledger entries. */
export function ledgerSize(connection: Connection): number {
  return (connection.prepare(SIZE).get() as { readonly size: number }).size;
}

function requireVersion(connection: Connection, expected: Expectation): void {
  const found = connection.prepare(VERSION).get(expected.kind, expected.id) as
    | { readonly version: number }
    | undefined;
  if ((found?.version ?? 0) !== expected.version) throw conflict(expected.id);
}

function appendEvent(connection: Connection, { event, bytes }: ReadyBatch): number {
  const seq = ledgerSize(connection);
  if (connection.prepare(LEDGER_INSERT).run(seq, event, bytes).changes !== 1) throw conflict(event);
  if (connection.prepare(LEDGER_CHECK).get(seq, event, bytes) === undefined) {
    throw new CustodyError("ledger-broken", { seq, reason: "the entry does not read back" });
  }
  return seq;
}

function put(connection: Connection, ready: ReadyPut, seq: number): void {
  const row = ready.put;
  switch (row.table) {
    case "document":
      putDocument(connection, row, ready.body, seq);
      return;
    case "payload":
      putPayload(connection, row, ready, seq);
      return;
    case "edge":
      connection.prepare(EDGE_REPLACE).run(row.child, row.parent, row.relation, seq);
      return;
    case "member":
      putMember(connection, row, ready, seq);
      return;
    case "record":
      return;
  }
}

function putDocument(connection: Connection, row: DocumentRow, body: string, seq: number): void {
  const { kind, id, version, owner, due } = row;
  const { changes } =
    version === 1
      ? connection.prepare(DOCUMENT_INSERT).run(kind, id, owner, due, body, seq)
      : connection
          .prepare(DOCUMENT_UPDATE)
          .run(version, owner, due, body, seq, kind, id, version - 1);
  if (changes !== 1) throw conflict(id);
}

function putRecord(
  connection: Connection,
  row: RecordRow,
  seq: number,
  ordinals: Record<string, number>,
): void {
  const { id, ordinal, subject, collection, purpose, basis, source, taken, collected } = row;
  const facts = [subject, collection, purpose, basis, source, taken, collected];
  if (ordinal === 0) {
    const inserted = connection
      .prepare(RECORD_INSERT)
      .run(id, ...facts, row.due, row.erasedAt, seq);
    if (inserted.changes === 1) {
      ordinals[id] = Number(inserted.lastInsertRowid);
      return;
    }
  }
  const { changes } = connection
    .prepare(RECORD_UPDATE)
    .run(row.due, row.erasedAt, seq, id, ...facts, ordinal, ordinal, row.erasedAt);
  if (changes !== 1) throw conflict(id);
}

function putPayload(connection: Connection, row: PayloadRow, ready: ReadyPut, seq: number): void {
  const { changes } = connection
    .prepare(PAYLOAD_INSERT)
    .run(row.category, ready.blob, ready.salt, seq, row.record);
  if (changes !== 1) throw conflict(rowName(keyOf(row)));
}

function putMember(connection: Connection, row: MemberRow, ready: ReadyPut, seq: number): void {
  connection.prepare(MEMBER_REPLACE).run(row.chunk, row.set, ready.blob, seq);
}

function erase(connection: Connection, key: RowKey): void {
  switch (key.table) {
    case "document":
      connection.prepare(DOCUMENT_DELETE).run(key.kind, key.id);
      return;
    case "record":
      throw conflict(key.id);
    case "payload":
      connection.prepare(PAYLOAD_DELETE).run(key.record, key.category);
      return;
    case "edge":
      connection.prepare(EDGE_DELETE).run(key.child, key.parent, key.relation);
      return;
    case "member":
      connection.prepare(MEMBER_DELETE).run(key.chunk, key.set);
      return;
  }
}

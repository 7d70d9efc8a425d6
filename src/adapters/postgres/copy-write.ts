/** Rows of a copy on their way into a schema, with what this adapter keeps besides them. */
import type { CopyRows, CopyTable } from "../../core/copy-row.js";
import type { PgQuery } from "./client.js";
import { blob, ColumnBatch } from "./column-batch.js";
import * as insert from "./group-write.js";
import { bucketOf, homeOf, isRouted, LEDGER_PART, RECORD_ROUTE } from "./home.js";
import { requireKey, toText } from "./key-text.js";
import type { Statements } from "./statement.js";

/** @throws `limit-exceeded` for a key that no index entry has room for */
export function copyQueries<T extends CopyTable>(
  statements: Statements,
  table: T,
  rows: readonly CopyRows[T][],
): readonly PgQuery[] {
  const fill = FILLS[table] as (rows: readonly CopyRows[T][]) => readonly Filled[];
  return fill(rows)
    .filter(([, batch]) => batch.length > 0)
    .map(([sql, batch]) => statements.of(sql, batch.values));
}

type Filled = readonly [sql: string, batch: ColumnBatch];

const FILLS: {
  readonly [T in CopyTable]: (rows: readonly CopyRows[T][]) => readonly Filled[];
} = {
  ledger: (rows) => {
    const entries = new ColumnBatch(4);
    const events = new ColumnBatch(3);
    for (const { seq, id, bytes } of rows) {
      requireKey([id]);
      entries.add(Math.floor(seq / LEDGER_PART), seq, toText(id), blob(bytes));
      events.add(toText(bucketOf(id)), toText(id), seq);
    }
    return [
      [insert.LEDGER, entries],
      [insert.EVENT, events],
    ];
  },
  document: (rows) => {
    const documents = new ColumnBatch(8);
    const routes = new ColumnBatch(5);
    for (const { kind, id, version, owner, due, body, event } of rows) {
      requireKey([kind, id, owner, due]);
      const home = toText(homeOf(kind, id, owner));
      documents.add(home, kind, toText(id), version, toText(owner), toText(due), body, event);
      if (isRouted(kind)) routes.add(toText(bucketOf(id)), kind, toText(id), home, 0);
    }
    return [
      [insert.ROUTE, routes],
      [insert.DOCUMENT, documents],
    ];
  },
  record: (rows) => {
    const records = new ColumnBatch(12);
    const routes = new ColumnBatch(5);
    for (const row of rows) {
      const { ordinal, id, collection, purpose, basis, source, taken, collected, due } = row;
      requireKey([row.subject, id]);
      requireKey([basis]);
      requireKey([due]);
      const subject = toText(row.subject);
      const facts = [collection, purpose, basis, source, taken, collected].map(toText);
      const rest = [toText(due), toText(row.erasedAt), row.event];
      records.add(subject, ordinal, toText(id), ...facts, ...rest);
      routes.add(toText(bucketOf(id)), RECORD_ROUTE, toText(id), subject, ordinal);
    }
    return [
      [insert.ROUTE, routes],
      [insert.RECORD, records],
    ];
  },
  payload: (rows) => {
    const payloads = new ColumnBatch(6);
    for (const { subject, ordinal, category, sealed, salt, event } of rows) {
      requireKey([subject, category]);
      payloads.add(toText(subject), ordinal, toText(category), blob(sealed), blob(salt), event);
    }
    return [[insert.PAYLOAD, payloads]];
  },
  edge: (rows) => {
    const edges = new ColumnBatch(4);
    for (const { child, parent, relation, event } of rows) {
      requireKey([child, parent, relation]);
      edges.add(toText(child), toText(parent), toText(relation), event);
    }
    return [[insert.EDGE, edges]];
  },
  member: (rows) => {
    const members = new ColumnBatch(4);
    for (const { chunk, set, bitmap, event } of rows) {
      requireKey([set]);
      members.add(chunk, toText(set), blob(bitmap), event);
    }
    return [[insert.MEMBER, members]];
  },
};

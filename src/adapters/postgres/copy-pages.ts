/** Rows of a schema in the order in which stores are copied, a page at a time. */
import {
  COPY_KEYS,
  type CopyKey,
  type CopyRows,
  type CopyTable,
  copyKeyOf,
} from "../../core/copy-row.js";
import type { CopyPage } from "../../ports/store-copy.js";
import type { Columns } from "./client.js";
import { fromText, toText } from "./key-text.js";
import { ask, type Sessions } from "./sessions.js";
import type { Statements } from "./statement.js";

/** Rows of at most a few hundred bytes; the others may have a megabyte each. */
const SMALL_PAGE_ROWS = 1_000;
const LARGE_PAGE_ROWS = 100;

/** How a column is read: `text` may hold escapes, `plain` is a document's body. */
type Kind = "text" | "plain" | "count" | "bytes";

interface Way {
  readonly columns: string;
  readonly from: string;
  /** The key columns in the words of the statement. */
  readonly key: string;
  readonly rows: number;
  readonly kinds: Readonly<Record<string, Kind>>;
}

const WAYS: { readonly [T in CopyTable]: Way } = {
  ledger: {
    columns: "seq, id, bytes",
    from: "{ledger}",
    key: "seq",
    rows: LARGE_PAGE_ROWS,
    kinds: { seq: "count", id: "text", bytes: "bytes" },
  },
  document: {
    columns: "kind, id, version, owner, due, body, event",
    from: "{document}",
    key: "kind, id",
    rows: LARGE_PAGE_ROWS,
    kinds: {
      ...{ kind: "text", id: "text", version: "count", owner: "text", due: "text" },
      ...{ body: "plain", event: "count" },
    },
  },
  record: {
    columns: `ordinal, id, subject_id AS subject, collection, purpose, basis, source, taken,
      collected, due, erased_at AS "erasedAt", event`,
    from: "{record}",
    key: "ordinal",
    rows: SMALL_PAGE_ROWS,
    kinds: {
      ...{ ordinal: "count", id: "text", subject: "text", collection: "text", purpose: "text" },
      ...{ basis: "text", source: "text", taken: "text", collected: "text", due: "text" },
      ...{ erasedAt: "text", event: "count" },
    },
  },
  payload: {
    columns: "p.ordinal, p.category, p.subject_id AS subject, p.sealed, p.salt, p.event",
    from: "{payload} p",
    key: "p.ordinal, p.category",
    rows: LARGE_PAGE_ROWS,
    kinds: {
      ...{ ordinal: "count", category: "text", subject: "text", sealed: "bytes" },
      ...{ salt: "bytes", event: "count" },
    },
  },
  edge: {
    columns: "child, parent, relation, event",
    from: "{edge}",
    key: "child, parent, relation",
    rows: SMALL_PAGE_ROWS,
    kinds: { child: "text", parent: "text", relation: "text", event: "count" },
  },
  member: {
    columns: 'chunk, set_id AS "set", bitmap, event',
    from: "{member}",
    key: "chunk, set_id",
    rows: LARGE_PAGE_ROWS,
    kinds: { chunk: "count", set: "text", bitmap: "bytes", event: "count" },
  },
};
const ORDINALS = `SELECT subject_id, ordinal FROM {record} WHERE ordinal > $1
  ORDER BY ordinal LIMIT $2`;
/** By the primary key: payloads have no index by ordinal alone. */
const PAYLOADS = `SELECT ${WAYS.payload.columns} FROM {payload} p
  WHERE p.subject_id = ANY($1::text[]) AND p.ordinal = ANY($2::bigint[])
  ORDER BY p.ordinal, p.category`;
/** A part of the ledger is 65,536 neighbours; its key begins with the part. */
const LEDGER = `SELECT seq, id, bytes FROM {ledger} WHERE part >= ($1::bigint + 1) >> 16
  AND seq > $1::bigint ORDER BY part, seq LIMIT ${LARGE_PAGE_ROWS}`;

export async function pageOf<T extends CopyTable>(
  sessions: Sessions,
  statements: Statements,
  table: T,
  after: CopyKey | undefined,
): Promise<CopyPage<T>> {
  if (table === "payload") return payloadPage(sessions, statements, after);
  const { columns, from, key, rows: limit } = WAYS[table];
  const marks = COPY_KEYS[table].map((_, index) => `$${index + 1}`).join(", ");
  const where = after === undefined ? "" : `WHERE (${key}) > (${marks})`;
  const plain = `SELECT ${columns} FROM ${from} ${where} ORDER BY ${key} LIMIT ${limit}`;
  const query =
    table === "ledger"
      ? statements.of(LEDGER, after ?? [-1])
      : statements.of(
          plain,
          (after ?? []).map((part) => (typeof part === "string" ? toText(part) : part)),
        );
  const found = await ask(sessions, query);
  const rows = found.map((row) => decoded(table, row));
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { rows, next: last && copyKeyOf(table, last) };
}

/** The payloads of so many records: its key is the record's alone, in every adapter. */
async function payloadPage<T extends CopyTable>(
  sessions: Sessions,
  statements: Statements,
  after: CopyKey | undefined,
): Promise<CopyPage<T>> {
  const limit = WAYS.payload.rows;
  const records = await ask(sessions, statements.of(ORDINALS, [after?.[0] ?? 0, limit]));
  const last = records.at(-1);
  if (last === undefined) return { rows: [], next: undefined };
  const ordinals = records.map(({ ordinal }) => Number(ordinal));
  const subjects = [...new Set(records.map(({ subject_id }) => String(subject_id)))];
  const found = await ask(sessions, statements.of(PAYLOADS, [subjects, ordinals]));
  const rows = found.map((row) => decoded("payload", row)) as unknown as CopyRows[T][];
  return { rows, next: records.length < limit ? undefined : [Number(last.ordinal)] };
}

function decoded<T extends CopyTable>(table: T, columns: Columns): CopyRows[T] {
  const row: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(WAYS[table].kinds)) {
    row[name] = columnOf(kind, columns[name]);
  }
  return row as CopyRows[T];
}

function columnOf(kind: Kind, stored: unknown): unknown {
  if (kind === "count") return Number(stored);
  if (kind === "bytes") return stored;
  return kind === "text" ? fromText(stored) : String(stored);
}

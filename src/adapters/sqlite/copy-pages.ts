/** Rows of a file in the order in which stores are copied, a page at a time. */
import {
  COPY_KEYS,
  type CopyKey,
  type CopyRows,
  type CopyTable,
  copyKeyOf,
} from "../../core/copy-row.js";
import type { CopyPage } from "../../ports/store-copy.js";
import type { Connection } from "./connection.js";

/** Rows of at most a few hundred bytes; the others may have a megabyte each. */
const SMALL_PAGE_ROWS = 1_000;
const LARGE_PAGE_ROWS = 100;

interface Way {
  readonly columns: string;
  readonly from: string;
  /** The key columns in the words of the statement. */
  readonly key: string;
  readonly rows: number;
}

const WAYS: { readonly [T in CopyTable]: Way } = {
  ledger: { columns: "seq, id, bytes", from: "ledger", key: "seq", rows: LARGE_PAGE_ROWS },
  document: {
    columns: "kind, id, version, owner, due, body, event",
    from: "document INDEXED BY document_by_id",
    key: "kind, id",
    rows: LARGE_PAGE_ROWS,
  },
  record: {
    columns: `ordinal, id, subject, collection, purpose, basis, source, taken, collected, due,
      erased_at AS erasedAt, event`,
    from: "record NOT INDEXED",
    key: "ordinal",
    rows: SMALL_PAGE_ROWS,
  },
  payload: {
    columns: `p.record AS ordinal, p.category, r.subject, p.sealed, p.salt, p.event`,
    from: "payload p JOIN record r ON r.ordinal = p.record",
    key: "p.record, p.category",
    rows: LARGE_PAGE_ROWS,
  },
  edge: {
    columns: "child, parent, relation, event",
    from: "edge",
    key: "child, parent, relation",
    rows: SMALL_PAGE_ROWS,
  },
  member: {
    columns: 'chunk, set_id AS "set", bitmap, event',
    from: "member",
    key: "chunk, set_id",
    rows: LARGE_PAGE_ROWS,
  },
};
const ORDINALS = `SELECT max(ordinal) AS last, count(*) AS count
  FROM (SELECT ordinal FROM record WHERE ordinal > ? ORDER BY ordinal LIMIT ?)`;
const PAYLOADS = `SELECT ${WAYS.payload.columns} FROM ${WAYS.payload.from}
  WHERE p.record > ? AND p.record <= ? ORDER BY p.record, p.category`;

export function pageOf<T extends CopyTable>(
  connection: Connection,
  table: T,
  after: CopyKey | undefined,
): Promise<CopyPage<T>> {
  return connection.patiently(() =>
    table === "payload" ? payloadPage(connection, after) : plainPage(connection, table, after),
  );
}

function plainPage<T extends CopyTable>(
  connection: Connection,
  table: T,
  after: CopyKey | undefined,
): CopyPage<T> {
  const { columns, from, key, rows: limit } = WAYS[table];
  const marks = COPY_KEYS[table].map(() => "?").join(", ");
  const where = after === undefined ? "" : `WHERE (${key}) > (${marks})`;
  const sql = `SELECT ${columns} FROM ${from} ${where} ORDER BY ${key} LIMIT ${limit}`;
  const rows = connection.prepare(sql).all(...(after ?? [])) as CopyRows[T][];
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { rows, next: last && copyKeyOf(table, last) };
}

/** The payloads of so many records: its key is the record's alone, in every adapter. */
function payloadPage<T extends CopyTable>(
  connection: Connection,
  after: CopyKey | undefined,
): CopyPage<T> {
  const [from = 0] = after ?? [];
  const limit = WAYS.payload.rows;
  const { last, count } = connection.prepare(ORDINALS).get(from, limit) as {
    readonly last: number | null;
    readonly count: number;
  };
  if (last === null) return { rows: [], next: undefined };
  const rows = connection.prepare(PAYLOADS).all(from, last) as CopyRows[T][];
  return { rows, next: count < limit ? undefined : [last] };
}

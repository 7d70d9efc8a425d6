/**
 * Rows as SQLite gives them, and as the rest of custody knows them. One pair of columns and decoder
 * per table.
 */
import type { Row, TableName } from "../../core/row.js";
import { base64url } from "../../lib/bytes.js";

/** A row of a result, by column name. */
export type Columns = Readonly<Record<string, unknown>>;

/**
 * What to select, from where, and how to read it. `d`, `r`, `p`, `e` and `m` name the table in
 * every statement.
 */
export interface Shape {
  readonly columns: string;
  readonly from: string;
  readonly decode: (columns: Columns) => Row;
}

export const SHAPES: { readonly [T in TableName]: Shape } = {
  document: {
    columns: "d.kind, d.id, d.version, d.owner, d.due, d.body",
    from: "document d",
    decode: ({ kind, id, version, owner, due, body }) =>
      row("document", { kind, id, version, owner, due, body: JSON.parse(body as string) }),
  },
  record: {
    columns: `r.id, r.ordinal, r.subject, r.collection, r.purpose, r.basis, r.source, r.taken,
      r.collected, r.due, r.erased_at AS erasedAt`,
    from: "record r",
    decode: ({ event: _, ...columns }) => row("record", columns),
  },
  payload: {
    columns: "r.id AS record, p.category, p.sealed, p.salt",
    from: "payload p JOIN record r ON r.ordinal = p.record",
    decode: ({ record, category, sealed, salt }) =>
      row("payload", { record, category, sealed: text(sealed), salt: text(salt) }),
  },
  edge: {
    columns: "e.child, e.parent, e.relation",
    from: "edge e",
    decode: ({ child, parent, relation }) => row("edge", { child, parent, relation }),
  },
  member: {
    columns: 'm.set_id AS "set", m.chunk, m.bitmap',
    from: "member m",
    decode: ({ set, chunk, bitmap }) => row("member", { set, chunk, bitmap: text(bitmap) }),
  },
};

/** The alias of each table, for statements that join the ledger. */
export const ALIASES: { readonly [T in TableName]: string } = {
  document: "d",
  record: "r",
  payload: "p",
  edge: "e",
  member: "m",
};

/**
 * The file is trusted to hold what was written to it: STRICT tables and the ledger's digests watch
 * over that.
 */
function row(table: TableName, columns: Columns): Row {
  return { table, ...columns } as unknown as Row;
}

function text(blob: unknown): string {
  return base64url(blob as Uint8Array);
}

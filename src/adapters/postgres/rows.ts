/** Rows as PostgreSQL gives them, and as the rest of custody knows them. One shape per table. */
import type { Row, TableName } from "../../core/row.js";
import { base64url } from "../../lib/bytes.js";
import type { Columns } from "./client.js";
import { fromText } from "./key-text.js";

/**
 * What to select, from where, in what order when everything is read, and how to read it. `d`, `r`,
 * `p`, `e` and `m` name the table in every statement.
 */
export interface Shape {
  readonly columns: string;
  readonly from: string;
  readonly key: string;
  readonly alias: string;
  readonly decode: (columns: Columns) => Row;
}

export const SHAPES: { readonly [T in TableName]: Shape } = {
  document: {
    columns: "d.kind, d.id, d.version, d.owner, d.due, d.body",
    from: "{document} d",
    key: "d.home, d.kind, d.id",
    alias: "d",
    decode: ({ kind, id, version, owner, due, body }) =>
      row("document", {
        ...texts({ kind, id, owner, due }),
        version: Number(version),
        body: JSON.parse(body as string),
      }),
  },
  record: {
    columns: `r.subject_id AS subject, r.ordinal, r.id, r.collection, r.purpose, r.basis, r.source,
      r.taken, r.collected, r.due, r.erased_at AS "erasedAt"`,
    from: "{record} r",
    key: "r.ordinal",
    alias: "r",
    decode: ({ event: _, seq: __, ordinal, ...rest }) =>
      row("record", { ...texts(rest), ordinal: Number(ordinal) }),
  },
  payload: {
    columns: "r.id AS record, p.category, p.sealed, p.salt",
    from: "{payload} p JOIN {record} r ON r.subject_id = p.subject_id AND r.ordinal = p.ordinal",
    key: "p.subject_id, p.ordinal, p.category",
    alias: "p",
    decode: ({ record, category, sealed, salt }) =>
      row("payload", { ...texts({ record, category }), sealed: text(sealed), salt: text(salt) }),
  },
  edge: {
    columns: "e.child, e.parent, e.relation",
    from: "{edge} e",
    key: "e.child, e.parent, e.relation",
    alias: "e",
    decode: ({ child, parent, relation }) => row("edge", texts({ child, parent, relation })),
  },
  member: {
    columns: 'm.set_id AS "set", m.chunk, m.bitmap',
    from: "{member} m",
    key: "m.chunk, m.set_id",
    alias: "m",
    decode: ({ set, chunk, bitmap }) =>
      row("member", { ...texts({ set }), chunk: Number(chunk), bitmap: text(bitmap) }),
  },
};

/**
 * The table is trusted to hold what was written to it: its constraints and the ledger's digests
 * watch over that.
 */
function row(table: TableName, columns: Columns): Row {
  return { table, ...columns } as unknown as Row;
}

function texts(columns: Columns): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, fromText(value)]),
  );
}

function text(blob: unknown): string {
  return base64url(blob as Uint8Array);
}

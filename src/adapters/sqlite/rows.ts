/**
 * Rows as SQLite gives them, and as the rest of custody knows them. One pair of columns and decoder
 * per table.
 */
import {
  type DocumentKind,
  type DocumentRow,
  type Row,
  rowName,
  type TableName,
} from "../../core/row.js";
import { CustodyError } from "../../errors.js";
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
  /** @throws `store-damaged` with `place`, the store's, when the columns are no row */
  readonly decode: (columns: Columns, place: string) => Row;
}

export const SHAPES: { readonly [T in TableName]: Shape } = {
  document: {
    columns: "d.kind, d.id, d.version, d.owner, d.due, d.body",
    from: "document d",
    decode: (columns, place) => {
      const { kind, id, version, owner, due } = columns;
      return row("document", { kind, id, version, owner, due, body: bodyOf(columns, place) });
    },
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
 * A document's body is the one column whose text has a form of its own. No cause is attached: the
 * parser's message quotes the text.
 */
function bodyOf({ kind, id, body }: Columns, place: string): DocumentRow["body"] {
  const parsed = parsedJson(body as string);
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
    return parsed as DocumentRow["body"];
  }
  const key = { table: "document", kind: kind as DocumentKind, id: id as string } as const;
  const reason = `the body of ${rowName(key)} is not a JSON object`;
  throw new CustodyError("store-damaged", { place, kind: key.kind, id: key.id, reason });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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

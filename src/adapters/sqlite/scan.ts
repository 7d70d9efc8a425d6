/**
 * A scan as SQL. The way in is chosen here and not by the planner: the file has no statistics, and
 * a wrong guess at ten million records is the difference between a millisecond and a minute.
 */
import type { RowKey } from "../../core/row.js";
import type { Scan } from "../../ports/store.js";
import { requireAtMost, SCAN_LIST_ENTRIES_MAX } from "../batch.js";
import { SHAPES, type Shape } from "./rows.js";

export interface Query {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

type RecordScan = Extract<Scan, { readonly table: "record" }>;
type DocumentScan = Extract<Scan, { readonly table: "document" }>;

/** A condition with its parameter. */
type Condition = readonly [sql: string, parameter: unknown];

/**
 * The rows of a scan, in the order that the port promises.
 * @throws `limit-exceeded` for a list that is too long
 */
export function scanQuery(scan: Scan): Query {
  switch (scan.table) {
    case "document":
      return documentQuery(scan);
    case "record":
      return recordQuery(scan);
    case "payload":
      return select(SHAPES.payload, SHAPES.payload.from, [["r.id = ?", scan.record]], "p.category");
    case "edge":
      return "child" in scan
        ? select(SHAPES.edge, "edge e", [["e.child = ?", scan.child]], "e.parent, e.relation")
        : select(SHAPES.edge, "edge e", [["e.parent = ?", scan.parent]], "e.child, e.relation");
    case "member":
      return "set" in scan
        ? select(SHAPES.member, "member m", [["m.set_id = ?", scan.set]], "m.chunk")
        : select(SHAPES.member, "member m", [["m.chunk = ?", scan.chunk]], "m.set_id");
  }
}

/** The row of a key. */
export function keyQuery(key: RowKey): Query {
  const shape = SHAPES[key.table];
  return select(shape, shape.from, keyConditions(key), undefined);
}

function keyConditions(key: RowKey): readonly Condition[] {
  switch (key.table) {
    case "document":
      return [
        ["d.kind = ?", key.kind],
        ["d.id = ?", key.id],
      ];
    case "record":
      return [["r.id = ?", key.id]];
    case "payload":
      return [
        ["r.id = ?", key.record],
        ["p.category = ?", key.category],
      ];
    case "edge":
      return [
        ["e.child = ?", key.child],
        ["e.parent = ?", key.parent],
        ["e.relation = ?", key.relation],
      ];
    case "member":
      return [
        ["m.chunk = ?", key.chunk],
        ["m.set_id = ?", key.set],
      ];
  }
}

function documentQuery({ kind, owner, dueBy }: DocumentScan): Query {
  const conditions: Condition[] = [["d.kind = ?", kind]];
  let index = "document_by_id";
  if (dueBy !== undefined) {
    index = "document_by_due";
    conditions.push(["d.due <> '' AND d.due <= ?", dueBy]);
  }
  if (owner === "") conditions.push(["d.owner = ?", owner]);
  else if (owner !== undefined) {
    index = "document_by_owner";
    conditions.push(["d.owner <> '' AND d.owner = ?", owner]);
  }
  return select(SHAPES.document, `document d INDEXED BY ${index}`, conditions, "d.id");
}

/**
 * Ordinals are the narrowest way in, then a person, then a consent, then a date; else the whole
 * table in order.
 */
function recordQuery(scan: RecordScan): Query {
  const conditions: Condition[] = [];
  let way = "NOT INDEXED";
  if (scan.dueBy !== undefined) {
    way = "INDEXED BY record_by_due";
    conditions.push(["r.due <> '' AND r.due <= ?", scan.dueBy]);
  }
  if (scan.bases !== undefined) {
    way = "INDEXED BY record_by_basis";
    conditions.push(anyOf("r.basis", "bases", scan.bases));
  }
  if (scan.subjects !== undefined) {
    way = "INDEXED BY record_by_subject";
    conditions.push(anyOf("r.subject", "subjects", scan.subjects));
  }
  if (scan.ordinals !== undefined) {
    way = "NOT INDEXED";
    conditions.push(anyOf("r.ordinal", "ordinals", scan.ordinals));
  }
  if (scan.collections !== undefined) {
    conditions.push(anyOf("r.collection", "collections", scan.collections));
  }
  // With an index or a list of ordinals the plus keeps the planner from walking the table from here
  // instead.
  const walks = way === "NOT INDEXED" && scan.ordinals === undefined;
  if (scan.afterOrdinal !== undefined) {
    conditions.push([walks ? "r.ordinal > ?" : "+r.ordinal > ?", scan.afterOrdinal]);
  }
  return select(SHAPES.record, `record r ${way}`, conditions, "r.ordinal");
}

function anyOf(column: string, name: string, values: readonly (string | number)[]): Condition {
  requireAtMost(`SCAN_LIST_ENTRIES_MAX (${name})`, SCAN_LIST_ENTRIES_MAX, values.length);
  if (values.length === 1) return [`${column} = ?`, values[0]];
  return [`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(values)];
}

function select(
  shape: Shape,
  from: string,
  conditions: readonly Condition[],
  order: string | undefined,
): Query {
  const where = conditions.map(([sql]) => sql).join(" AND ");
  const sql = [
    `SELECT ${shape.columns} FROM ${from}`,
    where === "" ? "" : `WHERE ${where}`,
    order === undefined ? "" : `ORDER BY ${order}`,
  ].join(" ");
  return { sql, parameters: conditions.map(([, parameter]) => parameter) };
}

/**
 * A scan as SQL. The way in is chosen here where the planner's guess could be wrong by orders of
 * magnitude: `ORDER BY ordinal LIMIT n` invites it to walk the whole table in order, so wherever
 * something narrower is known the order is written as an expression that no index has.
 */
import type { RowKey } from "../../core/row.js";
import type { Scan } from "../../ports/store.js";
import { requireAtMost, SCAN_LIST_ENTRIES_MAX } from "../batch.js";
import { homeOf, isRouted } from "./home.js";
import { toText } from "./key-text.js";
import { SHAPES, type Shape } from "./rows.js";

/** A statement whose tables are in braces, and its values. */
export interface Template {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Where a record lies: read from `route` before the record itself is. */
export interface Place {
  readonly home: string;
  readonly ordinal: number;
}

type RecordScan = Extract<Scan, { readonly table: "record" }>;
type DocumentScan = Extract<Scan, { readonly table: "document" }>;

/** A condition, `?` standing for its value. */
type Condition = readonly [sql: string, value: unknown];

/**
 * The rows of a scan, in the order that the port promises. A scan of payloads needs the place of
 * its record.
 * @throws `limit-exceeded` for a list that is too long
 */
export function scanTemplate(scan: Exclude<Scan, { readonly table: "payload" }>): Template {
  switch (scan.table) {
    case "document":
      return documentTemplate(scan);
    case "record":
      return recordTemplate(scan);
    case "edge":
      return "child" in scan
        ? select(SHAPES.edge, [["e.child = ?", toText(scan.child)]], "e.parent, e.relation")
        : select(SHAPES.edge, [["e.parent = ?", toText(scan.parent)]], "e.child, e.relation");
    case "member":
      return "set" in scan
        ? select(SHAPES.member, [["m.set_id = ?", toText(scan.set)]], "m.chunk")
        : select(SHAPES.member, [["m.chunk = ?", scan.chunk]], "m.set_id");
  }
}

/** The payloads of the record that lies there. */
export function payloadTemplate({ home, ordinal }: Place): Template {
  const conditions: readonly Condition[] = [
    ["p.subject_id = ?", toText(home)],
    ["p.ordinal = ?", ordinal],
  ];
  return select(SHAPES.payload, conditions, "p.category");
}

/** The row of a key. `place` is what `route` said for a key that needs it. */
export function keyTemplate(key: RowKey, place: Place | undefined): Template {
  return select(SHAPES[key.table], keyConditions(key, place), undefined);
}

/** True when the row of the key is found by way of `route`. */
export function needsPlace(key: RowKey): boolean {
  if (key.table === "document") return isRouted(key.kind);
  return key.table === "record" || key.table === "payload";
}

function keyConditions(key: RowKey, place: Place | undefined): readonly Condition[] {
  switch (key.table) {
    case "document":
      return [
        ["d.home = ?", toText(place?.home ?? homeOf(key.kind, key.id, ""))],
        ["d.kind = ?", key.kind],
        ["d.id = ?", toText(key.id)],
      ];
    case "record":
      return [
        ["r.subject_id = ?", toText(place?.home ?? "")],
        ["r.ordinal = ?", place?.ordinal ?? 0],
      ];
    case "payload":
      return [
        ["p.subject_id = ?", toText(place?.home ?? "")],
        ["p.ordinal = ?", place?.ordinal ?? 0],
        ["p.category = ?", toText(key.category)],
      ];
    case "edge":
      return [
        ["e.child = ?", toText(key.child)],
        ["e.parent = ?", toText(key.parent)],
        ["e.relation = ?", toText(key.relation)],
      ];
    case "member":
      return [
        ["m.chunk = ?", key.chunk],
        ["m.set_id = ?", toText(key.set)],
      ];
  }
}

/** Documents that lie with their owner are on one shard, and asked for there. */
function documentTemplate({ kind, owner, dueBy }: DocumentScan): Template {
  const conditions: Condition[] = [["d.kind = ?", kind]];
  if (dueBy !== undefined) conditions.push(["d.due <> '' AND d.due <= ?", dueBy]);
  if (owner === "") conditions.push(["d.owner = ?", owner]);
  else if (owner !== undefined) {
    conditions.push(["d.owner <> '' AND d.owner = ?", toText(owner)]);
    if (isRouted(kind)) conditions.push(["d.home = ?", toText(owner)]);
  }
  return select(SHAPES.document, conditions, "d.id");
}

function recordTemplate(scan: RecordScan): Template {
  const conditions: Condition[] = [];
  if (scan.dueBy !== undefined) conditions.push(["r.due <> '' AND r.due <= ?", scan.dueBy]);
  if (scan.bases !== undefined) conditions.push(anyOf("basis", "text", "bases", scan.bases));
  if (scan.subjects !== undefined) {
    conditions.push(anyOf("subject_id", "text", "subjects", scan.subjects));
  }
  if (scan.ordinals !== undefined) {
    conditions.push(anyOf("ordinal", "bigint", "ordinals", scan.ordinals));
  }
  const walks = conditions.length === 0;
  if (scan.collections !== undefined) {
    conditions.push(anyOf("collection", "text", "collections", scan.collections));
  }
  const ordinal = walks ? "r.ordinal" : "(r.ordinal + 0)";
  if (scan.afterOrdinal !== undefined) conditions.push([`${ordinal} > ?`, scan.afterOrdinal]);
  return select(SHAPES.record, conditions, ordinal);
}

function anyOf(
  column: string,
  type: "text" | "bigint",
  name: string,
  values: readonly (string | number)[],
): Condition {
  requireAtMost(`SCAN_LIST_ENTRIES_MAX (${name})`, SCAN_LIST_ENTRIES_MAX, values.length);
  const stored = values.map((value) => (typeof value === "string" ? toText(value) : value));
  return [`r.${column} = ANY(?::${type}[])`, stored];
}

function select(
  shape: Shape,
  conditions: readonly Condition[],
  order: string | undefined,
): Template {
  const where = conditions.map(([sql], index) => sql.replace("?", `$${index + 1}`)).join(" AND ");
  const sql = [
    `SELECT ${shape.columns} FROM ${shape.from}`,
    where === "" ? "" : `WHERE ${where}`,
    order === undefined ? "" : `ORDER BY ${order}`,
  ].join(" ");
  return { sql, values: conditions.map(([, value]) => value) };
}

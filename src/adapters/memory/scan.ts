/**
 * Scans over the rows of one moment: the same answers in the same order as the SQL of the other
 * adapters.
 */
import type { Row } from "../../core/row.js";
import type { Scan } from "../../ports/store.js";
import { requireAtMost, SCAN_LIST_ENTRIES_MAX } from "../batch.js";

type Matcher = (row: Row) => boolean;
type RecordScan = Extract<Scan, { readonly table: "record" }>;

/** @throws `limit-exceeded` for a list that is too long */
export function scanned(rows: readonly Row[], scan: Scan): readonly Row[] {
  return rows.filter(matcherOf(scan)).sort((a, b) => compare(orderOf(a, scan), orderOf(b, scan)));
}

function matcherOf(scan: Scan): Matcher {
  switch (scan.table) {
    case "document":
      return (row) =>
        row.table === "document" &&
        row.kind === scan.kind &&
        (scan.owner === undefined || row.owner === scan.owner) &&
        isDue(row.due, scan.dueBy);
    case "record":
      return recordMatcher(scan);
    case "payload":
      return (row) => row.table === "payload" && row.record === scan.record;
    case "edge":
      return "child" in scan
        ? (row) => row.table === "edge" && row.child === scan.child
        : (row) => row.table === "edge" && row.parent === scan.parent;
    case "member":
      return "set" in scan
        ? (row) => row.table === "member" && row.set === scan.set
        : (row) => row.table === "member" && row.chunk === scan.chunk;
  }
}

function recordMatcher(scan: RecordScan): Matcher {
  const subjects = setOf("subjects", scan.subjects);
  const bases = setOf("bases", scan.bases);
  const collections = setOf("collections", scan.collections);
  const ordinals = setOf("ordinals", scan.ordinals);
  return (row) =>
    row.table === "record" &&
    (subjects?.has(row.subject) ?? true) &&
    (bases?.has(row.basis) ?? true) &&
    (collections?.has(row.collection) ?? true) &&
    (ordinals?.has(row.ordinal) ?? true) &&
    isDue(row.due, scan.dueBy) &&
    row.ordinal > (scan.afterOrdinal ?? 0);
}

function setOf<T>(name: string, values: readonly T[] | undefined): ReadonlySet<T> | undefined {
  if (values === undefined) return undefined;
  requireAtMost(`SCAN_LIST_ENTRIES_MAX (${name})`, SCAN_LIST_ENTRIES_MAX, values.length);
  return new Set(values);
}

function isDue(due: string, dueBy: string | undefined): boolean {
  return dueBy === undefined || (due !== "" && due <= dueBy);
}

function orderOf(row: Row, scan: Scan): readonly (string | number)[] {
  switch (row.table) {
    case "document":
      return [row.id];
    case "record":
      return [row.ordinal];
    case "payload":
      return [row.category];
    case "edge":
      return "child" in scan ? [row.parent, row.relation] : [row.child, row.relation];
    case "member":
      return "set" in scan ? [row.chunk] : [row.set];
  }
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? "";
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}

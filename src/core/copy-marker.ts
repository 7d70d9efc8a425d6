/**
 * What a target remembers of a copy that is not finished: of which store, as it was when the copy
 * began, and up to where. It is written in the same commit as the rows it counts.
 */
import { z } from "zod";
import { COPY_TABLES, type CopyKey, type CopyTable } from "./copy-row.js";

export interface CopyMarker {
  readonly version: 1;
  /** The store that is copied, `sto_…`. */
  readonly store: string;
  /** The newest migration of both sides. */
  readonly schema: number;
  /** The number of ledger entries and the root (hex) of the source when the copy began. */
  readonly size: number;
  readonly root: string;
  /** The table that is being carried; "all" when every row has arrived. */
  readonly table: CopyTable | "all";
  /** What has arrived of that table; null for nothing. */
  readonly after: CopyKey | null;
  /** Rows that have arrived, by table. */
  readonly rows: { readonly [T in CopyTable]: number };
}

const count = z.int().min(0);
const Marker = z.strictObject({
  version: z.literal(1),
  store: z.string().min(1),
  schema: count,
  size: count,
  root: z.string().regex(/^[0-9a-f]{64}$/),
  table: z.enum([...COPY_TABLES, "all"]),
  after: z
    .array(z.union([z.string(), z.number()]))
    .min(1)
    .nullable(),
  rows: z.strictObject({
    ledger: count,
    document: count,
    record: count,
    payload: count,
    edge: count,
    member: count,
  }),
});

/** The marker of a copy of which nothing has arrived. */
export function newCopyMarker(source: {
  readonly store: string;
  readonly schema: number;
  readonly size: number;
  readonly root: string;
}): CopyMarker {
  const rows = { ledger: 0, document: 0, record: 0, payload: 0, edge: 0, member: 0 };
  return { version: 1, ...source, table: "ledger", after: null, rows };
}

/** The marker after a page of rows of its table; `next` is undefined at the end of the table. */
export function advancedMarker(
  marker: CopyMarker,
  table: CopyTable,
  arrived: number,
  next: CopyKey | undefined,
): CopyMarker {
  const rows = { ...marker.rows, [table]: marker.rows[table] + arrived };
  if (next !== undefined) return { ...marker, table, after: next, rows };
  const following = COPY_TABLES[COPY_TABLES.indexOf(table) + 1] ?? "all";
  return { ...marker, table: following, after: null, rows };
}

/** One text for one marker: adapters compare it to see whether somebody else went on. */
export function copyMarkerText(marker: CopyMarker): string {
  return JSON.stringify(Marker.parse(marker));
}

/** Undefined for what is no marker, or one of another version. */
export function readCopyMarker(stored: string): CopyMarker | undefined {
  try {
    const parsed = Marker.safeParse(JSON.parse(stored));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What orders and holds have marked: sets of record ordinals, looked up by chunk for one record or
 * opened for many.
 */

import type { Write } from "../core/event.js";
import type { MemberRow, RecordRow } from "../core/row.js";
import type { Marks } from "../core/standing.js";
import { CustodyError } from "../errors.js";
import { CHUNK_BITS, OrdinalSet } from "../lib/bitmap.js";
import { base64url, fromBase64url } from "../lib/bytes.js";
import type { Context } from "./context.js";
import { list } from "./rows.js";

const CHUNK_SIZE = 2 ** CHUNK_BITS;

export interface HoldBody {
  readonly authority: string;
  readonly instrument: string;
  readonly placedAt: string;
  /** ISO instant; "" while it stands. */
  readonly releasedAt: string;
  readonly records: number;
}

/** The set of ordinals kept under a dataset, order, hold or purge. */
export async function openSet(ctx: Context, set: string): Promise<OrdinalSet> {
  const chunks: { chunk: number; bytes: Uint8Array }[] = [];
  for await (const row of ctx.store.scan({ table: "member", set })) chunks.push(chunkOf(row));
  return OrdinalSet.fromChunks(chunks);
}

export function chunkOf(row: MemberRow): { readonly chunk: number; readonly bytes: Uint8Array } {
  const bytes = fromBase64url(row.bitmap);
  if (bytes === undefined) throw new CustodyError("payload-damaged", { id: row.set });
  return { chunk: row.chunk, bytes };
}

export function setWrites(set: string, ordinals: OrdinalSet): readonly Write[] {
  return [...ordinals.chunks()].map(({ chunk, bytes }) => ({
    put: { table: "member", set, chunk, bitmap: base64url(bytes) } as const,
  }));
}

/** Standing holds and freezing orders, as a question to ask of any record. */
export async function marksNow(ctx: Context): Promise<(record: RecordRow) => Marks> {
  const holds: OrdinalSet[] = [];
  for (const hold of await list<HoldBody>(ctx, "hold")) {
    if (hold.body.releasedAt === "") holds.push(await openSet(ctx, hold.row.id));
  }
  const orders: { id: string; set: OrdinalSet }[] = [];
  for (const { row, body } of await list<{ frozenAt: string }>(ctx, "order")) {
    if (body.frozenAt !== "") orders.push({ id: row.id, set: await openSet(ctx, row.id) });
  }
  return (record) => ({
    held: holds.some((set) => set.has(record.ordinal)),
    order: orders.find(({ set }) => set.has(record.ordinal))?.id ?? "",
  });
}

/** The same for one record: touches only its own chunk of each set. */
export async function marksOf(ctx: Context, record: RecordRow): Promise<Marks> {
  const chunk = Math.floor(record.ordinal / CHUNK_SIZE);
  const has = async (set: string): Promise<boolean> => {
    const row = await ctx.store.get({ table: "member", set, chunk });
    return row !== undefined && OrdinalSet.fromChunks([chunkOf(row)]).has(record.ordinal);
  };
  let held = false;
  for (const hold of await list<HoldBody>(ctx, "hold")) {
    if (hold.body.releasedAt === "" && (await has(hold.row.id))) held = true;
  }
  for (const { row, body } of await list<{ frozenAt: string }>(ctx, "order")) {
    if (body.frozenAt !== "" && (await has(row.id))) return { held, order: row.id };
  }
  return { held, order: "" };
}

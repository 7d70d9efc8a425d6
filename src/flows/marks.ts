/**
 * What orders and holds have marked: sets of record ordinals, looked up by chunk for one record or
 * opened for many.
 */

import type { Write } from "../core/event.js";
import { type Order, type Sparing, sparingOf } from "../core/order.js";
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
  const orders = (await freezingOrders(ctx)).filter(({ order }) => reachesData(order));
  return (record) => ({
    held: holds.some((set) => set.has(record.ordinal)),
    ...byOrders(orders.filter(({ set }) => set.has(record.ordinal)).map(({ order }) => order)),
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
  const orders: Order[] = [];
  for (const order of await freezing(ctx)) {
    if (reachesData(order) && (await has(order.id))) orders.push(order);
  }
  return { held, ...byOrders(orders) };
}

/** Orders that freeze, each with what it had selected when it was opened. */
export async function freezingOrders(
  ctx: Context,
): Promise<readonly { readonly order: Order; readonly set: OrdinalSet }[]> {
  const orders: { order: Order; set: OrdinalSet }[] = [];
  for (const order of await freezing(ctx)) {
    orders.push({ order, set: await openSet(ctx, order.id) });
  }
  return orders;
}

/** An order that keeps the data does not touch the records, whatever else it freezes. */
const reachesData = ({ remedy }: Order): boolean => remedy.data !== "keep";

async function freezing(ctx: Context): Promise<readonly Order[]> {
  const orders = (await list<Order>(ctx, "order")).map(({ body }) => body);
  return orders.filter((order) => order.frozenAt !== "");
}

/** Of several orders on one record one that spares nothing counts; else each has to spare it. */
function byOrders(orders: readonly Order[]): Pick<Marks, "order" | "sparing"> {
  const sparing: Sparing[] = [];
  for (const order of orders) {
    const its = sparingOf(order);
    if (its === undefined) return { order: order.id };
    sparing.push(its);
  }
  return { order: orders[0]?.id ?? "", sparing };
}

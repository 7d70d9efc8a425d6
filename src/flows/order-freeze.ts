/**
 * What an order selects is tainted, and models made from it are frozen: at once where its text says
 * so, else when its purge begins. What has come within the words of one that freezes since it was
 * opened is taken in with the next plan.
 */
import type { Mark } from "../core/model.js";
import type { Order } from "../core/order.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { commitMarked, markBelow } from "./marking.js";
import { openSet, setWrites } from "./marks.js";
import { changed, need, nowText, retrying } from "./rows.js";
import { selected } from "./selection.js";

/**
 * Idempotent: what the order has frozen already is left alone, and so is what a person has cleared
 * of it since. Only what it newly selects brings a doubt anew.
 * @param more what is frozen besides; all that the order's words reach now unless given
 */
export async function freezeSelected(ctx: Context, id: string, more?: OrdinalSet): Promise<void> {
  await retrying(async () => {
    const order = await need<Order>(ctx, "order", id);
    const before = await openSet(ctx, id);
    const all = before.or(more ?? (await selectedNow(ctx, order.body)));
    if (order.body.frozenAt !== "" && all.size === before.size) return;
    const fresh = order.body.frozenAt === "" ? all : all.andNot(before);
    const at = nowText(ctx);
    const mark: Mark = { state: "frozen", cause: "order", by: id, at };
    const marked = await markBelow(ctx, fresh, mark, { terms: order.body.remedy });
    const body: Order = { ...order.body, frozenAt: order.body.frozenAt || at };
    const about = { order: id, selected: all.size, frozen: marked.models.length };
    const writes = [changed(order, body), ...setWrites(id, all)];
    await commitMarked(ctx, "order-frozen", about, writes, marked);
  });
}

/** Ordinals of what the order's words reach now, erased records included. */
export async function selectedNow(ctx: Context, order: Pick<Order, "select">): Promise<OrdinalSet> {
  const ordinals: number[] = [];
  for await (const { record } of selected(ctx, order)) ordinals.push(record.ordinal);
  return OrdinalSet.of(ordinals);
}

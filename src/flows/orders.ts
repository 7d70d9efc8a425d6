/**
 * Orders: opened, and frozen in the same commit: the clocks are for destroying, not for going on.
 */
import type { Mark } from "../core/model.js";
import type { Order } from "../core/order.js";
import { dutiesOf } from "../core/order-duties.js";
import { type OrderText, readOrder } from "../core/order-text.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { ModelId, OrderId } from "../lib/id.js";
import type { Context } from "./context.js";
import { commitMarked, markBelow } from "./marking.js";
import { setWrites } from "./marks.js";
import { selectedNow } from "./order-freeze.js";
import { created, nowText, retrying } from "./rows.js";

export interface Opened {
  readonly id: OrderId;
  /** Duty to calendar day. */
  readonly due: { readonly [duty: string]: string };
  /** Records the order's words reach. */
  readonly selected: number;
  /** Models frozen by it. */
  readonly frozen: readonly ModelId[];
}

/**
 * Opens an order. With `freeze: immediately` its records are tainted and every model made from them
 * is frozen from this commit on. @throws `order-invalid` naming the path
 */
export async function openOrder(ctx: Context, text: OrderText): Promise<Opened> {
  const order = readOrder(text);
  return retrying(async () => {
    const id = ctx.newId("order");
    const set = await selectedNow(ctx, order);
    const at = nowText(ctx);
    const freezes = order.remedy.freeze === "immediately";
    const mark: Mark = { state: "frozen", cause: "order", by: id, at };
    const reached = freezes ? set : OrdinalSet.of([]);
    const marked = await markBelow(ctx, reached, mark, { terms: order.remedy });
    const due = dutiesOf(order);
    const body: Order = { ...order, id, due, frozenAt: freezes ? at : "" };
    const first = Object.values(due).sort()[0];
    const writes = [
      created("order", id, body, { due: first === undefined ? "" : `${first}T00:00:00.000Z` }),
      ...setWrites(id, set),
    ];
    const about = { order: id, selected: set.size, frozen: marked.models.length, due };
    await commitMarked(ctx, "order-opened", about, writes, marked);
    return { id, due, selected: set.size, frozen: marked.models as ModelId[] };
  });
}

/**
 * Orders: opened, and frozen in the same commit: the clocks are for destroying, not for going on.
 */
import type { Mark } from "../core/model.js";
import { dutiesOf, type Order, type OrderText, readOrder } from "../core/order.js";
import type { Purge } from "../core/purge.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { ModelId, OrderId } from "../lib/id.js";
import type { Context } from "./context.js";
import { commitMarked, markBelow } from "./marking.js";
import { setWrites } from "./marks.js";
import { drawPlan } from "./purges.js";
import { created, list, nowText, retrying } from "./rows.js";
import { selected } from "./selection.js";

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
    const ordinals: number[] = [];
    for await (const { record } of selected(ctx, order)) ordinals.push(record.ordinal);
    const set = OrdinalSet.of(ordinals);
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

export interface Duty {
  readonly order: string;
  readonly title: string;
  readonly duty: string;
  /** YYYY-MM-DD. */
  readonly due: string;
  readonly state: "open" | "done" | "overdue";
}

/**
 * Every duty of every order, soonest first. Data and models are done when a purge was completed and
 * a plan drawn now would find nothing more of theirs; attest when a complete purge was certified.
 */
export async function dueDuties(ctx: Context): Promise<readonly Duty[]> {
  const today = nowText(ctx).slice(0, 10);
  const purges = (await list<Purge>(ctx, "purge")).map(({ body }) => body);
  const certified = new Set((await list(ctx, "certificate")).map(({ row }) => row.owner));
  const duties: Duty[] = [];
  for (const { row, body } of await list<Order>(ctx, "order")) {
    const complete = purges.filter((p) => p.plan.cause.id === row.id && p.state === "complete");
    const left = complete.length > 0 ? await outstanding(ctx, row.id) : undefined;
    for (const [duty, due] of Object.entries(body.due)) {
      const done =
        duty === "attest"
          ? complete.some((p) => certified.has(p.id))
          : left !== undefined && left[duty === "models" ? "models" : "data"] === 0;
      const state = done ? "done" : due < today ? "overdue" : "open";
      duties.push({ order: row.id, title: body.title, duty, due, state });
    }
  }
  return duties.sort((a, b) => (a.due < b.due ? -1 : 1));
}

async function outstanding(
  ctx: Context,
  order: string,
): Promise<{ readonly data: number; readonly models: number }> {
  const { plan } = await drawPlan(ctx, { kind: "order", id: order }, order);
  return { data: plan.records + (plan.artifacts ?? []).length, models: plan.models.length };
}

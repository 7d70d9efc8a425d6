/** Every duty of every order, with its day and what has become of it. */

import type { Artifact } from "../core/artifact.js";
import type { Instruction } from "../core/instruction.js";
import type { Order } from "../core/order.js";
import { type CalendarDuty, orderCalendar } from "../core/order-calendar.js";
import type { Purge } from "../core/purge.js";
import { DERIVED_CLASSES, type DeriveRelation } from "../core/relation.js";
import type { Context } from "./context.js";
import { drawPlan } from "./purges.js";
import { list, load, nowText } from "./rows.js";

/** `duty` as in the order's `due`, or `forward` for a reply that is to be sent on. */
export type Duty = CalendarDuty;

/**
 * Soonest first. What is to be destroyed (data, models, each class of what is derived) is done when
 * a purge was completed and a plan drawn now would find nothing more of it; instruct when everybody
 * was told; attest, and list, when a complete purge was certified: the certificate names each of
 * those who were told.
 */
export async function dueDuties(ctx: Context): Promise<readonly Duty[]> {
  const today = nowText(ctx).slice(0, 10);
  const purges = (await list<Purge>(ctx, "purge")).map(({ body }) => body);
  const certified = new Set((await list(ctx, "certificate")).map(({ row }) => row.owner));
  const instructions = (await list<Instruction>(ctx, "instruction")).map(({ body }) => body);
  const duties: Duty[] = [];
  const add = (order: Order, duty: string, about: string, due: string, done: boolean): void => {
    const state = done ? "done" : due < today ? "overdue" : "open";
    const { id, title, citation, opened } = order;
    duties.push({ order: id, title, citation, opened, duty, about, due, state });
  };
  for (const { body: order } of await list<Order>(ctx, "order")) {
    const mine = purges.filter(({ plan }) => plan.cause.id === order.id);
    const isDone = await doneOf(ctx, order, mine, certified);
    for (const [duty, due] of Object.entries(order.due)) add(order, duty, "", due, isDone(duty));
    for (const { name, replies } of instructions.filter(({ cause }) => cause === order.id)) {
      for (const { forwardBy, forwardedAt } of replies) {
        if (forwardBy !== "") add(order, "forward", name, forwardBy, forwardedAt !== "");
      }
    }
  }
  return duties.sort((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : 0));
}

async function doneOf(
  ctx: Context,
  order: Order,
  purges: readonly Purge[],
  certified: ReadonlySet<string>,
): Promise<(duty: string) => boolean> {
  const complete = purges.filter(({ state }) => state === "complete");
  const left = complete.length > 0 ? await outstanding(ctx, order) : undefined;
  return (duty) => {
    if (duty === "attest" || duty === "list") return complete.some(({ id }) => certified.has(id));
    if (duty === "instruct") return purges.some(({ told }) => told !== undefined);
    return left !== undefined && !left.has(duty);
  };
}

/** Names of the duties of which a plan drawn now would find something left. */
async function outstanding(ctx: Context, order: Order): Promise<ReadonlySet<string>> {
  // Of no purge: what one has erased is not outstanding.
  const { plan } = await drawPlan(ctx, { kind: "order", id: order.id }, "");
  const left = new Set<string>();
  if (plan.records > 0) left.add("data");
  if (plan.models.length > 0) left.add("models");
  const named = new Map<DeriveRelation, string>();
  for (const [name, relation] of Object.entries(DERIVED_CLASSES)) named.set(relation, name);
  for (const id of plan.artifacts ?? []) {
    const artifact = await load<Artifact>(ctx, "artifact", id);
    const name = artifact === undefined ? undefined : named.get(artifact.body.relation);
    // What the order names no term for follows the data, and is part of that duty.
    left.add(name !== undefined && order.due[name] !== undefined ? name : "data");
  }
  return left;
}

/** The duties as an iCalendar text (RFC 5545). The same duties give the same bytes. */
export async function dutyCalendar(ctx: Context): Promise<string> {
  return orderCalendar(ctx.store.identity.id, await dueDuties(ctx));
}

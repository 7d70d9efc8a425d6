/**
 * Where an artifact stands now: the strictest of what its records, the models that made it and the
 * orders that reach it say. Computed at every use, so nothing is cleaned by being derived.
 */
import { type Artifact, contentSet, letsLive, statusOfMarks, stricter } from "../core/artifact.js";
import type { Order } from "../core/order.js";
import { sparingOf } from "../core/order.js";
import type { RecordStatus } from "../core/record.js";
import { overridesOf } from "../core/relation.js";
import { isSpared } from "../core/sparing.js";
import { standingOf } from "../core/standing.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { freezingOrders, marksNow, openSet } from "./marks.js";
import { judgedSet } from "./members.js";
import { type Loaded, need } from "./rows.js";

/** @throws `not-found` */
export async function artifactStatus(ctx: Context, id: string): Promise<RecordStatus> {
  return statusOf(ctx, await need<Artifact>(ctx, "artifact", id));
}

export async function statusOf(ctx: Context, artifact: Loaded<Artifact>): Promise<RecordStatus> {
  const { body, row } = artifact;
  if (body.erasedAt !== "") return "erased";
  const content = await openSet(ctx, contentSet(body.id));
  let status = statusOfMarks(body.marks);
  // It is to go, and not every place of it was seen empty yet.
  if (row.due !== "") status = stricter(status, "restricted");
  status = stricter(status, await statusOfRecords(ctx, content));
  return (await taintedByOrder(ctx, body, content)) ? stricter(status, "tainted") : status;
}

/** The strictest of the records that are there; one that is gone says nothing any more. */
export async function statusOfRecords(ctx: Context, content: OrdinalSet): Promise<RecordStatus> {
  const marks = await marksNow(ctx);
  let status: RecordStatus = "admitted";
  for await (const { record, basis, facts } of judgedSet(ctx, content, "")) {
    if (record.erasedAt !== "") continue;
    const all = marks(record);
    if (all.held) status = stricter(status, "held");
    // Orders have their own terms for what is derived; a hold hides nothing of what it keeps.
    let standing = standingOf(facts, record, basis, { ...all, held: false });
    if (standing.cause === "order") {
      standing = standingOf(facts, record, basis, { held: false, order: "" });
    }
    status = stricter(status, standing.status);
    if (status === "tainted") return status;
  }
  return status;
}

async function taintedByOrder(
  ctx: Context,
  artifact: Artifact,
  content: OrdinalSet,
): Promise<boolean> {
  for (const { order, set } of await freezingOrders(ctx)) {
    const selected = content.and(set);
    if (selected.size === 0) continue;
    if (overridesOf(order.remedy)[artifact.relation] !== undefined) continue;
    if (letsLive(order.remedy, artifact)) continue;
    if (!(await allSpared(ctx, order, selected))) return true;
  }
  return false;
}

/** With what was derived from the spared alone: one that is not spared taints the whole. */
async function allSpared(ctx: Context, order: Order, selected: OrdinalSet): Promise<boolean> {
  const sparing = sparingOf(order);
  if (sparing === undefined) return false;
  for await (const { record, basis, facts } of judgedSet(ctx, selected, "")) {
    if (!isSpared(sparing, facts, record, basis)) return false;
  }
  return true;
}

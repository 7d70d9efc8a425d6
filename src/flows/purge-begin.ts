/** The beginning of a purge: approved, and the plan is still the world's. */
import type { Artifact } from "../core/artifact.js";
import { type Place, placeId } from "../core/place.js";
import type { Plan, PlanItem, Purge } from "../core/purge.js";
import { CustodyError } from "../errors.js";
import { hex, sha256, utf8 } from "../lib/bytes.js";
import type { PurgeId } from "../lib/id.js";
import type { Context } from "./context.js";
import { keptSet } from "./hold-release.js";
import { openSet } from "./marks.js";
import { freezeSelected } from "./order-freeze.js";
import { wholeOf } from "./plan-pages.js";
import { requireApproved } from "./purge-approval.js";
import { drawPlan } from "./purges.js";
import { changed, commit, type Loaded, load, need, nowText, retrying } from "./rows.js";

/**
 * Begins an approved purge, or finds it begun: its state, and whom its order freezes.
 * @throws `plan-unapproved`, `plan-changed`, `not-found`
 */
export async function begin(ctx: Context, id: PurgeId): Promise<Loaded<Purge>> {
  return retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", id);
    const { state, planHash, plan } = purge.body;
    if (state === "planned" || state === "approved") requireApproved(ctx, purge.body);
    if (state !== "approved") return purge;
    const ahead = await begunMeanwhile(ctx, purge.body);
    if (ahead !== undefined) return ahead;
    if (plan.cause.kind === "order") {
      // Exactly what was approved, and what was kept from it: what came in since is not in it.
      const planned = (await openSet(ctx, id)).or(await openSet(ctx, keptSet(id)));
      await freezeSelected(ctx, plan.cause.id, planned);
    }
    const body: Purge = { ...purge.body, state: "running", startedAt: nowText(ctx) };
    const about = { purge: id, plan: planHash, steps: plan.items };
    await commit(ctx, "purge-started", about, [changed(purge, body)]);
    return need<Purge>(ctx, "purge", id);
  });
}

/**
 * Refuses a plan that is not the world's any more. Where another runner has begun in the meantime
 * the world was changed by the purge itself: then it is the purge as it is now.
 */
async function begunMeanwhile(ctx: Context, purge: Purge): Promise<Loaded<Purge> | undefined> {
  try {
    await refuseChanged(ctx, purge);
    return undefined;
  } catch (error) {
    const now = await need<Purge>(ctx, "purge", purge.id);
    if (now.body.state === "approved") throw error;
    return now;
  }
}

/**
 * What is erased stays selected: a term that ended since the plan, or another purge, took nothing
 * from what was approved.
 */
async function refuseChanged(ctx: Context, stored: Purge): Promise<void> {
  // The world first: what comes in while the plan is read is for the next plan.
  const { plan } = await drawPlan(ctx, stored.plan.cause, stored.id);
  const purge = await wholeOf(ctx, stored);
  const facts = ({ selection, items, retained, models, artifacts }: typeof plan): string =>
    hex(sha256(utf8(JSON.stringify([selection, items, retained, models, artifacts ?? []]))));
  if (facts(plan) === facts(await notYetGone(ctx, purge.plan))) return;
  throw new CustodyError("plan-changed", {
    id: purge.id,
    changed: {
      records: plan.records - purge.plan.records,
      subjects: plan.subjects - purge.plan.subjects,
      datasets: plan.datasets.length - purge.plan.datasets.length,
      items: plan.items.length - purge.plan.items.length,
      artifacts: (plan.artifacts ?? []).length - (purge.plan.artifacts ?? []).length,
      models: plan.models.length - purge.plan.models.length,
      retained: plan.retained.length - purge.plan.retained.length,
    },
    help: ["Plan again and have the new list approved."],
  });
}

/** The plan without the artifacts and copies that were erased since it was drawn. */
async function notYetGone(ctx: Context, plan: Plan): Promise<Plan> {
  const artifacts: string[] = [];
  for (const id of plan.artifacts ?? []) {
    const artifact = await load<Artifact>(ctx, "artifact", id);
    if ((artifact?.body.erasedAt ?? "") === "") artifacts.push(id);
  }
  const items: PlanItem[] = [];
  for (const item of plan.items) {
    const { node, connector, ref } = item;
    const place = await load<Place>(ctx, "place", placeId(node, connector, ref));
    if ((place?.body.erasedAt ?? "") === "") items.push(item);
  }
  return { ...plan, artifacts, items };
}

/** What a purge reaches besides records: datasets that held them, artifacts and models below. */
import { type Artifact, letsLive } from "../core/artifact.js";
import { type Model, modelState } from "../core/model.js";
import { type Order, sparingOf } from "../core/order.js";
import type { Plan } from "../core/purge.js";
import { fateOf, overridesOf } from "../core/relation.js";
import { isSpared } from "../core/sparing.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { artifactsHolding, datasetsHolding, walk } from "./lineage.js";
import { openSet } from "./marks.js";
import { load, need } from "./rows.js";
import { selected } from "./selection.js";

export interface PlanReach {
  /** Datasets whose copies hold what is erased. */
  readonly copied: readonly string[];
  readonly datasets: readonly string[];
  readonly artifacts: readonly string[];
  readonly models: readonly string[];
}

/**
 * What is derived goes with the first of its sources that goes; made from nothing but what a hold
 * keeps it stays, as the sweep leaves it.
 * @param touched the records the cause is about, held ones included
 * @param kept those among them that a hold keeps
 */
export async function planReach(
  ctx: Context,
  cause: Plan["cause"],
  touched: OrdinalSet,
  kept: OrdinalSet,
): Promise<PlanReach> {
  const going = new Set(await artifactsHolding(ctx, touched.andNot(kept)));
  const held = new Set(
    [...(await artifactsHolding(ctx, kept))].filter((artifact) => !going.has(artifact)),
  );
  const copied = [...(await datasetsHolding(ctx, touched))].sort();
  if (cause.kind === "subject") {
    // What was derived from a person's data goes with it; a model lawfully made before stays, and
    // with it what it makes.
    const artifacts = await livingAmong(ctx, going, () => true);
    return { copied, datasets: copied, artifacts, models: [] };
  }
  const order = (await need<Order>(ctx, "order", cause.id)).body;
  const words = await wordsOf(ctx, order);
  const made = await datasetsHolding(ctx, words.all);
  const datasets = [...new Set([...copied, ...made])].sort();
  const [artifacts, models] = [
    (await artifactsFor(ctx, order, words)).filter((artifact) => !held.has(artifact)),
    await modelsFor(ctx, order, words),
  ];
  return { copied, datasets, artifacts, models };
}

export interface Words {
  /**
   * What the order's words reach now and reached when it was opened: also what was erased since (by
   * a person's own request, say). A model learned from it all the same.
   */
  readonly all: OrdinalSet;
  /** Without what its own text spares. */
  readonly unspared: OrdinalSet;
}

export async function wordsOf(ctx: Context, order: Order): Promise<Words> {
  const sparing = sparingOf(order);
  const now: number[] = [];
  const spared: number[] = [];
  for await (const { record, basis, facts } of selected(ctx, order)) {
    now.push(record.ordinal);
    if (isSpared(sparing, facts, record, basis)) spared.push(record.ordinal);
  }
  const all = (await openSet(ctx, order.id)).or(OrdinalSet.of(now));
  return { all, unspared: all.andNot(OrdinalSet.of(spared)) };
}

/** Artifacts made from these, also through models, of which the order's text does not let live. */
async function artifactsFor(ctx: Context, order: Order, words: Words): Promise<readonly string[]> {
  const { remedy } = order;
  const overrides = overridesOf(remedy);
  const { below } = await walk(ctx, { ordinals: words.unspared }, { overrides });
  const found = [...below.values()].filter(({ own }) => own === "tainted").map(({ id }) => id);
  return livingAmong(
    ctx,
    found,
    (artifact) => fateOf(remedy, artifact.relation) === "destroy" && !letsLive(remedy, artifact),
  );
}

async function livingAmong(
  ctx: Context,
  ids: Iterable<string>,
  goes: (artifact: Artifact) => boolean,
): Promise<readonly string[]> {
  const living: string[] = [];
  for (const id of ids) {
    const artifact = id.startsWith("art_") ? await load<Artifact>(ctx, "artifact", id) : undefined;
    if (artifact === undefined || artifact.body.erasedAt !== "") continue;
    if (goes(artifact.body)) living.push(id);
  }
  return living.sort();
}

/** Models made from these that the order destroys: frozen by it, or all if it does not freeze. */
async function modelsFor(ctx: Context, order: Order, words: Words): Promise<readonly string[]> {
  const { models, freeze } = order.remedy;
  if (models === undefined || models === "keep") return [];
  const found: string[] = [];
  const overrides = overridesOf(order.remedy);
  for (const { id, own } of (
    await walk(ctx, { ordinals: words.all }, { overrides })
  ).below.values()) {
    const model = own === "tainted" ? await load<Model>(ctx, "model", id) : undefined;
    if (model === undefined) continue;
    const state = modelState(model.body.marks);
    const bySame = model.body.marks.some((m) => m.state === "frozen" && m.by === order.id);
    const exited = model.body.marks.some((m) => m.state === "infeasible" && m.by === order.id);
    if (exited) continue;
    if (state !== "destroyed" && (bySame || freeze === undefined)) found.push(id);
  }
  return found.sort();
}

/** Everything that a model was trained from, however many steps before. */
import { sourceSet } from "../core/artifact.js";
import type { Dataset } from "../core/dataset.js";
import { readThrough } from "../core/training-time.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { openSet } from "./marks.js";
import { need } from "./rows.js";
import { trainingLine } from "./training-line.js";

export interface TrainingSources {
  /** By dataset what was read of it: as many lines as it has shards, or one for all of it. */
  readonly datasets: ReadonlyMap<string, Coverage>;
  /** Records given to a model one by one. */
  readonly records: OrdinalSet;
  /** Derived data, and models that name nothing they were made from. */
  readonly others: ReadonlySet<string>;
}

/** By shard the number of slices read; the one shard of a dataset that has none is 0. */
export type Coverage = ReadonlyMap<number, number>;

/** @throws `not-found`, `limit-exceeded` */
export async function trainingSources(ctx: Context, target: string): Promise<TrainingSources> {
  const datasets = new Map<string, Map<number, number>>();
  const others = new Set<string>();
  let records = OrdinalSet.of([]);
  for (const { id, model } of (await trainingLine(ctx, [target])).values()) {
    if (model === undefined || model.parents.length === 0) others.add(id);
    const taught = (model?.parents ?? []).filter(({ relation }) => relation !== "evaluated-on");
    for (const relation of new Set(taught.map((parent) => parent.relation))) {
      records = records.or(await openSet(ctx, sourceSet(id, relation)));
    }
    for (const dataset of new Set(taught.map((parent) => parent.id))) {
      if (!dataset.startsWith("dat_")) continue;
      const known = datasets.get(dataset) ?? new Map<number, number>();
      datasets.set(dataset, known);
      for (const [shard, slices] of await covered(ctx, dataset, taught)) {
        known.set(shard, Math.max(slices, known.get(shard) ?? 0));
      }
    }
  }
  return { datasets, records, others };
}

async function covered(
  ctx: Context,
  dataset: string,
  taught: Parameters<typeof readThrough>[0],
): Promise<Coverage> {
  const { layout = { shards: 1, slices: 1 } } = (await need<Dataset>(ctx, "dataset", dataset)).body;
  const read = readThrough(taught, dataset);
  if (read !== "whole") return new Map([...read].map(([shard, last]) => [shard, last + 1]));
  return new Map(Array.from({ length: layout.shards }, (_, shard) => [shard, layout.slices]));
}

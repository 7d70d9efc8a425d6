/**
 * Time inside a run: which slices a model had read by the time it was written down. A record that
 * enters at slice N leaves the checkpoints before it clean; what nobody can say counts from the
 * start.
 */
import { CustodyError } from "../errors.js";
import type { Cell } from "./layout.js";
import type { Relation } from "./relation.js";

/**
 * `slices`: the run read the slices of a shard in their order, each for the first time after all
 * before it. `unknown`: nobody can say, so every record counts from the first step.
 */
export const TRAINING_ORDERS = ["slices", "unknown"] as const;
export type TrainingOrder = (typeof TRAINING_ORDERS)[number];

/**
 * What a run may take from all of its data before, or besides, its steps: any of these puts every
 * record into every checkpoint, from step 0.
 */
export const TRAINING_STATISTICS = [
  "tokenizer",
  "normaliser",
  "feature-selection",
  "early-stopping",
  "checkpoint-selection",
  "hyper-parameters",
  "class-weights",
  "deduplication",
  "other",
] as const;
export type TrainingStatistic = (typeof TRAINING_STATISTICS)[number];

/** What a run says of the time inside it. */
export interface RunTime {
  /** Absent: `slices` where a source says `at`; without `at` a source was read whole anyway. */
  readonly order?: TrainingOrder;
  readonly statistics?: readonly TrainingStatistic[];
}

/**
 * What a model is made from. `at`, of a dataset with shards: the run had read slices 0 to `slice`
 * of that shard by then; absent: all of it.
 */
export interface Parent {
  readonly id: string;
  readonly relation: Relation;
  readonly at?: Cell;
}

/** What was read of one dataset: all of it, or by shard the last slice. */
export type Seen = "whole" | ReadonlyMap<number, number>;

/**
 * What a model had read of a dataset by the edges of this relation; by all edges that teach when
 * none is named. Whatever leaves a doubt is "whole".
 */
export function seenOf(
  run: RunTime & { readonly parents: readonly Parent[] },
  dataset: string,
  relation?: string,
): Seen {
  return isFromTheStart(run) ? "whole" : readThrough(run.parents, dataset, relation);
}

/** What the steps themselves had read, whatever was fitted besides: what reading it again costs. */
export function readThrough(parents: readonly Parent[], dataset: string, relation?: string): Seen {
  const last = new Map<number, number>();
  for (const { id, relation: by, at } of parents) {
    if (id !== dataset) continue;
    if (relation === undefined ? by === "evaluated-on" : by !== relation) continue;
    if (at === undefined) return "whole";
    last.set(at.shard, Math.max(at.slice, last.get(at.shard) ?? 0));
  }
  // An edge that the body does not name: a store of another version wrote it.
  return last.size === 0 ? "whole" : last;
}

/** True where no `at` counts: the order is not known, or something was fitted on everything. */
export function isFromTheStart({ order, statistics }: RunTime): boolean {
  return order === "unknown" || (statistics ?? []).length > 0;
}

export function hasSeen(seen: Seen, { shard, slice }: Cell): boolean {
  if (seen === "whole") return true;
  const last = seen.get(shard);
  return last !== undefined && slice <= last;
}

/** @throws `option-invalid` for a word that is none */
export function readRunTime({ order, statistics }: Record<keyof RunTime, unknown>): RunTime {
  if (order !== undefined) requireWord(order, TRAINING_ORDERS, "begin.order");
  if (statistics !== undefined && !Array.isArray(statistics)) {
    throw new CustodyError("option-invalid", { path: "begin.statistics", reason: "a list" });
  }
  for (const one of (statistics ?? []) as readonly unknown[]) {
    requireWord(one, TRAINING_STATISTICS, "begin.statistics");
  }
  return {
    ...(order === undefined ? {} : { order: order as TrainingOrder }),
    ...(statistics === undefined || statistics.length === 0
      ? {}
      : { statistics: [...new Set(statistics as readonly TrainingStatistic[])] }),
  };
}

function requireWord(word: unknown, words: readonly string[], path: string): void {
  if (typeof word === "string" && words.includes(word)) return;
  throw new CustodyError("option-invalid", { path, reason: "not one of the known words" });
}

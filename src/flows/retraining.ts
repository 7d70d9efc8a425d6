/**
 * The smallest exact retrain set: what had read the records to be left out, from the last
 * checkpoint that had not, and the part of training that doing it again costs.
 */
import { requireKnown, requireText } from "../core/options.js";
import {
  fractionOf,
  type MadeAgain,
  type Retraining,
  type ShardAgain,
} from "../core/retraining.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { type ModelId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { TRACE_NODES_MAX, walk } from "./lineage.js";
import { settle } from "./marking.js";
import { need } from "./rows.js";
import { recordsOf } from "./trace-start.js";
import { type Ancestor, toMakeAgain, trainingLine } from "./training-line.js";
import { type OwnSlices, Readings } from "./training-readings.js";

export interface RetrainingInput {
  readonly model: ModelId;
  /** A subject, consent, basis, record, order, dataset or artifact: its records are left out. */
  readonly without: string;
}

export interface RetrainingAnswer extends Retraining {
  readonly model: ModelId;
  /** The records left out. */
  readonly records: readonly string[];
  /** `redone / of`: the part of training from scratch that has to be done again. */
  readonly fraction: number;
}

/**
 * What of a model's training has to be done again to have it as if some records had never been in
 * it, whether they are there still or erased already. It asks and answers; nothing is changed.
 * Nothing approximate is offered: a checkpoint had read a record, or it had not.
 * @throws `not-found`, `id-invalid`, `limit-exceeded`
 */
export async function retrainingFor(
  ctx: Context,
  input: RetrainingInput,
): Promise<RetrainingAnswer> {
  requireKnown(input, ["model", "without"], "retraining");
  const model = requireId("model", input.model, "retraining.model");
  requireText(input.without, "retraining.without", 100);
  await settle(ctx);
  await need(ctx, "model", model);
  const records = await recordsOf(ctx, input.without, TRACE_NODES_MAX);
  const without = OrdinalSet.of(records.map(({ ordinal }) => ordinal));
  const { below } = await walk(ctx, { ordinals: without });
  const fallen = new Set(
    [...below.values()].filter(({ own }) => own === "tainted").map(({ id }) => id),
  );
  const retraining = await retrainingOf(ctx, [model], fallen, without);
  const ids = records.map(({ id }) => id);
  return { model, records: ids, ...retraining, fraction: fractionOf(retraining) };
}

/** The section of a purge's plan; empty where it destroys no model. */
export async function retrainingSection(
  ctx: Context,
  destroyed: { readonly models: readonly string[]; readonly artifacts: readonly string[] },
  without: OrdinalSet,
): Promise<{ readonly retraining?: Retraining }> {
  const { models, artifacts } = destroyed;
  if (models.length === 0) return {};
  const fallen = new Set([...models, ...artifacts]);
  return { retraining: await retrainingOf(ctx, models, fallen, without) };
}

/**
 * For several models at once: what they share is done again once.
 * @param fallen what had read the records, as a walk down from them tells
 */
export async function retrainingOf(
  ctx: Context,
  targets: readonly string[],
  fallen: ReadonlySet<string>,
  without: OrdinalSet,
): Promise<Retraining> {
  const line = await trainingLine(ctx, targets);
  const readings = new Readings(ctx, line, without);
  const falling = new Set(toMakeAgain(line, targets, fallen).map(({ id }) => id));
  const again: MadeAgain[] = [];
  const chains = new Chains(readings);
  let [redone, of] = [0, 0];
  let leftOut = OrdinalSet.of([]);
  for (const ancestor of line.values()) {
    const { model } = ancestor;
    const reading = model === undefined ? undefined : await readings.of(model);
    let records = reading?.besides ?? 0;
    for (const own of reading?.slices ?? []) records += await readings.size(own, "stay");
    of += records;
    leftOut = leftOut.or(reading?.leftOut ?? leftOut);
    if (!falling.has(ancestor.id)) continue;
    redone += records;
    again.push(madeAgain(ancestor, falling, reading?.extent ?? "sources", records));
    for (const own of reading?.slices ?? []) await chains.add(ancestor.id, own);
  }
  return { again, shards: chains.all(), leftOut: leftOut.size, redone, of };
}

function madeAgain(
  { id, sources }: Ancestor,
  falling: ReadonlySet<string>,
  reads: MadeAgain["reads"],
  records: number,
): MadeAgain {
  return { id, keeps: sources.filter((source) => !falling.has(source)), reads, records };
}

/** Checkpoints that fall one after the other on a shard, as one piece of work. */
class Chains {
  readonly #readings: Readings;
  readonly #chains = new Map<string, ShardAgain>();
  /** The first checkpoint of the chain, by checkpoint and shard. */
  readonly #heads = new Map<string, string>();

  constructor(readings: Readings) {
    this.#readings = readings;
  }

  /** Sources come before what is made from them. */
  async add(id: string, own: OwnSlices): Promise<void> {
    const { dataset, shard, first, last, after, layout } = own;
    const place = `${layout.seed}/${shard}`;
    const head = this.#heads.get(`${after} ${place}`);
    const key = head ?? `${id} ${place}`;
    this.#heads.set(`${id} ${place}`, key);
    const before = this.#chains.get(key);
    const [records, leftOut] = [
      await this.#readings.size(own, "stay"),
      await this.#readings.size(own, "out"),
    ];
    const start = { dataset, shard, resumeFrom: after, firstSlice: first };
    const done = before ?? { ...start, slices: 0, records: 0, leftOut: 0, checkpoints: [] };
    this.#chains.set(key, {
      ...done,
      slices: done.slices + last - first + 1,
      records: done.records + records,
      leftOut: done.leftOut + leftOut,
      checkpoints: [...done.checkpoints, id],
    });
  }

  all(): readonly ShardAgain[] {
    return [...this.#chains.values()];
  }
}

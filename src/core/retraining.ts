/**
 * What has to be trained again when records are left out, and what that costs: exactly what had
 * read them, from the last checkpoint that had not.
 */

/**
 * How much of a source a run counts as having read. `slices`: up to where its `at` says.
 * `statistics`, `order-unknown`: all of it, because of what the run declares. `whole`: it names no
 * `at`. `sources`: it read no data itself (an average, a conversion).
 */
export type ReadingExtent = "slices" | "statistics" | "order-unknown" | "whole" | "sources";

export interface MadeAgain {
  readonly id: string;
  /** Models and artifacts it is made from that stay as they are. */
  readonly keeps: readonly string[];
  readonly reads: ReadingExtent;
  /** How many records its own steps read, without those left out. */
  readonly records: number;
}

/** One shard that is hit, in one line of checkpoints. */
export interface ShardAgain {
  readonly dataset: string;
  readonly shard: number;
  /** The last clean checkpoint; "" where there is none and the shard starts over. */
  readonly resumeFrom: string;
  /** The first slice to read again, from 0. */
  readonly firstSlice: number;
  readonly slices: number;
  /** Records in these slices, without those left out. */
  readonly records: number;
  readonly leftOut: number;
  /** The checkpoints that fall, in the order in which they are made again. */
  readonly checkpoints: readonly string[];
}

export interface Retraining {
  /** Everything to be made again, sources first. Nothing else had read what is left out. */
  readonly again: readonly MadeAgain[];
  readonly shards: readonly ShardAgain[];
  /** Records left out that any of the models had before it, as data of a source. */
  readonly leftOut: number;
  /** Records that the steps to be done again read, those left out not counted. */
  readonly redone: number;
  /** The same of all steps, from nothing to the models asked about. */
  readonly of: number;
}

/**
 * The part of training from scratch that has to be done again: `redone / of`, from 0 to 1, where a
 * record counts once for every checkpoint whose own steps read it. The own steps of a checkpoint
 * are the slices after those that the checkpoint before it had read. 0 where no data was read.
 */
export function fractionOf({ redone, of }: Pick<Retraining, "redone" | "of">): number {
  return of === 0 ? 0 : redone / of;
}

/**
 * The learner: how many sums a child solves in a minute, from age, hours slept and minutes
 * practised; a straight line by stochastic gradient descent. The same rows in the same order give
 * the same bytes: nothing is drawn by lot, nothing is fitted beforehand (the scales below are fixed
 * numbers), and only additions and multiplications are used, which every machine rounds alike.
 */
export interface Row {
  readonly ageYears: number;
  readonly hoursSlept: number;
  readonly minutesPractised: number;
  readonly sumsPerMinute: number;
}

/** All that a shard's training carries from one slice to the next. */
export interface Checkpoint {
  readonly shard: number;
  readonly slice: number;
  /** Rows read so far. */
  readonly rows: number;
  readonly weights: readonly number[];
}

const RATE = 0.015625;
const PASSES = 4;

const scaled = (row: Row): readonly number[] => [
  1,
  (row.ageYears - 10) * 0.25,
  (row.hoursSlept - 8) * 0.5,
  (row.minutesPractised - 20) * 0.0625,
];

/** Goes on from the checkpoint before, or from zeros, over the rows of one slice. */
export function learnSlice(
  before: Checkpoint | undefined,
  at: { readonly shard: number; readonly slice: number },
  rows: readonly Row[],
): Checkpoint {
  const weights = [...(before?.weights ?? [0, 0, 0, 0])];
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const row of rows) {
      const inputs = scaled(row);
      const wrong = row.sumsPerMinute - dot(weights, inputs);
      for (const [n, input] of inputs.entries()) {
        weights[n] = (weights[n] ?? 0) + RATE * wrong * input;
      }
    }
  }
  return { shard: at.shard, slice: at.slice, rows: (before?.rows ?? 0) + rows.length, weights };
}

/** The model that is served: the mean of the shards' last checkpoints, in their order. */
export function averageOf(ends: readonly Checkpoint[]): string {
  const sums = [0, 0, 0, 0];
  for (const { weights } of ends) {
    for (const [n, weight] of weights.entries()) sums[n] = (sums[n] ?? 0) + weight;
  }
  const weights = sums.map((sum) => sum / ends.length);
  return written({ kind: "average", shards: ends.length, weights });
}

export const bytesOf = (checkpoint: Checkpoint): string =>
  written({ kind: "checkpoint", ...checkpoint });

export function checkpointIn(bytes: string): Checkpoint {
  const { shard, slice, rows, weights } = JSON.parse(bytes) as Checkpoint;
  return { shard, slice, rows, weights };
}

function dot(weights: readonly number[], inputs: readonly number[]): number {
  return inputs.reduce((sum, input, n) => sum + (weights[n] ?? 0) * input, 0);
}

/** JSON writes a number with the fewest digits that give it back exactly. */
function written(what: object): string {
  return `${JSON.stringify(what, null, 2)}\n`;
}

/** What a benchmark is, and what it found out. */

export interface BenchOptions {
  /** Shorter rounds: the whole of `npm run bench -- --quick` stays about a minute. */
  readonly quick: boolean;
}

/** Over the rounds of one run. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Finding {
  readonly name: string;
  /** Operations per second. */
  readonly perSecond: Spread;
  /** Baseline rate by this rate, in the same run: how many times slower than the baseline. */
  readonly ratio: number;
  /** How many times the cost of the same thing at the smallest size of the run. */
  readonly grown?: number;
  /** Bytes of heap taken per operation; absent where it was not measured (no `--expose-gc`). */
  readonly bytes?: Spread;
}

export interface Suite {
  readonly name: string;
  readonly about: string;
  /** The first finding is the baseline that the ratios are against. */
  readonly run: (options: BenchOptions) => Promise<readonly Finding[]>;
}

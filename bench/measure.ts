/**
 * Rates and heap: rounds of tinybench over batches, and the growth of the heap over a batch.
 *
 * An operation here can be shorter than the clock's own reading, so one timed call does a batch of
 * them. Baseline and tasks take turns in every round, so that a busy machine slows them alike.
 */
import { Bench } from "tinybench";
import type { BenchOptions, Finding, Spread } from "./suite.js";

const ROUNDS = 7;
const ROUND_MS = 500;
const QUICK_ROUNDS = 5;
const QUICK_ROUND_MS = 100;
const BATCH = 1_000;
/** Few enough that the young generation takes them without a collection in between. */
const HEAP_BATCH = 300;
const HEAP_ROUNDS = 15;

export interface Task {
  readonly name: string;
  /** One operation. What it returns is looked at, so that no compiler leaves it out. */
  readonly act: () => unknown;
}

/** @param tasks the first is the baseline */
export async function measured(
  tasks: readonly Task[],
  { quick }: BenchOptions,
): Promise<readonly Finding[]> {
  const rates = new Map<string, number[]>(tasks.map(({ name }) => [name, []]));
  for (let round = 0; round < (quick ? QUICK_ROUNDS : ROUNDS); round += 1) {
    const time = quick ? QUICK_ROUND_MS : ROUND_MS;
    const bench = new Bench({ time, warmup: true, warmupTime: time / 2 });
    for (const { name, act } of tasks) {
      bench.add(name, () => {
        for (let i = 0; i < BATCH; i += 1) look(act());
      });
    }
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (!("latency" in result)) throw new Error(`${name} was not measured`);
      rates.get(name)?.push((BATCH * 1_000) / result.latency.p50);
    }
  }
  const spreads = tasks.map(({ name }) => spreadOf(rates.get(name) ?? []));
  const baseline = spreads[0]?.median ?? Number.NaN;
  return tasks.map(({ name, act }, index) => {
    const perSecond = spreads[index] ?? spreadOf([]);
    const bytes = heapOf(act);
    const finding = { name, perSecond, ratio: baseline / perSecond.median };
    return bytes === undefined ? finding : { ...finding, bytes };
  });
}

/**
 * Bytes that the heap grew by per operation, after a collection and before the next one. It counts
 * what was allocated, not what stays: garbage is included, that is the point.
 */
function heapOf(act: () => unknown): Spread | undefined {
  const { gc } = globalThis;
  if (gc === undefined) return undefined;
  const bytes: number[] = [];
  for (let round = 0; round < HEAP_ROUNDS; round += 1) {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < HEAP_BATCH; i += 1) look(act());
    bytes.push((process.memoryUsage().heapUsed - before) / HEAP_BATCH);
  }
  return spreadOf(bytes);
}

const seen = { last: undefined as unknown };

function look(result: unknown): void {
  seen.last = result;
}

export function spreadOf(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

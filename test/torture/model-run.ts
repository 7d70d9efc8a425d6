/** The model of the rules for minutes: seed after seed, until there were steps enough. */
import fc from "fast-check";
import { runs } from "../model/draws.js";
import { run } from "../model/run.js";
import { done } from "./tally.js";

/** Of all shards together; `CUSTODY_TORTURE_STEPS` asks for another number. */
const STEPS = 200_000;
const SHARDS = 2;
const RUNS_PER_SEED = 100;
const LINE_EVERY_MS = 15_000;

/** @param shard from 1 */
export async function tortureModel(shard: number): Promise<number> {
  const wanted = Math.ceil(Number(process.env.CUSTODY_TORTURE_STEPS ?? STEPS) / SHARDS);
  const base = Number(process.env.CUSTODY_MODEL_SEED ?? Date.now() % 1_000_000_000);
  const start = Date.now();
  let steps = 0;
  let told = start;
  const tell = (seed: number): void => {
    told = Date.now();
    const pace = Math.round((steps * 1000) / (told - start + 1));
    console.log(`model ${shard}: ${steps} of ${wanted} steps, ${pace} steps/s, seed ${seed}`);
  };
  for (let seed = base + shard; steps < wanted; seed += SHARDS) {
    const property = fc.asyncProperty(runs, async (drawn) => {
      steps += await run(drawn);
    });
    await fc.assert(property, { seed, numRuns: RUNS_PER_SEED, endOnFailure: true });
    if (Date.now() - told >= LINE_EVERY_MS || steps >= wanted) tell(seed);
  }
  done(`model-${shard}`, steps);
  return steps;
}

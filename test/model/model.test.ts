/** The short form; `npm run torture` plays the same for minutes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "./draws.js";
import { run } from "./run.js";

const FIXED_SEED = 20_260_501;
const RUNS = 50;
const seed = Number(process.env.CUSTODY_MODEL_SEED ?? FIXED_SEED);

test(`client and reference say the same (CUSTODY_MODEL_SEED=${seed})`, async () => {
  let steps = 0;
  const property = fc.asyncProperty(runs, async (drawn) => {
    steps += await run(drawn);
  });
  await fc.assert(property, { seed, numRuns: RUNS, endOnFailure: true });
  expect(steps).toBeGreaterThan(10 * RUNS);
});

/** What a purge destroys is exactly what a naive closure calls for, however its runs go. */
import { describe, test } from "vitest";
import { purgeOnce, randomPurges } from "./random-purge.js";

describe("nothing that a cause reaches is missed, and nothing else is touched", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("undisturbed, graph %i", async (seed) => {
    const purges = await randomPurges(seed, 60, 8);
    await purgeOnce(purges, { oneIn: 0, workers: 1, runners: 1 });
  });

  test.each([21, 22, 23, 24, 25, 26, 27, 28])("through crashes and failures, %i", async (seed) => {
    const purges = await randomPurges(seed, 60, 8);
    await purgeOnce(purges, { oneIn: 6, workers: 1 + (seed % 4), runners: 1 + (seed % 3) });
  });
});

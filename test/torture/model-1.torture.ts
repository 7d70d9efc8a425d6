import { expect, test } from "vitest";
import { tortureModel } from "./model-run.js";

test("client and reference say the same (shard 1)", async () => {
  expect(await tortureModel(1)).toBeGreaterThan(0);
});

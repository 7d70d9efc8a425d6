import { expect, test } from "vitest";
import { tortureModel } from "./model-run.js";

test("client and reference say the same (shard 2)", async () => {
  expect(await tortureModel(2)).toBeGreaterThan(0);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { ended, lines, started } from "./children/spawned.js";
import { newStore } from "./sqlite-fixture.js";
import { verified } from "./sqlite-verified.js";

/**
 * Acknowledgements after which the child is killed; the last ones come after a checkpoint or two.
 */
const MOMENTS = [1, 2, 3, 7, 40, 150, 700, 1_500];

let path: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  const made = await newStore();
  await made.store.close();
  ({ path, remove } = made);
});

afterEach(() => remove());

test("a killed process loses no acknowledged batch and leaves no half", async () => {
  const acknowledged: string[] = [];
  for (const moment of MOMENTS) {
    const child = started("appender.mjs", path);
    const ending = ended(child);
    await lines(child, moment);
    child.kill("SIGKILL");
    const { signal, out } = await ending;
    expect(signal).toBe("SIGKILL");
    const ids = out.split("\n").slice(0, -1);
    expect(ids.length).toBeGreaterThanOrEqual(moment);
    acknowledged.push(...ids);
    const store = await openSqliteStore({ path });
    const names = await verified(store);
    for (const id of acknowledged) expect(names.has(`record/${id}`), id).toBe(true);
    expect(names.size).toBe(3 * ((await store.size()) - 1));
    await store.close();
  }
});

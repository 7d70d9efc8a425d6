/** Purges of random graphs, up to ten thousand nodes, on three stores, however their runs go. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createPostgresStore } from "../../src/adapters/postgres/index.js";
import { createSqliteStore } from "../../src/adapters/sqlite/index.js";
import { purgeOnce, randomPurges } from "../flows/random-purge.js";
import { withServer } from "../postgres-server.js";
import { done } from "./tally.js";

const SMALL = Number(process.env.CUSTODY_PURGE_GRAPHS ?? 400);
const NODES_MAX = Number(process.env.CUSTODY_PURGE_NODES ?? 10_000);
const troubleOf = (seed: number) => ({
  oneIn: seed % 3 === 0 ? 0 : 4 + (seed % 9),
  workers: 1 + (seed % 4),
  runners: 1 + (seed % 3),
});

describe("purges against the naive closure", () => {
  test(`${SMALL} small graphs in memory`, async () => {
    for (let seed = 1_000; seed < 1_000 + SMALL; seed += 1) {
      await purgeOnce(await randomPurges(seed, 40 + (seed % 60), 8), troubleOf(seed)).catch(
        (error: unknown) => expect.fail(`seed ${seed}: ${error}`),
      );
    }
    done("purge", SMALL);
  });

  test.each([300, 2_000, NODES_MAX])("%i nodes in a file", async (size) => {
    const folder = mkdtempSync(join(tmpdir(), "custody-purge-"));
    const path = join(folder, "custody.db");
    const purges = await randomPurges(size, size, Math.ceil(size / 40), (keeping) =>
      createSqliteStore({ ...keeping, path }),
    );
    await purgeOnce(purges, { oneIn: 200, workers: 4, runners: 2 });
    await purges.app.close();
    rmSync(folder, { recursive: true, force: true });
    done("purge-file", size);
  });
});

await withServer("purges on a server", (server) => {
  test.each([1, 2, 3, 4, 5, 6])("graph %i", async (seed) => {
    const place = { url: server.url(), schema: `custody_purge_${seed}` };
    const purges = await randomPurges(seed, 80, 8, (keeping) =>
      createPostgresStore({ ...keeping, ...place }),
    );
    await purgeOnce(purges, troubleOf(seed));
    await purges.app.close();
  });
});

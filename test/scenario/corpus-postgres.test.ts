/** The corpus once more, on a real PostgreSQL: the same files go the same way. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { expect, test } from "vitest";
import { parseScenario } from "../../src/scenario/parse.js";
import { replay } from "../../src/scenario/replay.js";
import { withServer } from "../postgres-server.js";

const ROOT = join(import.meta.dirname, "..", "scenarios");
const PLAYED = ["age", "consent", "cases", "deletion"];

const files = PLAYED.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => `${folder}/${file}`),
);

await withServer("the corpus on PostgreSQL", (server) => {
  test.each(files)("%s goes as it goes in memory", async (file) => {
    const parsed = parseScenario(readFileSync(join(ROOT, file), "utf8"), file);
    if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
    const there = await replay(parsed.scenario, { postgres: server.url() });
    expect(there).toEqual(await replay(parsed.scenario, "memory"));
    if (file.startsWith("age/") || file.startsWith("consent/")) expect(there.ok).toBe(true);
  });

  test("no schema is left behind", async () => {
    const client = new pg.Client({ connectionString: server.url() });
    await client.connect();
    const { rows } = await client.query(
      "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'custody%'",
    );
    await client.end();
    expect(rows).toEqual([]);
  });
});

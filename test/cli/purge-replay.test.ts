/** A backup from before a purge comes back under a house that keeps a journal. */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createJournalFile } from "../../src/adapters/journal-file.js";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { emptyHouse, fullHouse, type House, json, within } from "./house.js";

const FILES = ["custody.db", "custody.db-wal", "custody.db-shm"];

async function journaledHouse(): Promise<House> {
  const house = await fullHouse();
  const at = (name: string) => join(house.folder, name);
  const store = await openSqliteStore({ path: at("custody.db") });
  const journal = await createJournalFile({
    path: at("custody.journal"),
    storeId: store.identity.id,
  });
  await journal.close();
  await store.close();
  const config = JSON.parse(readFileSync(at("custody.json"), "utf8"));
  writeFileSync(at("custody.json"), JSON.stringify({ ...config, journal: "custody.journal" }));
  return house;
}

test("a restored backup is refused, replayed, and without the purged again", async () => {
  const { folder, order } = await journaledHouse();
  const keep = (...args: readonly string[]) => within(folder, ...args, "--json");
  const id = String(json(await keep("order", "open", order)).id);
  const purge = String(json(await keep("purge", "plan", "--order", id)).id);
  for (const name of FILES) {
    if (existsSync(join(folder, name)))
      copyFileSync(join(folder, name), join(folder, `old-${name}`));
  }
  await keep("purge", "approve", purge, "--name", "Ada Park", "--title", "Counsel");
  expect((await keep("purge", "run", purge)).code).toBe(0);
  expect(json(await keep("purge", "replay"))).toEqual({ rows: 0, erased: 0, lost: 0 });
  for (const name of FILES) {
    rmSync(join(folder, name), { force: true });
    const old = join(folder, `old-${name}`);
    if (existsSync(old)) copyFileSync(old, join(folder, name));
  }
  const refused = await keep("purge", "show", purge);
  expect(json(refused)).toMatchObject({ error: { code: "store-behind" } });
  const replayed = await keep("purge", "replay");
  expect(replayed.code).toBe(0);
  expect(json(replayed)).toMatchObject({ erased: 1, lost: 0 });
  const shown = json(await keep("purge", "show", purge));
  expect(shown).toMatchObject({ purge: { state: "complete" } });
});

test("without a journal there is nothing to replay", async () => {
  const run = await within(emptyHouse(), "purge", "replay", "--json");
  expect(run.code).toBe(3);
  expect(json(run)).toMatchObject({ error: { code: "journal-missing" } });
});

/** Two app processes and the program on one file, at the same time. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { ended as childEnded, lines, started } from "../adapters/children/spawned.js";
import { verified } from "../adapters/sqlite-verified.js";
import { emptyHouse, json, type Run, within } from "./house.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const COLLECTOR = fileURLToPath(new URL("./children/collector.mjs", import.meta.url));
const PEOPLE = 120;

function run(cwd: string, program: string, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd });
    let out = "";
    let err = "";
    child.stdout.on("data", (part) => (out += part));
    child.stderr.on("data", (part) => (err += part));
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

test("two apps that collect and a program that looks and signs all get through", async () => {
  const folder = emptyHouse();
  const apps = [0, 1].map(() => run(folder, COLLECTOR, folder, String(PEOPLE)));
  const state = { collecting: true };
  const both = Promise.all(apps).finally(() => {
    state.collecting = false;
  });
  const commands: Run[] = [];
  do {
    commands.push(await run(folder, MAIN, "ledger", "checkpoint"));
    commands.push(await run(folder, MAIN, "status", "--json"));
    commands.push(await run(folder, MAIN, "ledger", "verify"));
  } while (state.collecting);
  for (const { code, err } of commands) expect([code, err]).toEqual([0, ""]);
  const collectors = await both;
  for (const { code, err } of collectors) expect([code, err]).toEqual([0, ""]);
  const records = collectors.flatMap(({ out }) => out.split("\n").slice(0, -1));
  expect(new Set(records).size).toBe(2 * PEOPLE);
  const store = await openSqliteStore({ path: join(folder, "custody.db") });
  const names = await verified(store);
  for (const record of records) expect(names.has(`record/${record}`)).toBe(true);
  await store.close();
  expect((await within(folder, "ledger", "verify")).code).toBe(0);
});

test("while another process keeps the file, the program waits so long and says so, and writes nothing", async () => {
  const folder = emptyHouse();
  const place = join(folder, "custody.db");
  const holder = started("holder.mjs", place);
  await lines(holder, 1);
  const since = performance.now();
  const held = await within(folder, "ledger", "checkpoint", "--json");
  const waited = performance.now() - since;
  expect(held.code).toBe(3);
  expect(json(held)).toMatchObject({ error: { code: "store-busy" } });
  expect(waited).toBeGreaterThan(4_000);
  expect(waited).toBeLessThan(20_000);
  expect((await within(folder, "ledger", "verify")).code, "reading goes on").toBe(0);
  const over = childEnded(holder);
  holder.stdin.end();
  await over;
  const store = await openSqliteStore({ path: place });
  expect(await store.size()).toBe(1);
  await store.close();
  expect((await within(folder, "ledger", "checkpoint")).code).toBe(0);
});

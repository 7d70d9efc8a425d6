import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  CHECKPOINT_PAUSE_MS,
  KeyDatabase,
  type KeyDatabaseOptions,
} from "../../src/adapters/keyring/key-database.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { isCustodyError } from "../../src/errors.js";
import { create, newPlace, type Place, remove } from "./keyring-places.js";

const HOLDER = fileURLToPath(new URL("./children/checkpoint-holder.mjs", import.meta.url));
const HOLDER_PATIENCE_MS = 30_000;

let place: Place;
let reader: InstanceType<typeof Database>;
beforeEach(async () => {
  place = await newPlace();
  await (await create(place)).close();
});
afterEach(() => {
  if (reader.open) reader.close();
  remove(place);
});

/** A keyring file with something in its log, and a reader that keeps the log from being emptied. */
function readFrom(options: KeyDatabaseOptions): KeyDatabase {
  const database = KeyDatabase.open(place.path, options);
  database.arm();
  database.write(() => database.bury({ basis: "bas_one", category: "health" }, 1));
  reader = new Database(place.path, { readonly: true });
  reader.exec("BEGIN");
  expect(reader.prepare("SELECT count(*) FROM tombstone").pluck().get()).toBe(1);
  return database;
}

/** Whether another connection writes, or waits in a checkpoint for readers, at this moment. */
function isHeld(): boolean {
  const probe = new Database(place.path, { timeout: 0 });
  try {
    probe.exec("BEGIN IMMEDIATE");
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: "SQLITE_BUSY" });
    return true;
  } finally {
    probe.close();
  }
}

/** Another process that holds the checkpoint's lock until the reader has gone. */
async function newHolder() {
  const child = spawn(process.execPath, [HOLDER, place.path, String(HOLDER_PATIENCE_MS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = once(child, "close").then(() => JSON.parse(said));
  while (!isHeld() && child.exitCode === null) await new Promise(setImmediate);
  return { child, ended };
}

test("a scrub that meets another process' checkpoint waits until that one is done", async () => {
  const pauses: number[] = [];
  const database = readFrom({
    pause: (ms) => {
      pauses.push(ms);
      if (reader.open) reader.close();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    },
  });
  const { ended } = await newHolder();
  database.scrub({ vacuum: false });
  expect(await ended).toEqual({ busy: 0 });
  expect(pauses.length).toBeGreaterThan(0);
  expect(pauses.every((ms) => ms === CHECKPOINT_PAUSE_MS)).toBe(true);
  database.close();
});

test("a scrub that meets nobody does not pause", () => {
  const pauses: number[] = [];
  const database = readFrom({ pause: (ms) => pauses.push(ms) });
  reader.close();
  database.scrub({ vacuum: true });
  expect(pauses).toEqual([]);
  database.close();
});

test("a checkpoint that never ends is scrub-blocked, after the time that was really waited", async () => {
  const database = readFrom({ busyMs: 100 });
  const { child, ended } = await newHolder();
  const since = performance.now();
  let refused: unknown;
  try {
    database.scrub({ vacuum: false });
  } catch (error) {
    refused = error;
  }
  const waited = performance.now() - since;
  if (!isCustodyError(refused, "scrub-blocked")) throw new Error("not refused", { cause: refused });
  expect(refused.details.place).toBe(place.path);
  expect(refused.details.waitedMs).toBeGreaterThanOrEqual(100);
  expect(refused.details.waitedMs).toBeLessThanOrEqual(Math.ceil(waited));
  // Nothing but the scrub was given up: the keyring goes on.
  expect(database.marks("bas_one")).toEqual([{ category: "health", epoch: 1 }]);
  reader.close();
  expect(await ended).toEqual({ busy: 0 });
  expect(child.exitCode).toBe(0);
  database.scrub({ vacuum: true });
  database.close();
});

test("a write that meets another process' write is store-busy, with the time really waited", () => {
  const database = readFrom({ busyMs: 50 });
  const writer = new Database(place.path);
  writer.exec("BEGIN IMMEDIATE");
  let refused: unknown;
  try {
    database.write(() => undefined);
  } catch (error) {
    refused = error;
  }
  if (!isCustodyError(refused, "store-busy")) throw new Error("not refused", { cause: refused });
  expect(refused.details.waitedMs).toBeGreaterThanOrEqual(40);
  expect(refused.details.waitedMs).toBeLessThan(10_000);
  writer.close();
  expect(database.write(() => "written")).toBe("written");
  database.close();
});

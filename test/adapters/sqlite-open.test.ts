import {
  appendFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openConnection } from "../../src/adapters/sqlite/connection.js";
import { createSqliteStore, openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { APPLICATION_ID } from "../../src/adapters/sqlite/inspect.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import type { ErrorCode } from "../../src/errors.js";
import { collected, rejectsWith } from "../../src/testing/expectation.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { clock, newFolder } from "./sqlite-fixture.js";

const PAGE_BYTES = 4_096;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await newFolder();
  path = join(folder, "store.db");
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A closed store with enough rows for every table to have pages of its own. */
async function filled(): Promise<void> {
  const store = await createSqliteStore({ path, ...clock });
  const samples = new StoreSamples();
  const records = Array.from({ length: 300 }, () => samples.record());
  const payloads = records.map(({ id }) => samples.payload(id));
  await store.append(samples.batch([...records, ...payloads].map((put) => ({ put }))));
  await store.close();
}

/** Every file of the folder with its bytes. */
function bytesOf(place: string): Readonly<Record<string, string>> {
  const names = readdirSync(place).filter((name) => statSync(join(place, name)).isFile());
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(place, name), "hex")]));
}

async function isRefusedUntouched(code: ErrorCode): Promise<void> {
  const before = bytesOf(folder);
  await rejectsWith(code, openSqliteStore({ path }));
  await rejectsWith(code, openSqliteStore({ path, readOnly: true }));
  expect(bytesOf(folder)).toEqual(before);
}

describe("a file that is no store", () => {
  test("a missing file is refused and not made", async () => {
    await isRefusedUntouched("store-missing");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("an empty file is refused", async () => {
    writeFileSync(path, "");
    await isRefusedUntouched("store-foreign");
  });

  test("a text file is refused", async () => {
    writeFileSync(path, "not a database at all\n".repeat(1_000));
    await isRefusedUntouched("store-foreign");
  });

  test("a folder is refused", async () => {
    mkdirSync(path);
    await isRefusedUntouched("store-foreign");
  });

  test("another SQLite database is refused, in either journal mode", async () => {
    const other = new Database(path);
    other.exec("CREATE TABLE meta (name, value); CREATE TABLE migration (name, sha256)");
    other.close();
    await isRefusedUntouched("store-foreign");
    const again = new Database(path);
    again.pragma("journal_mode = WAL");
    again.close();
    await isRefusedUntouched("store-foreign");
  });

  test("a database that only carries our application id is refused", async () => {
    const other = new Database(path);
    other.pragma(`application_id = ${APPLICATION_ID}`);
    other.exec("CREATE TABLE payload (sealed)");
    other.close();
    await isRefusedUntouched("store-foreign");
  });

  test("a file is a store when it was created as one", async () => {
    await filled();
    const store = await openSqliteStore({ path });
    expect(await store.size()).toBe(2);
    await store.close();
    expect(readdirSync(folder)).toEqual(["store.db"]);
  });
});

describe("a store that is not whole", () => {
  beforeEach(filled);

  test("one that lost its last page, or half of itself, is refused", async () => {
    const { size } = statSync(path);
    for (const kept of [size - PAGE_BYTES, size - 1, Math.floor(size / 2), PAGE_BYTES, 100]) {
      truncateSync(path, kept);
      await isRefusedUntouched("store-damaged");
    }
  });

  test("one that ends inside its header is refused", async () => {
    truncateSync(path, 60);
    await isRefusedUntouched("store-damaged");
  });

  test("one with something after its end is refused", async () => {
    appendFileSync(path, Buffer.alloc(PAGE_BYTES));
    await isRefusedUntouched("store-damaged");
  });

  test("one with a page of noise is refused, whichever page it is", async () => {
    const whole = readFileSync(path);
    const pages = whole.length / PAGE_BYTES;
    expect(pages).toBeGreaterThan(20);
    for (let page = 1; page < pages; page += 1) {
      const noisy = Buffer.from(whole);
      noisy.fill(0xa5, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
      writeFileSync(path, noisy);
      await rejectsWith("store-damaged", openSqliteStore({ path }));
    }
    await isRefusedUntouched("store-damaged");
    writeFileSync(path, whole);
    await (await openSqliteStore({ path })).close();
  });

  test("one whose identity was taken out is refused", async () => {
    const db = new Database(path);
    db.exec("DELETE FROM meta");
    db.close();
    await isRefusedUntouched("store-damaged");
  });

  test("one that is written to while it is opened is not called damaged", async () => {
    const store = await openSqliteStore({ path });
    const samples = new StoreSamples();
    for (let round = 0; round < 20; round += 1) {
      const puts = Array.from({ length: 50 }, () => ({ put: samples.document() }));
      const appended = store.append(samples.batch(puts));
      const second = await openSqliteStore({ path });
      await appended;
      await second.close();
    }
    await store.close();
  });
});

describe("a store that a crash left with a log", () => {
  test("is whole when its log is read, and neither is changed when it is refused", async () => {
    const store = await createSqliteStore({ path, ...clock });
    const samples = new StoreSamples();
    const put = samples.document();
    await store.append(samples.batch([{ put }]));
    const copy = join(folder, "copy");
    mkdirSync(copy);
    for (const name of ["store.db", "store.db-wal"]) cpSync(join(folder, name), join(copy, name));
    await store.close();
    const migrations = join(folder, "migrations");
    mkdirSync(migrations);
    const before = bytesOf(copy);
    const copied = join(copy, "store.db");
    await rejectsWith("migration-missing", openSqliteStore({ path: copied, folder: migrations }));
    const { "store.db-shm": _, ...after } = bytesOf(copy);
    expect(after).toEqual(before);
    const opened = await openSqliteStore({ path: copied });
    expect(await collected(opened.scan({ table: "document", kind: "subject" }))).toEqual([put]);
    await opened.close();
  });
});

describe("making a store", () => {
  test("nothing is overwritten", async () => {
    writeFileSync(path, "something else");
    const before = bytesOf(folder);
    await rejectsWith("store-exists", createSqliteStore({ path, ...clock }));
    expect(bytesOf(folder)).toEqual(before);
  });

  test("a log that another database left there would be read into the store: refused", async () => {
    writeFileSync(`${path}-wal`, "left behind");
    await rejectsWith("store-exists", createSqliteStore({ path, ...clock }));
    expect(readdirSync(folder)).toEqual(["store.db-wal"]);
  });

  test("of two that create at once one is refused, and no draft is left", async () => {
    const settled = await Promise.allSettled([
      createSqliteStore({ path, ...clock }),
      createSqliteStore({ path, ...clock }),
    ]);
    expect(settled.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    for (const each of settled) if (each.status === "fulfilled") await each.value.close();
    expect(readdirSync(folder)).toEqual(["store.db"]);
  });

  test("a clock that gives no moment leaves no file", async () => {
    const now = () => Number.NaN;
    await rejectsWith("clock-invalid", createSqliteStore({ ...clock, path, now }));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a folder that does not exist is not made", async () => {
    const inside = join(folder, "none", "store.db");
    await rejectsWith("option-invalid", createSqliteStore({ path: inside, ...clock }));
    expect(readdirSync(folder)).toEqual([]);
  });

  test("nobody else may read the file or its log", async () => {
    const store = await createSqliteStore({ path, ...clock });
    const samples = new StoreSamples();
    await store.append(samples.batch([]));
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    }
    expect(readdirSync(folder)).toEqual(["store.db", "store.db-shm", "store.db-wal"]);
    await store.close();
    expect(readdirSync(folder)).toEqual(["store.db"]);
  });
});

describe("options and pragmas", () => {
  beforeEach(filled);

  test("unknown options and impossible numbers are refused", async () => {
    const misspelt = { path, busyTimeout: 1 } as { path: string };
    await rejectsWith("option-unknown", openSqliteStore(misspelt));
    await rejectsWith("option-invalid", openSqliteStore({ path, busyTimeoutMs: 60_001 }));
    await rejectsWith("option-invalid", openSqliteStore({ path, busyTimeoutMs: -1 }));
    await rejectsWith("option-invalid", openSqliteStore({ path: "" }));
  });

  test("durability and overwriting are really switched on", () => {
    const connection = openConnection({ path, readOnly: false, busyTimeoutMs: 0 });
    const read = (name: string) => connection.db.pragma(name, { simple: true });
    expect(read("journal_mode")).toBe("wal");
    expect(read("synchronous")).toBe(2);
    expect(read("secure_delete")).toBe(1);
    expect(read("foreign_keys")).toBe(1);
    expect(read("temp_store")).toBe(2);
    connection.close();
  });

  test("a store opened for reading reads and refuses to write", async () => {
    const store = await openSqliteStore({ path, readOnly: true });
    const samples = new StoreSamples();
    expect((await collected(store.scan({ table: "record" }))).length).toBe(300);
    expect((await collected(store.everything())).length).toBe(600);
    await rejectsWith("state-conflict", store.append(samples.batch([])));
    await rejectsWith("state-conflict", store.scrub());
    await store.close();
    const writable = await openSqliteStore({ path });
    expect(await writable.size()).toBe(2);
    await writable.close();
  });

  test("an entry that somebody took out of the ledger is missed", async () => {
    const store = await openSqliteStore({ path });
    const samples = new StoreSamples();
    await store.append(samples.batch([]));
    await store.close();
    const db = new Database(path);
    db.exec("DELETE FROM ledger WHERE seq = 1");
    db.close();
    const opened = await openSqliteStore({ path });
    const error = await rejectsWith("ledger-broken", collected(opened.entries(0)));
    expect(error.details.seq).toBe(1);
    await opened.close();
  });

  test("a byte changed in place is not the store's to find, but what it gives tells", async () => {
    const marker = Buffer.from("weights");
    const at = readFileSync(path).lastIndexOf(marker);
    writeSync(openSync(path, "r+"), Buffer.from("heights"), 0, marker.length, at);
    const store = await openSqliteStore({ path });
    const found = await collected(store.scan({ table: "record", collections: ["heights"] }));
    expect(found.length).toBe(1);
    await store.close();
  });
});

import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrateSqlite, openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { MIGRATIONS_FOLDER } from "../../src/adapters/sqlite/migrate.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { rejectsWith } from "../../src/testing/expectation.js";
import { newStore } from "./sqlite-fixture.js";

let root: string;
let path: string;
let folder: string;

beforeEach(async () => {
  const made = await newStore();
  await made.store.close();
  root = made.folder;
  path = made.path;
  folder = join(root, "migrations");
  cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
});

afterEach(() => rm(root, { recursive: true, force: true }));

function add(name: string, sql: string): void {
  writeFileSync(join(folder, `${name}.sql`), sql);
}

function tables(): readonly string[] {
  const db = new Database(path, { readonly: true });
  try {
    const all = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    return all as string[];
  } finally {
    db.close();
  }
}

test("a store of this version has nothing pending", async () => {
  expect(await migrateSqlite({ path })).toEqual({ applied: [], pending: [] });
  await (await openSqliteStore({ path, folder })).close();
});

test("a pending migration keeps the store shut until it is applied", async () => {
  add("0101_extra", "CREATE TABLE extra (x TEXT) STRICT;");
  const before = readFileSync(path, "hex");
  const error = await rejectsWith("migration-pending", openSqliteStore({ path, folder }));
  expect(error.details.name).toBe("0101_extra");
  expect(readFileSync(path, "hex")).toBe(before);
  expect(await migrateSqlite({ path, folder, dryRun: true })).toEqual({
    applied: [],
    pending: ["0101_extra"],
  });
  expect(readFileSync(path, "hex")).toBe(before);
  expect(await migrateSqlite({ path, folder })).toEqual({ applied: ["0101_extra"], pending: [] });
  const store = await openSqliteStore({ path, folder });
  expect(store.identity.schema).toBe(101);
  await store.close();
  expect(tables()).toContain("extra");
});

test("a file below the newest applied one is not jumped over", async () => {
  add("0103_three", "CREATE TABLE three (x TEXT) STRICT;");
  await migrateSqlite({ path, folder });
  add("0102_two", "CREATE TABLE two (x TEXT) STRICT;");
  await rejectsWith("migration-pending", openSqliteStore({ path, folder }));
  expect(await migrateSqlite({ path, folder })).toEqual({ applied: ["0102_two"], pending: [] });
  expect(tables()).toEqual(expect.arrayContaining(["two", "three"]));
  await (await openSqliteStore({ path, folder })).close();
});

test("a migration edited after it was applied is refused, comments included", async () => {
  appendFileSync(join(folder, "0001_house.sql"), "-- one more comment\n");
  const before = readFileSync(path, "hex");
  const error = await rejectsWith("migration-drift", openSqliteStore({ path, folder }));
  expect(error.details.name).toBe("0001_house");
  await rejectsWith("migration-drift", migrateSqlite({ path, folder }));
  expect(readFileSync(path, "hex")).toBe(before);
});

test("a migration that this version does not know is refused", async () => {
  add("0101_extra", "CREATE TABLE extra (x TEXT) STRICT;");
  await migrateSqlite({ path, folder });
  const before = readFileSync(path, "hex");
  const error = await rejectsWith("migration-missing", openSqliteStore({ path }));
  expect(error.details.name).toBe("0101_extra");
  await rejectsWith("migration-missing", migrateSqlite({ path }));
  expect(readFileSync(path, "hex")).toBe(before);
});

test("a migration that fails half-way is rolled back, those before it stay", async () => {
  add("0101_good", "CREATE TABLE good (x TEXT) STRICT;");
  add("0102_bad", "CREATE TABLE half (x TEXT) STRICT; CREATE TABLE half (x TEXT) STRICT;");
  await rejectsWith("store-damaged", migrateSqlite({ path, folder }));
  expect(tables()).toContain("good");
  expect(tables()).not.toContain("half");
  add("0102_bad", "CREATE TABLE whole (x TEXT) STRICT;");
  expect((await migrateSqlite({ path, folder })).applied).toEqual(["0102_bad"]);
});

test("two that migrate at once apply each file once", async () => {
  add("0101_one", "CREATE TABLE one (x TEXT) STRICT;");
  add("0102_two", "CREATE TABLE two (x TEXT) STRICT;");
  const [a, b] = await Promise.all([
    migrateSqlite({ path, folder }),
    migrateSqlite({ path, folder }),
  ]);
  expect([...a.applied, ...b.applied].sort()).toEqual(["0101_one", "0102_two"]);
});

test("only numbered SQL files count, and a folder that is missing is said so", async () => {
  writeFileSync(join(folder, "README.md"), "notes");
  mkdirSync(join(folder, "old"));
  expect(await migrateSqlite({ path, folder })).toEqual({ applied: [], pending: [] });
  rmSync(folder, { recursive: true });
  await rejectsWith("option-invalid", migrateSqlite({ path, folder }));
});

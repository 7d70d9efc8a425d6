import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { custody, emptyHouse, json, temporary } from "./house.js";

const READING = [
  ["status"],
  ["order", "due"],
  ["ledger", "verify"],
  ["ledger", "checkpoint"],
  ["subject", "show", "sub_01jd0000000000000000000000"],
  ["migrate"],
];

function refused(folder: string, code: string): void {
  for (const command of READING) {
    const run = custody(folder, ...command, "--json");
    expect(run.code, command.join(" ")).toBe(3);
    expect(json(run), command.join(" ")).toMatchObject({ error: { code } });
  }
}

test("a missing configuration is looked for nowhere else", () => {
  const folder = emptyHouse();
  expect(custody(folder, "status").code).toBe(0);
  const below = join(folder, "files");
  const run = custody(below, "status", "--json");
  expect(run.code).toBe(3);
  expect(json(run)).toMatchObject({ error: { code: "config-invalid" } });
  expect(custody(below, "status", "--config", "../custody.json").code).toBe(0);
});

test.each([
  ["roof", { roof: 1 }],
  ["connectors.filesystem.roof", { connectors: { filesystem: { root: "f", roof: 1 } } }],
  ["version", { version: 2 }],
  ["issuer", { issuer: "two words" }],
  ["store", { store: "" }],
])("a configuration with a fault at %s is refused by that path", (path, change: object) => {
  const folder = emptyHouse();
  const place = join(folder, "custody.json");
  const config = { ...JSON.parse(readFileSync(place, "utf8")), ...change };
  writeFileSync(place, JSON.stringify(config));
  const run = custody(folder, "status", "--json");
  expect(run.code).toBe(3);
  expect(json(run)).toMatchObject({ error: { code: "config-invalid", details: { path } } });
});

test("a missing store is refused and not made", () => {
  const folder = emptyHouse();
  rmSync(join(folder, "custody.db"));
  refused(folder, "store-missing");
  expect(existsSync(join(folder, "custody.db"))).toBe(false);
});

test("an empty file and another program's database are refused, and no byte of them changes", () => {
  const folder = emptyHouse();
  const place = join(folder, "custody.db");
  writeFileSync(place, "");
  refused(folder, "store-foreign");
  expect(readFileSync(place).length).toBe(0);
  rmSync(place);
  const db = new Database(place);
  db.exec("CREATE TABLE meta (name, value)");
  db.close();
  const before = readFileSync(place);
  const names = readdirSync(folder);
  refused(folder, "store-foreign");
  expect(readFileSync(place).equals(before)).toBe(true);
  expect(readdirSync(folder)).toEqual(names);
});

test("a truncated store is refused as damaged", () => {
  const folder = emptyHouse();
  truncateSync(join(folder, "custody.db"), 20_000);
  refused(folder, "store-damaged");
});

test("keys that others can read, keys of another store and missing keys are refused", () => {
  const folder = emptyHouse();
  const other = emptyHouse();
  const at = (name: string) => join(folder, name);
  const code = () => json(custody(folder, "status", "--json")).error as { readonly code: string };
  for (const name of ["custody.keyring", "custody.epoch", "custody.key.json"]) {
    chmodSync(at(name), 0o644);
    const run = custody(folder, "status");
    expect(run.code, name).toBe(3);
    expect(run.err, name).toContain("keyring-permissions");
    chmodSync(at(name), 0o600);
    expect(custody(folder, "status").code, name).toBe(0);
  }
  for (const name of ["custody.keyring", "custody.epoch"]) {
    copyFileSync(join(other, name), at(name));
  }
  expect(code()).toMatchObject({ code: "keyring-foreign" });
  rmSync(at("custody.keyring"));
  expect(code()).toMatchObject({ code: "keyring-missing" });
  expect(existsSync(at("custody.keyring"))).toBe(false);
});

test("a store that is whole has nothing to migrate, with and without a dry run", () => {
  const folder = emptyHouse();
  for (const args of [["--dry-run"], []]) {
    const run = custody(folder, "migrate", ...args, "--json");
    expect(run.code).toBe(0);
    expect(json(run)).toEqual({ applied: [], pending: [] });
  }
});

test("the answer of a folder without anything is never a count", () => {
  const run = custody(temporary(), "status");
  expect(run.code).toBe(3);
  expect(run.out).toBe("");
});

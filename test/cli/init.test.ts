import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, custody, emptyHouse, json, temporary } from "./house.js";

const FILES = [
  "custody.db",
  "custody.epoch",
  "custody.json",
  "custody.key.json",
  "custody.keyring",
  "custody.pub.json",
  "files",
];

test("init makes a house, with every secret in a file of its own and of mode 0600", () => {
  const folder = temporary();
  const run = custody(folder, "init", "--dir", "keep", "--name", "privacy.example", "--json");
  expect(run.code).toBe(0);
  const made = json(run);
  const at = (name: string) => join(folder, "keep", name);
  expect(Object.keys(made)).toEqual(["config", "publicKey", "store", "kid", "issuer"]);
  expect(made.publicKey).toBe(at("custody.pub.json"));
  expect(readdirSync(join(folder, "keep")).sort()).toEqual(FILES);
  for (const name of ["custody.db", "custody.epoch", "custody.key.json", "custody.keyring"]) {
    expect(statSync(at(name)).mode & 0o777, name).toBe(0o600);
  }
  const key = JSON.parse(readFileSync(at("custody.pub.json"), "utf8"));
  expect(key.kid).toBe(made.kid);
  expect(key).not.toHaveProperty("d");
});

test("init a second time is refused and changes no byte", () => {
  const folder = emptyHouse();
  const files = FILES.filter((name) => name !== "files").map((name) => join(folder, name));
  const before = bytesOf(...files);
  const run = custody(folder, "init", "--name", "privacy.example");
  expect(run.code).toBe(2);
  expect(run.err).toContain("store-exists");
  expect(bytesOf(...files)).toEqual(before);
  expect(readdirSync(folder).sort()).toEqual(FILES);
});

test.each(FILES)("init is refused when only %s is there, and makes nothing", (name) => {
  const folder = temporary();
  writeFileSync(join(folder, name), "mine");
  const run = custody(folder, "init", "--json");
  expect(run.code).toBe(2);
  const code = name === "custody.db" ? "store-exists" : "duplicate";
  expect(json(run)).toMatchObject({ error: { code } });
  expect(readdirSync(folder)).toEqual([name]);
  expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
});

test("an init that fails half way takes away what it had made and leaves the rest", () => {
  const folder = temporary();
  mkdirSync(join(folder, "keep"));
  // Found only when the keyring is made, after the store.
  writeFileSync(join(folder, "keep", "custody.keyring-shm"), "mine");
  const run = custody(folder, "init", "--dir", "keep", "--json");
  expect(run.code).toBe(2);
  expect(json(run)).toMatchObject({ error: { code: "duplicate" } });
  expect(readdirSync(join(folder, "keep"))).toEqual(["custody.keyring-shm"]);
});

test("a name that cannot stand on a signed note is refused before anything is made", () => {
  const folder = temporary();
  const run = custody(folder, "init", "--dir", "keep", "--name", "two words", "--json");
  expect(run.code).toBe(2);
  expect(json(run)).toMatchObject({ error: { code: "option-invalid" } });
  expect(readdirSync(folder)).toEqual([]);
});

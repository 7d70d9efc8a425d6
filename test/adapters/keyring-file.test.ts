import { createSecretKey } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openBytes } from "../../src/adapters/keyring/data-cipher.js";
import { KeyCache } from "../../src/adapters/keyring/key-cache.js";
import { KeyDatabase } from "../../src/adapters/keyring/key-database.js";
import { createKeyringFile } from "../../src/adapters/keyring-file.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { keyringContract } from "../../src/testing/keyring-contract.js";
import {
  BOUND,
  codeOf,
  create,
  epochKeys,
  filesHolding,
  HEALTH,
  newPlace,
  open,
  PLAIN,
  type Place,
  random,
  remove,
  STORE,
  utf8,
} from "./keyring-places.js";

let place: Place;
beforeEach(async () => {
  place = await newPlace();
});
afterEach(() => remove(place));

describe("the file keyring keeps the port's contract", () => {
  const fresh = async () => {
    const own = await newPlace();
    let keyring = await create(own);
    const reopen = async () => {
      await keyring.close();
      keyring = await open(own);
      return keyring;
    };
    const dispose = async () => {
      await keyring.close();
      remove(own);
    };
    return { keyring, reopen, dispose };
  };
  for (const rule of keyringContract(fresh)) test(rule.name, rule.run);
});

describe("files", () => {
  test("all of them have mode 0600, whatever the umask is", async () => {
    for (const umask of [0o000, 0o077, 0o277]) {
      const own = await newPlace();
      const before = process.umask(umask);
      try {
        const keyring = await create(own);
        await keyring.seal(HEALTH, PLAIN, BOUND);
        const modes = readdirSync(own.folder).map((name) => [
          name,
          (statSync(join(own.folder, name)).mode & 0o7777).toString(8),
        ]);
        expect(modes).toEqual([
          ["epoch.json", "600"],
          ["keys.db", "600"],
          ["keys.db-shm", "600"],
          ["keys.db-wal", "600"],
        ]);
        await keyring.close();
      } finally {
        process.umask(before);
        remove(own);
      }
    }
  });

  test("hold no data key and no value in clear, the epoch key in one file only", async () => {
    const drawn: Buffer[] = [];
    const spy = (count: number) => {
      const bytes = random(count);
      if (count === 32) drawn.push(Buffer.from(bytes));
      return bytes;
    };
    const { path, epochPath } = place;
    const keyring = await createKeyringFile({ path, epochPath, storeId: STORE, random: spy });
    await keyring.seal(HEALTH, PLAIN, BOUND);
    await keyring.index("external-id", PLAIN);
    const [epochKey, ...dataKeys] = drawn;
    expect(dataKeys).toHaveLength(2);
    for (const needle of [...dataKeys, PLAIN]) {
      expect(filesHolding(place.folder, needle)).toEqual([]);
    }
    expect(filesHolding(place.folder, epochKey ?? PLAIN)).toEqual(["epoch.json"]);
    await keyring.close();
    for (const needle of dataKeys) expect(filesHolding(place.folder, needle)).toEqual([]);
  });

  test("a wrapped key opens with the epoch key at its own place, and at no other", async () => {
    const keyring = await create(place);
    await keyring.seal(HEALTH, PLAIN, BOUND);
    await keyring.close();
    const db = new Database(place.path);
    const { wrapped } = db.prepare("SELECT wrapped FROM data_key").get() as { wrapped: Buffer };
    const key = createSecretKey(Buffer.from(epochKeys(place)[0]?.key ?? "", "base64url"));
    const at = (store: string, epoch: number, basis: string) =>
      utf8(JSON.stringify(["custody wrapped key", 1, store, epoch, basis, "health"]));
    expect(openBytes(key, wrapped, at(STORE, 1, "bas_one"))?.length).toBe(32);
    expect(openBytes(key, wrapped, at("sto_other", 1, "bas_one"))).toBeUndefined();
    expect(openBytes(key, wrapped, at(STORE, 2, "bas_one"))).toBeUndefined();
    expect(openBytes(key, wrapped, at(STORE, 1, "bas_two"))).toBeUndefined();
    db.prepare("UPDATE data_key SET basis = 'bas_moved'").run();
    db.close();
    const again = await open(place);
    const moved = { basis: "bas_moved", category: "health" };
    expect(await codeOf(again.seal(moved, PLAIN, BOUND))).toBe("store-damaged");
    await again.close();
  });

  test("a destroyed key's wrapped bytes leave the keyring file at once", async () => {
    const keyring = await create(place);
    await keyring.seal(HEALTH, PLAIN, BOUND);
    const db = new Database(place.path, { readonly: true });
    const { wrapped } = db.prepare("SELECT wrapped FROM data_key").get() as { wrapped: Buffer };
    db.close();
    expect(filesHolding(place.folder, wrapped)).not.toEqual([]);
    await keyring.destroy(HEALTH.basis);
    expect(filesHolding(place.folder, wrapped)).toEqual([]);
    expect(statSync(`${place.path}-wal`).size).toBe(0);
    await keyring.close();
  });

  test("a reader that keeps the old pages is reported; without it scrubbing succeeds", async () => {
    const keyring = await create(place);
    await keyring.seal(HEALTH, PLAIN, BOUND);
    await keyring.close();
    const database = KeyDatabase.open(place.path, { busyMs: 50 });
    database.arm();
    const reader = new Database(place.path, { readonly: true });
    const rows = reader.prepare("SELECT * FROM data_key, (SELECT 1 UNION SELECT 2)").iterate();
    rows.next();
    database.write(() => database.remove(HEALTH));
    expect(() => database.scrub({ vacuum: false })).toThrow("not scrubbed");
    rows.return?.();
    reader.close();
    expect(() => database.scrub({ vacuum: false })).not.toThrow();
    database.close();
  });
});

describe("the cache", () => {
  test("makes sealing with a known key free of reads and writes of the keyring file", async () => {
    const keyring = await create(place);
    await keyring.seal(HEALTH, PLAIN, BOUND);
    const db = new Database(place.path);
    db.pragma("wal_checkpoint(TRUNCATE)");
    db.close();
    const before = statSync(`${place.path}-wal`);
    for (let count = 0; count < 100; count += 1) await keyring.seal(HEALTH, PLAIN, BOUND);
    expect(statSync(`${place.path}-wal`)).toMatchObject({ size: 0, mtimeMs: before.mtimeMs });
    await keyring.seal({ basis: "bas_new", category: "health" }, PLAIN, BOUND);
    expect(statSync(`${place.path}-wal`).size).toBeGreaterThan(0);
    await keyring.close();
  });

  test("holds no more keys than it may, the newest ones, and none beyond its life", () => {
    let now = 0;
    const cache = new KeyCache({ maxKeys: 2, lifeMs: 10, now: () => now });
    const key = createSecretKey(random(32));
    for (const name of ["a", "b", "c"]) cache.put(name, key);
    expect(cache.size).toBe(2);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([undefined, key, key]);
    now = 9;
    expect(cache.get("b")).toBe(key);
    now = 10;
    expect(cache.get("b")).toBeUndefined();
    cache.put("d", key);
    expect(cache.size).toBe(1);
    now = Number.NaN;
    expect(cache.get("d")).toBeUndefined();
  });

  test("that holds one key, or keeps none, changes no answer", async () => {
    const own = await create(place);
    await own.close();
    for (const limits of [{ cacheMaxKeys: 1 }, { cacheLifeMs: 0 }]) {
      const keyring = await open(place, limits);
      const scopes = ["a", "b", "c"].map((category) => ({ basis: "bas_many", category }));
      const sealed = await Promise.all(scopes.map((scope) => keyring.seal(scope, PLAIN, BOUND)));
      for (const [number, scope] of scopes.entries()) {
        const plain = await keyring.open(scope, sealed[number] ?? PLAIN, BOUND);
        expect(Buffer.from(plain).equals(PLAIN)).toBe(true);
      }
      await keyring.close();
    }
  });
});

test("first uses in one turn share one commit", async () => {
  const keyring = await create(place);
  const watcher = new Database(place.path);
  const version = watcher.prepare("PRAGMA data_version").pluck();
  const scopes = Array.from({ length: 500 }, (_, n) => ({ basis: `bas_${n}`, category: "health" }));
  const before = Number(version.get());
  await Promise.all(scopes.map((scope) => keyring.seal(scope, PLAIN, BOUND)));
  const wal = statSync(`${place.path}-wal`).size;
  expect(Number(version.get())).not.toBe(before);
  expect(watcher.prepare("SELECT count(*) FROM data_key").pluck().get()).toBe(500);
  // One commit writes a page once: 500 commits would have left 500 copies of it in the log.
  expect(wal).toBeLessThan(100 * 4096);
  watcher.close();
  await keyring.close();
});

import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openBytes, unwrapKey } from "../../src/adapters/keyring/data-cipher.js";
import { readEpochFile } from "../../src/adapters/keyring/epoch-file.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { isCustodyError } from "../../src/errors.js";
import type { Keyring } from "../../src/ports/keyring.js";
import {
  BOUND,
  codeOf,
  copyOf,
  create,
  epochKeys,
  filesHolding,
  HEALTH,
  newPlace,
  open,
  PLAIN,
  type Place,
  placeIn,
  remove,
  STORE,
} from "./keyring-places.js";

const KEPT = { basis: "bas_kept", category: "health" } as const;
let places: Place[];
let place: Place;
beforeEach(async () => {
  place = await newPlace();
  places = [place];
});
afterEach(() => {
  for (const one of places) remove(one);
});

function snapshot(name: string): Place {
  const copy = copyOf(place, name);
  places.push(copy);
  return copy;
}

async function opens(
  keyring: Keyring,
  sealed: Uint8Array,
  scope = HEALTH as typeof KEPT | typeof HEALTH,
) {
  return Buffer.from(await keyring.open(scope, sealed, BOUND)).equals(PLAIN);
}

describe("an old copy of the keyring", () => {
  test("of keyring file and database together opens nowhere after a rotation", async () => {
    const keyring = await create(place);
    const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
    const oldKey = Buffer.from(epochKeys(place)[0]?.key ?? "", "base64url");
    // The backup: the keyring file with its log, and a database with the sealed payload.
    const database = new Database(join(place.folder, "store.db"));
    database.exec("CREATE TABLE payload (sealed BLOB)");
    database.prepare("INSERT INTO payload VALUES (?)").run(sealed);
    database.close();
    const backup = snapshot("backup");
    const oldEpochs = readEpochFile(backup.epochPath, STORE);
    await keyring.destroy(HEALTH.basis);
    expect(await keyring.rotate()).toBe(2);
    // What the world still has: the backup's keyring, and the only epoch file there is.
    copyFileSync(place.epochPath, backup.epochPath);
    const refused = await open(backup).catch((error: unknown) => error);
    expect(isCustodyError(refused, "epoch-closed") && refused.details.epoch).toBe(1);
    expect(filesHolding(place.folder, oldKey)).toEqual([]);
    expect(filesHolding(backup.folder, oldKey)).toEqual([]);
    await keyring.close();
    expect(filesHolding(place.folder, oldKey)).toEqual([]);

    // Nor by hand: the wrapped key in the backup answers to the old epoch key alone.
    const wrapped = blobIn(backup.path, "SELECT wrapped FROM data_key");
    const payload = blobIn(join(backup.folder, "store.db"), "SELECT sealed FROM payload");
    const at = { storeId: STORE, epoch: 1, scope: HEALTH };
    for (const { key } of readEpochFile(place.epochPath, STORE)) {
      expect(unwrapKey(key, wrapped, at)).toBeUndefined();
    }
    const dataKey = unwrapKey(oldEpochs[0]?.key ?? never(), wrapped, at) ?? never();
    expect(Buffer.from(openBytes(dataKey, payload, BOUND) ?? never()).equals(PLAIN)).toBe(true);
  });

  test("does open with a copied epoch file beside it: that copy keeps the epoch open", async () => {
    const keyring = await create(place);
    const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
    const backup = snapshot("both");
    await keyring.destroy(HEALTH.basis);
    await keyring.rotate();
    await keyring.close();
    const old = await open(backup);
    expect(await opens(old, sealed)).toBe(true);
    await old.close();
  });

  test("does open while the epoch lasts, even after the key was destroyed", async () => {
    const keyring = await create(place);
    const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
    const backup = snapshot("same-epoch");
    await keyring.destroy(HEALTH.basis);
    copyFileSync(place.epochPath, backup.epochPath);
    const old = await open(backup);
    expect(await opens(old, sealed)).toBe(true);
    await old.close();
    await keyring.close();
  });

  test("of another line of epochs with the same number is closed too", async () => {
    const keyring = await create(place);
    await keyring.close();
    const fork = snapshot("fork");
    for (const one of [place, fork]) {
      const own = await open(one);
      await own.rotate();
      await own.close();
    }
    copyFileSync(place.epochPath, fork.epochPath);
    expect(await codeOf(open(fork))).toBe("epoch-closed");
    expect(await codeOf(open(place).then((own) => own.close()))).toBe("no error");
  });
});

describe("a rotation", () => {
  test("re-wraps every key of more than one page and leaves no old wrapped bytes", async () => {
    const keyring = await create(place);
    const scopes = Array.from({ length: 2_005 }, (_, n) => ({
      basis: `bas_${n}`,
      category: "health",
    }));
    const sealed = await Promise.all(scopes.map((scope) => keyring.seal(scope, PLAIN, BOUND)));
    const db = new Database(place.path, { readonly: true });
    const wrapped = db.prepare("SELECT wrapped FROM data_key").pluck().all() as Buffer[];
    db.close();
    await keyring.rotate();
    for (const [number, scope] of scopes.entries()) {
      const plain = await keyring.open(scope, sealed[number] ?? PLAIN, BOUND);
      expect(Buffer.from(plain).equals(PLAIN)).toBe(true);
    }
    const files = readdirSync(place.folder).map((name) => readFileSync(join(place.folder, name)));
    expect(wrapped.filter((old) => files.some((file) => file.includes(old)))).toEqual([]);
    await keyring.close();
  });

  test("gives the deleted keys' pages back to the file system", async () => {
    const keyring = await create(place);
    const scopes = Array.from({ length: 500 }, (_, n) => ({ basis: `bas_${n}`, category: "h" }));
    await Promise.all(scopes.map((scope) => keyring.seal(scope, PLAIN, BOUND)));
    const watcher = new Database(place.path);
    watcher.exec("DELETE FROM data_key");
    const free = () => watcher.pragma("freelist_count", { simple: true });
    expect(free()).not.toBe(0);
    await keyring.rotate();
    expect(free()).toBe(0);
    watcher.close();
    await keyring.close();
  });

  test("in one process is followed by another that has the keyring open", async () => {
    const first = await create(place);
    const second = await open(place);
    const sealed = await second.seal(KEPT, PLAIN, BOUND);
    await first.rotate();
    await first.rotate();
    expect(await second.epoch()).toBe(3);
    expect(await opens(second, sealed, KEPT)).toBe(true);
    const later = await second.seal({ basis: "bas_later", category: "health" }, PLAIN, BOUND);
    const scope = { basis: "bas_later", category: "health" };
    expect(Buffer.from(await first.open(scope, later, BOUND)).equals(PLAIN)).toBe(true);
    await first.close();
    await second.close();
  });

  test("replaces the epoch file, and the old one's bytes are zeros by then", async () => {
    const keyring = await create(place);
    const [before] = epochKeys(place);
    const old = openSync(place.epochPath, "r");
    const { size } = fstatSync(old);
    await keyring.rotate();
    const rest = Buffer.alloc(size + 1, 1);
    expect(readSync(old, rest, 0, size + 1, 0)).toBe(size);
    expect(rest.subarray(0, size).equals(Buffer.alloc(size))).toBe(true);
    closeSync(old);
    const [after] = epochKeys(placeIn(place.folder));
    expect([before?.epoch, after?.epoch]).toEqual([1, 2]);
    expect(after?.key).not.toBe(before?.key);
    await keyring.close();
  });
});

function blobIn(path: string, query: string): Buffer {
  const db = new Database(path);
  const blob = db.prepare(query).pluck().get() as Buffer;
  db.close();
  return blob;
}

function never(): never {
  throw new Error("the case did not come to pass");
}

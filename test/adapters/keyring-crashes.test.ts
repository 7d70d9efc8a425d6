import { existsSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NoncePool } from "../../src/adapters/keyring/data-cipher.js";
import { KeyDatabase } from "../../src/adapters/keyring/key-database.js";
import {
  closeEpoch,
  completeRotation,
  type RotationStep,
} from "../../src/adapters/keyring/rotation.js";
import type { Keyring } from "../../src/ports/keyring.js";
import {
  BOUND,
  codeOf,
  contents,
  copyOf,
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

const STEPS: readonly RotationStep[] = [
  "both-keys-written",
  "both-keys-renamed",
  "both-keys-replaced",
  "rewrapped",
  "committed",
  "one-key-written",
  "one-key-renamed",
  "one-key-replaced",
  "scrubbed",
];

describe("a rotation that dies", () => {
  async function rotateWatched(watch: (step: RotationStep) => void, own = place): Promise<void> {
    const database = KeyDatabase.open(own.path);
    database.arm();
    const { epochPath } = own;
    try {
      const nonces = new NoncePool(random);
      closeEpoch({ database, epochPath, storeId: STORE, random, nonces }, watch);
    } finally {
      database.close();
    }
  }

  async function prepared() {
    const keyring = await create(place);
    const gone = await keyring.seal(HEALTH, PLAIN, BOUND);
    const kept = await keyring.seal(KEPT, PLAIN, BOUND);
    await keyring.destroy(HEALTH.basis);
    const oldKey = Buffer.from(epochKeys(place)[0]?.key ?? "", "base64url");
    await keyring.close();
    return { gone, kept, oldKey };
  }

  test("at any step is completed at the next opening; the old key is then nowhere", async () => {
    const { gone, kept, oldKey } = await prepared();
    const copies = new Map<RotationStep, Place>();
    await rotateWatched((step) => copies.set(step, snapshot(step)));
    expect([...copies.keys()]).toEqual(STEPS);
    for (const [step, copy] of copies) {
      const keyring = await open(copy);
      // Before the first rename nothing had been begun: the old epoch goes on, whole.
      const begun = step !== "both-keys-written";
      expect([step, await keyring.epoch()]).toEqual([step, begun ? 2 : 1]);
      expect(await opens(keyring, kept, KEPT)).toBe(true);
      expect(await codeOf(keyring.open(HEALTH, gone, BOUND))).toBe("key-destroyed");
      expect(epochKeys(copy)).toHaveLength(1);
      expect(existsSync(`${copy.epochPath}.next`)).toBe(false);
      if (!begun) await keyring.rotate();
      await keyring.close();
      expect([step, filesHolding(copy.folder, oldKey)]).toEqual([step, []]);
      expect(readdirSync(copy.folder).sort()).toEqual(["epoch.json", "keys.db"]);
    }
  });

  test("by an error at any step leaves a keyring that goes on and can rotate again", async () => {
    const { kept, oldKey } = await prepared();
    for (const last of STEPS) {
      const own = snapshot(`stopped-${last}`);
      const stop = (step: RotationStep) => {
        if (step === last) throw new Error("stopped");
      };
      await expect(rotateWatched(stop, own)).rejects.toThrow("stopped");
      const keyring = await open(own);
      const before = await keyring.epoch();
      expect(await keyring.rotate()).toBe(before + 1);
      expect(await opens(keyring, kept, KEPT)).toBe(true);
      await keyring.close();
      expect([last, filesHolding(own.folder, oldKey)]).toEqual([last, []]);
    }
  });

  test("is completed once; an opening with nothing to complete changes no file", async () => {
    await prepared();
    let copy: Place | undefined;
    await rotateWatched((step) => {
      if (step === "committed") copy = snapshot("once");
    });
    const crashed = copy ?? never();
    await (await open(crashed)).close();
    const before = contents(crashed.folder);
    await (await open(crashed)).close();
    expect(contents(crashed.folder)).toEqual(before);
    expect(epochKeys(crashed).map(({ epoch }) => epoch)).toEqual([2]);
  });

  test("that completes while another process completes it ends in one epoch, not two", async () => {
    await prepared();
    let copy: Place | undefined;
    await rotateWatched((step) => {
      if (step === "both-keys-replaced") copy = snapshot("twice");
    });
    const { path, epochPath } = copy ?? never();
    for (let time = 0; time < 2; time += 1) {
      const database = KeyDatabase.open(path);
      database.arm();
      const nonces = new NoncePool(random);
      completeRotation({ database, epochPath, storeId: STORE, random, nonces });
      expect(database.state().epoch).toBe(2);
      database.close();
    }
  });
});

function never(): never {
  throw new Error("the case did not come to pass");
}

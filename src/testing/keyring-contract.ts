/** The examination of the keyring port: whoever writes an adapter runs every rule against it. */
import assert from "node:assert/strict";
import { type ErrorCode, isCustodyError } from "../errors.js";
import { utf8 } from "../lib/bytes.js";
import type { Keyring, KeyScope } from "../ports/keyring.js";
import type { ContractRule } from "./contract.js";

/** A fresh keyring in epoch 1. */
export interface KeyringUnderTest {
  readonly keyring: Keyring;
  /** Closes the keyring and opens it again, for keyrings that outlive a process. */
  readonly reopen?: (() => Promise<Keyring>) | undefined;
  readonly dispose: () => Promise<void>;
}

interface Case {
  readonly name: string;
  readonly run: (subject: KeyringUnderTest) => Promise<void>;
}

const HEALTH: KeyScope = { basis: "bas_one", category: "health" };
const CONTACT: KeyScope = { basis: "bas_one", category: "contact" };
const OTHER: KeyScope = { basis: "bas_two", category: "health" };
const PLAIN = utf8("a value that nobody else may read");
const BOUND = utf8("record 1");
const FRAME_BYTES = 1 + 12 + 16;

/**
 * The rules, each opening a keyring of its own. Rules about reopening are left out where there is
 * no `reopen`.
 */
export function keyringContract(open: () => Promise<KeyringUnderTest>): readonly ContractRule[] {
  return [...SEALING, ...DESTROYING, ...EPOCHS, ...INDEXING, ...LASTING].map(({ name, run }) => ({
    name,
    run: async () => {
      const subject = await open();
      try {
        await run(subject);
      } finally {
        await subject.dispose();
      }
    },
  }));
}

const SEALING: readonly Case[] = [
  {
    name: "what was sealed opens with the same scope and the same bound bytes",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      assert.deepEqual(bytes(await keyring.open(HEALTH, sealed, BOUND)), bytes(PLAIN));
      const nothing = await keyring.seal(HEALTH, new Uint8Array(0), BOUND);
      assert.equal((await keyring.open(HEALTH, nothing, BOUND)).length, 0);
    },
  },
  {
    name: "a sealed value is format byte 1, nonce, ciphertext and tag, and hides the plain one",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      assert.equal(sealed[0], 1);
      assert.equal(sealed.length, PLAIN.length + FRAME_BYTES);
      assert.equal(Buffer.from(sealed).includes(Buffer.from(PLAIN).subarray(0, 6)), false);
    },
  },
  {
    name: "the same value sealed twice gives two different texts",
    run: async ({ keyring }) => {
      const first = await keyring.seal(HEALTH, PLAIN, BOUND);
      assert.notDeepEqual(bytes(await keyring.seal(HEALTH, PLAIN, BOUND)), bytes(first));
    },
  },
  {
    name: "other bound bytes, another category, another basis and any changed byte do not open",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      await keyring.seal(CONTACT, PLAIN, BOUND);
      await keyring.seal(OTHER, PLAIN, BOUND);
      await refuses("payload-damaged", () => keyring.open(HEALTH, sealed, utf8("record 2")));
      await refuses("payload-damaged", () => keyring.open(CONTACT, sealed, BOUND));
      await refuses("payload-damaged", () => keyring.open(OTHER, sealed, BOUND));
      for (let place = 0; place < sealed.length; place += 1) {
        const changed = sealed.slice();
        changed[place] = (changed[place] ?? 0) ^ 1;
        await refuses("payload-damaged", () => keyring.open(HEALTH, changed, BOUND));
      }
      await refuses("payload-damaged", () => keyring.open(HEALTH, new Uint8Array(0), BOUND));
      assert.deepEqual(bytes(await keyring.open(HEALTH, sealed, BOUND)), bytes(PLAIN));
    },
  },
  {
    name: "many first uses of one scope at once end with one key",
    run: async ({ keyring }) => {
      const sealing = Array.from({ length: 20 }, () => keyring.seal(HEALTH, PLAIN, BOUND));
      for (const sealed of await Promise.all(sealing)) {
        assert.deepEqual(bytes(await keyring.open(HEALTH, sealed, BOUND)), bytes(PLAIN));
      }
      assert.deepEqual((await keyring.inspect(HEALTH.basis)).live, [HEALTH.category]);
    },
  },
  {
    name: "a scope that has no name is refused, and so is the star",
    run: async ({ keyring }) => {
      for (const scope of [
        { basis: "", category: "health" },
        { basis: "bas_one", category: "" },
        { basis: "bas_one", category: "*" },
        { basis: "bas\0one", category: "health" },
      ]) {
        await refuses("option-invalid", () => keyring.seal(scope, PLAIN, BOUND));
      }
    },
  },
];

const DESTROYING: readonly Case[] = [
  {
    name: "a destroyed basis opens and seals no more, in any category, and another basis does",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      const kept = await keyring.seal(OTHER, PLAIN, BOUND);
      await keyring.destroy(HEALTH.basis);
      await refuses("key-destroyed", () => keyring.open(HEALTH, sealed, BOUND));
      await refuses("key-destroyed", () => keyring.seal(HEALTH, PLAIN, BOUND));
      await refuses("key-destroyed", () => keyring.seal(CONTACT, PLAIN, BOUND));
      assert.deepEqual(bytes(await keyring.open(OTHER, kept, BOUND)), bytes(PLAIN));
    },
  },
  {
    name: "one category is destroyed alone",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      const kept = await keyring.seal(CONTACT, PLAIN, BOUND);
      await keyring.destroy(HEALTH.basis, HEALTH.category);
      await refuses("key-destroyed", () => keyring.open(HEALTH, sealed, BOUND));
      await refuses("key-destroyed", () => keyring.seal(HEALTH, PLAIN, BOUND));
      assert.deepEqual(bytes(await keyring.open(CONTACT, kept, BOUND)), bytes(PLAIN));
      assert.deepEqual(await keyring.inspect(HEALTH.basis), {
        live: ["contact"],
        destroyed: [{ category: "health", epoch: 1 }],
      });
    },
  },
  {
    name: "destroying again changes nothing, and the epoch of the first time stays",
    run: async ({ keyring }) => {
      await keyring.seal(HEALTH, PLAIN, BOUND);
      await keyring.destroy(HEALTH.basis);
      await keyring.rotate();
      await keyring.destroy(HEALTH.basis);
      await keyring.destroy(HEALTH.basis, HEALTH.category);
      assert.deepEqual(await keyring.inspect(HEALTH.basis), {
        live: [],
        destroyed: [{ category: "health", epoch: 1 }],
      });
    },
  },
  {
    name: "a destroyed basis without keys is closed, and no key is said to have been destroyed",
    run: async ({ keyring }) => {
      await keyring.destroy("bas_empty");
      assert.deepEqual(await keyring.inspect("bas_empty"), { live: [], destroyed: [] });
      const scope = { basis: "bas_empty", category: "health" };
      await refuses("key-destroyed", () => keyring.seal(scope, PLAIN, BOUND));
    },
  },
  {
    name: "a destruction that overtakes the first use of a scope wins",
    run: async ({ keyring }) => {
      const sealing = keyring.seal(HEALTH, PLAIN, BOUND);
      const outcome = Promise.allSettled([sealing]);
      await keyring.destroy(HEALTH.basis);
      await outcome;
      await refuses("key-destroyed", () => keyring.seal(HEALTH, PLAIN, BOUND));
      assert.deepEqual((await keyring.inspect(HEALTH.basis)).live, []);
    },
  },
];

const EPOCHS: readonly Case[] = [
  {
    name: "a rotation counts the epoch up by one and keeps every live key",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      assert.equal(await keyring.epoch(), 1);
      assert.equal(await keyring.rotate(), 2);
      assert.equal(await keyring.epoch(), 2);
      assert.deepEqual(bytes(await keyring.open(HEALTH, sealed, BOUND)), bytes(PLAIN));
      const later = await keyring.seal(CONTACT, PLAIN, BOUND);
      assert.deepEqual(bytes(await keyring.open(CONTACT, later, BOUND)), bytes(PLAIN));
    },
  },
  {
    name: "a rotation brings no destroyed key back",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      await keyring.destroy(HEALTH.basis);
      await keyring.rotate();
      await refuses("key-destroyed", () => keyring.open(HEALTH, sealed, BOUND));
      await refuses("key-destroyed", () => keyring.seal(HEALTH, PLAIN, BOUND));
    },
  },
];

const INDEXING: readonly Case[] = [
  {
    name: "an index is 64 hexadecimal digits and differs exactly by use and value",
    run: async ({ keyring }) => {
      const index = await keyring.index("external-id", PLAIN);
      assert.match(index, /^[0-9a-f]{64}$/);
      assert.equal(await keyring.index("external-id", PLAIN), index);
      assert.notEqual(await keyring.index("external-id", BOUND), index);
      assert.notEqual(await keyring.index("contact", PLAIN), index);
      await keyring.rotate();
      assert.equal(await keyring.index("external-id", PLAIN), index);
    },
  },
  {
    name: "nobody seals with an index key",
    run: async ({ keyring }) => {
      const scope = { basis: "index", category: "external-id" };
      await refuses("option-invalid", () => keyring.seal(scope, PLAIN, BOUND));
      await refuses("option-invalid", () => keyring.open(scope, PLAIN, BOUND));
    },
  },
];

const LASTING: readonly Case[] = [
  {
    name: "a closed keyring does nothing more, and closing it again is no fault",
    run: async ({ keyring }) => {
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      await keyring.close();
      await keyring.close();
      await refuses("store-closed", () => keyring.seal(HEALTH, PLAIN, BOUND));
      await refuses("store-closed", () => keyring.open(HEALTH, sealed, BOUND));
      await refuses("store-closed", () => keyring.destroy(HEALTH.basis));
      await refuses("store-closed", () => keyring.inspect(HEALTH.basis));
      await refuses("store-closed", () => keyring.rotate());
      await refuses("store-closed", () => keyring.epoch());
      await refuses("store-closed", () => keyring.index("external-id", PLAIN));
    },
  },
  {
    name: "keys, indexes, tombstones and the epoch are there after reopening",
    run: async ({ keyring, reopen }) => {
      if (reopen === undefined) return;
      const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
      const index = await keyring.index("external-id", PLAIN);
      await keyring.destroy(OTHER.basis);
      await keyring.rotate();
      const again = await reopen();
      assert.deepEqual(bytes(await again.open(HEALTH, sealed, BOUND)), bytes(PLAIN));
      assert.equal(await again.index("external-id", PLAIN), index);
      assert.equal(await again.epoch(), 2);
      await refuses("key-destroyed", () => again.seal(OTHER, PLAIN, BOUND));
    },
  },
];

/** The outcome of `act` is this code, and nothing of the value stands in the error. */
async function refuses(code: ErrorCode, act: () => Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error: unknown) => {
    assert.ok(isCustodyError(error, code), `expected ${code}, got ${String(error)}`);
    assert.equal(JSON.stringify(error).includes("nobody else may read"), false);
    return true;
  });
}

/** Buffers and Uint8Arrays compare by content only after this. */
function bytes(given: Uint8Array): Uint8Array {
  return new Uint8Array(given);
}

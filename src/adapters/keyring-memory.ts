/**
 * The keyring without files: for tests and the testing kit. It is gone with the process, and so is
 * all it sealed.
 */
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { CustodyError } from "../errors.js";
import type { RandomBytes } from "../lib/id.js";
import type { Keyring, KeyScope, KeySight } from "../ports/keyring.js";
import { keyedHash, NoncePool, newKey, openBytes, sealBytes } from "./keyring/data-cipher.js";
import {
  destroyedKey,
  INDEX_BASIS,
  requireDataScope,
  requireName,
  requireScope,
  WHOLE_BASIS,
} from "./keyring/key-scope.js";
import { readOptions } from "./option-reading.js";

export interface KeyringMemoryOptions {
  readonly storeId: string;
  /** Where keys and nonces come from: node's `randomBytes`, or something as unpredictable. */
  readonly random: RandomBytes;
}

const Options = z.strictObject({
  storeId: z.string().min(1).max(200),
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
});

/** @throws `option-invalid`, `option-unknown` */
export function createKeyringMemory(options: KeyringMemoryOptions): Keyring {
  const { storeId, random } = readOptions(Options, options, "keyring");
  return new MemoryKeyring(storeId, random);
}

/** What is known of one basis. */
interface Ring {
  readonly live: Map<string, KeyObject>;
  /** Category to the epoch of its destruction. */
  readonly buried: Map<string, number>;
}

class MemoryKeyring implements Keyring {
  readonly storeId: string;
  readonly #random: RandomBytes;
  readonly #nonces: NoncePool;
  readonly #rings = new Map<string, Ring>();
  #epoch = 1;
  #closed = false;

  constructor(storeId: string, random: RandomBytes) {
    this.storeId = storeId;
    this.#random = random;
    this.#nonces = new NoncePool(random);
  }

  async epoch(): Promise<number> {
    this.#requireOpen();
    return this.#epoch;
  }

  async seal(scope: KeyScope, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    requireDataScope(scope);
    return sealBytes(this.#make(scope), plain, bound, this.#nonces);
  }

  async open(scope: KeyScope, sealed: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    requireDataScope(scope);
    const key = this.#find(scope);
    const plain = key && openBytes(key, sealed, bound);
    if (plain !== undefined) return plain;
    throw new CustodyError("payload-damaged", { id: scope.basis, category: scope.category });
  }

  async destroy(basis: string, category?: string): Promise<void> {
    this.#requireOpen();
    if (category === undefined) requireName(basis, "basis");
    else requireScope({ basis, category });
    const { live, buried } = this.#ring(basis);
    const gone = category === undefined ? [...live.keys(), WHOLE_BASIS] : [category];
    for (const name of gone) {
      live.delete(name);
      if (!buried.has(name)) buried.set(name, this.#epoch);
    }
  }

  async inspect(basis: string): Promise<KeySight> {
    this.#requireOpen();
    requireName(basis, "basis");
    const { live, buried } = this.#ring(basis);
    return {
      live: [...live.keys()].sort(),
      destroyed: [...buried.keys()]
        .filter((category) => category !== WHOLE_BASIS)
        .sort()
        .map((category) => ({ category, epoch: buried.get(category) ?? this.#epoch })),
    };
  }

  async rotate(): Promise<number> {
    this.#requireOpen();
    this.#epoch += 1;
    return this.#epoch;
  }

  async index(use: string, value: Uint8Array): Promise<string> {
    const scope = { basis: INDEX_BASIS, category: use };
    requireScope(scope);
    return keyedHash(this.#make(scope), value);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#rings.clear();
  }

  #find(scope: KeyScope): KeyObject | undefined {
    this.#requireOpen();
    const { live, buried } = this.#ring(scope.basis);
    if (buried.has(scope.category) || buried.has(WHOLE_BASIS)) throw destroyedKey(scope);
    return live.get(scope.category);
  }

  #make(scope: KeyScope): KeyObject {
    const known = this.#find(scope);
    if (known !== undefined) return known;
    const key = newKey(this.#random);
    this.#ring(scope.basis).live.set(scope.category, key);
    return key;
  }

  #ring(basis: string): Ring {
    const known = this.#rings.get(basis);
    if (known !== undefined) return known;
    const ring: Ring = { live: new Map(), buried: new Map() };
    this.#rings.set(basis, ring);
    return ring;
  }

  #requireOpen(): void {
    if (this.#closed) throw new CustodyError("store-closed");
  }
}

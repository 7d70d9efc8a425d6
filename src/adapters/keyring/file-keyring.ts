/** The keyring over its two files. What it promises is written at the port. */
import type { KeyObject } from "node:crypto";
import { CustodyError } from "../../errors.js";
import type { Keyring, KeyScope, KeySight } from "../../ports/keyring.js";
import { keyedHash, newKey, openBytes, sealBytes, unwrapKey, wrapKey } from "./data-cipher.js";
import { type EpochKey, readEpochFile } from "./epoch-file.js";
import { KeyBatch } from "./key-batch.js";
import type { KeyCache } from "./key-cache.js";
import type { KeyringState } from "./key-database.js";
import {
  destroyedKey,
  INDEX_BASIS,
  requireDataScope,
  requireName,
  requireScope,
  scopeName,
  WHOLE_BASIS,
} from "./key-scope.js";
import { closeEpoch, keyOf, type Ring } from "./rotation.js";

/** How often a lookup follows other processes' changes before it gives up. */
const FOLLOW_ATTEMPTS_MAX = 8;

export class FileKeyring implements Keyring {
  readonly storeId: string;
  readonly #ring: Ring;
  readonly #cache: KeyCache;
  readonly #batch: KeyBatch;
  #version = Number.NaN;
  #state: KeyringState;
  #epoch: EpochKey;
  #closed = false;

  /** `ring` belongs together and holds no interrupted rotation. */
  constructor(ring: Ring, cache: KeyCache) {
    this.storeId = ring.storeId;
    this.#ring = ring;
    this.#cache = cache;
    this.#batch = new KeyBatch((scopes) => this.#makeKeys(scopes));
    this.#state = ring.database.state();
    this.#epoch = keyOf(this.#state, readEpochFile(ring.epochPath, ring.storeId));
  }

  async epoch(): Promise<number> {
    this.#follow();
    return this.#state.epoch;
  }

  async seal(scope: KeyScope, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    requireDataScope(scope);
    const key = this.#find(scope) ?? (await this.#made(scope));
    return sealBytes(key, plain, bound, this.#ring.nonces);
  }

  async open(scope: KeyScope, sealed: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    requireDataScope(scope);
    const key = this.#find(scope);
    const plain = key && openBytes(key, sealed, bound);
    if (plain !== undefined) return plain;
    throw new CustodyError("payload-damaged", { id: scope.basis, category: scope.category });
  }

  async destroy(basis: string, category?: string): Promise<void> {
    if (category === undefined) requireName(basis, "basis");
    else requireScope({ basis, category });
    const { database } = this.#ring;
    const { gone, state } = database.write(() => {
      this.#follow();
      // Read inside: after the commit it could already hold another process' destruction.
      return { gone: this.#bury(basis, category), state: database.state() };
    });
    for (const name of gone) this.#cache.drop(scopeName({ basis, category: name }));
    this.#state = state;
    database.scrub({ vacuum: false });
  }

  async inspect(basis: string): Promise<KeySight> {
    requireName(basis, "basis");
    this.#requireOpen();
    const marks = this.#ring.database.marks(basis);
    return {
      live: marks.filter(({ epoch }) => epoch === null).map(({ category }) => category),
      destroyed: marks.flatMap(({ category, epoch }) =>
        epoch === null ? [] : [{ category, epoch }],
      ),
    };
  }

  async rotate(): Promise<number> {
    this.#requireOpen();
    try {
      closeEpoch(this.#ring);
    } finally {
      this.#adopt();
    }
    return this.#state.epoch;
  }

  async index(use: string, value: Uint8Array): Promise<string> {
    const scope = { basis: INDEX_BASIS, category: use };
    requireScope(scope);
    const key = this.#find(scope) ?? (await this.#made(scope));
    return keyedHash(key, value);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#batch.flush();
    this.#closed = true;
    this.#cache.clear();
    this.#ring.database.close();
  }

  /**
   * The scope's key, or undefined when it was never made.
   * @throws `key-destroyed`, `store-damaged`, `epoch-closed`
   */
  #find(scope: KeyScope): KeyObject | undefined {
    const name = scopeName(scope);
    for (let attempt = 1; attempt <= FOLLOW_ATTEMPTS_MAX; attempt += 1) {
      this.#follow();
      const cached = this.#cache.get(name);
      if (cached !== undefined) return cached;
      const row = this.#ring.database.look(scope);
      if (row.generation !== this.#state.generation) continue;
      if (row.destroyed === 1) throw destroyedKey(scope);
      if (row.wrapped === null) return undefined;
      const place = { storeId: this.storeId, epoch: this.#epoch.epoch, scope };
      const key = unwrapKey(this.#epoch.key, row.wrapped, place);
      if (key === undefined) {
        const { place: damaged } = this.#ring.database;
        throw new CustodyError("store-damaged", { place: damaged, reason: "a wrapped key" });
      }
      this.#cache.put(name, key);
      return key;
    }
    throw new CustodyError("conflict", { id: scope.basis, attempts: FOLLOW_ATTEMPTS_MAX });
  }

  /**
   * The key after it was made durable, looked up anew: another process may have made it first, or
   * destroyed it.
   */
  async #made(scope: KeyScope): Promise<KeyObject> {
    await this.#batch.add(scope);
    const key = this.#find(scope);
    if (key !== undefined) return key;
    const { place } = this.#ring.database;
    throw new CustodyError("store-damaged", { place, reason: "a new key is not there" });
  }

  #makeKeys(scopes: readonly KeyScope[]): void {
    const { database, random, nonces } = this.#ring;
    const made = new Map<string, KeyObject>();
    database.write(() => {
      this.#follow();
      const { epoch, key: wrapping } = this.#epoch;
      for (const scope of scopes) {
        const key = newKey(random);
        const place = { storeId: this.storeId, epoch, scope };
        const wrapped = wrapKey(wrapping, key, place, nonces);
        if (database.insert({ ...scope, wrapped })) made.set(scopeName(scope), key);
      }
    });
    for (const [name, key] of made) this.#cache.put(name, key);
  }

  /** The categories that were live. Runs inside `write`. */
  #bury(basis: string, category: string | undefined): readonly string[] {
    const { database } = this.#ring;
    const { epoch, epochId } = this.#state;
    const live = database
      .marks(basis)
      .flatMap((mark) => (mark.epoch === null ? mark.category : []));
    const gone = category === undefined ? live : live.filter((name) => name === category);
    let changed = database.bury({ basis, category: category ?? WHOLE_BASIS }, epoch);
    for (const name of gone) {
      const removed = database.remove({ basis, category: name });
      const buried = database.bury({ basis, category: name }, epoch);
      changed = changed || removed || buried;
    }
    if (changed) database.advance(epoch, epochId);
    return gone;
  }

  /** Sees what other processes committed, before every use; costs a look into shared memory. */
  #follow(): void {
    this.#requireOpen();
    const version = this.#ring.database.version();
    if (version === this.#version) return;
    this.#adopt();
    this.#version = version;
  }

  #adopt(): void {
    for (let attempt = 1; ; attempt += 1) {
      const state = this.#ring.database.state();
      if (state.generation !== this.#state.generation) this.#cache.clear();
      try {
        if (state.epochId !== this.#epoch.id) {
          this.#epoch = keyOf(state, readEpochFile(this.#ring.epochPath, this.storeId));
        }
        this.#state = state;
        return;
      } catch (error) {
        // The epoch may have been closed again between the two reads; a second look tells.
        if (attempt >= FOLLOW_ATTEMPTS_MAX) throw error;
        if (this.#ring.database.state().epochId === state.epochId) throw error;
      }
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new CustodyError("store-closed");
  }
}

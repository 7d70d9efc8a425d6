/** The keyring over tables and a key service. What it promises is written at the port. */
import type { KeyObject } from "node:crypto";
import { CustodyError } from "../../errors.js";
import type { Keyring, KeyScope, KeySight } from "../../ports/keyring.js";
import {
  keyedHash,
  newKey,
  openBytes,
  sealBytes,
  unwrapKey,
  wrapKey,
} from "../keyring/data-cipher.js";
import type { KeyCache } from "../keyring/key-cache.js";
import {
  destroyedKey,
  INDEX_BASIS,
  requireDataScope,
  requireName,
  requireScope,
  scopeName,
} from "../keyring/key-scope.js";
import { closeEpoch, epochKey, pendingEpoch, type Ring } from "./epochs.js";
import type { KeyRow } from "./key-tables.js";
import { TurnBatch } from "./turn-batch.js";

/** How often a lookup follows other processes' changes before it gives up. */
const FOLLOW_ATTEMPTS_MAX = 8;

export class PostgresKeyring implements Keyring {
  readonly storeId: string;
  readonly #ring: Ring;
  readonly #cache: KeyCache;
  readonly #looks: TurnBatch<KeyScope, KeyRow>;
  readonly #makings: TurnBatch<KeyScope, undefined>;
  #generation = 0;
  #epoch: { readonly epoch: number; readonly key: KeyObject };
  #closing: Promise<void> | undefined;

  /** `ring` belongs together; `epoch` is its present one. */
  constructor(
    ring: Ring,
    cache: KeyCache,
    epoch: { readonly epoch: number; readonly key: KeyObject },
  ) {
    this.storeId = ring.storeId;
    this.#ring = ring;
    this.#cache = cache;
    this.#epoch = epoch;
    this.#looks = new TurnBatch((scopes) => ring.tables.look(scopes));
    this.#makings = new TurnBatch((scopes) => this.#make(scopes));
  }

  async epoch(): Promise<number> {
    this.#requireOpen();
    return (await this.#ring.tables.state()).epoch;
  }

  async seal(scope: KeyScope, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    requireDataScope(scope);
    const key = await this.#need(scope);
    return sealBytes(key, plain, bound, this.#ring.nonces);
  }

  async open(scope: KeyScope, sealed: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    requireDataScope(scope);
    const key = await this.#find(scope);
    const plain = key && openBytes(key, sealed, bound);
    if (plain !== undefined) return plain;
    throw new CustodyError("payload-damaged", { id: scope.basis, category: scope.category });
  }

  async destroy(basis: string, category?: string): Promise<void> {
    this.#requireOpen();
    if (category === undefined) requireName(basis, "basis");
    else requireScope({ basis, category });
    this.#follow(await this.#ring.tables.destroy(basis, category));
  }

  async inspect(basis: string): Promise<KeySight> {
    this.#requireOpen();
    requireName(basis, "basis");
    const marks = await this.#ring.tables.marks(basis);
    const pending = await pendingEpoch(this.#ring);
    return {
      live: marks.filter(({ epoch }) => epoch === null).map(({ category }) => category),
      destroyed: marks.flatMap(({ category, epoch }) =>
        epoch === null ? [] : [{ category, epoch }],
      ),
      ...(pending && { pending: { epoch: pending.epoch, until: pending.goneAt } }),
    };
  }

  async rotate(): Promise<number> {
    this.#requireOpen();
    return closeEpoch(this.#ring);
  }

  async index(use: string, value: Uint8Array): Promise<string> {
    const scope = { basis: INDEX_BASIS, category: use };
    requireScope(scope);
    return keyedHash(await this.#need(scope), value);
  }

  /** The key service stays the caller's. */
  close(): Promise<void> {
    this.#cache.clear();
    this.#closing ??= this.#ring.tables.sessions.close();
    return this.#closing;
  }

  async #need(scope: KeyScope): Promise<KeyObject> {
    for (let attempt = 1; attempt <= FOLLOW_ATTEMPTS_MAX; attempt += 1) {
      const key = await this.#find(scope);
      if (key !== undefined) return key;
      await this.#makings.ask({ basis: scope.basis, category: scope.category });
    }
    throw new CustodyError("conflict", { id: scope.basis, attempts: FOLLOW_ATTEMPTS_MAX });
  }

  /**
   * The scope's key, or undefined when it was never made. Asks the server at every use, so that a
   * destruction or a rotation by another process is seen before it.
   * @throws `key-destroyed`, `store-damaged`, `epoch-closed`, `kms-failed`
   */
  async #find(scope: KeyScope): Promise<KeyObject | undefined> {
    const name = scopeName(scope);
    for (let attempt = 1; attempt <= FOLLOW_ATTEMPTS_MAX; attempt += 1) {
      this.#requireOpen();
      const row = await this.#looks.ask(scope);
      this.#requireOpen();
      this.#follow(row.generation);
      if (row.destroyed) throw destroyedKey(scope);
      if (row.wrapped === undefined) return undefined;
      // An answer that was overtaken by a later one says nothing any more.
      if (row.generation < this.#generation) continue;
      const cached = this.#cache.get(name);
      if (cached !== undefined) return cached;
      const wrapping = await this.#wrapping(row.epoch);
      if (wrapping === undefined) continue;
      const place = { storeId: this.storeId, epoch: row.epoch, scope };
      const key = unwrapKey(wrapping, row.wrapped, place);
      if (key === undefined) {
        const { place: damaged } = this.#ring.tables.sessions;
        throw new CustodyError("store-damaged", { place: damaged, reason: "a wrapped key" });
      }
      if (row.generation === this.#generation) this.#cache.put(name, key);
      return key;
    }
    throw new CustodyError("conflict", { id: scope.basis, attempts: FOLLOW_ATTEMPTS_MAX });
  }

  async #make(scopes: readonly KeyScope[]): Promise<readonly undefined[]> {
    const { epoch } = await this.#ring.tables.state();
    const wrapping = await this.#wrapping(epoch);
    if (wrapping !== undefined) {
      const once = new Map(scopes.map((scope) => [scopeName(scope), scope]));
      const { random, nonces } = this.#ring;
      const keys = [...once.values()].map((scope) => {
        const place = { storeId: this.storeId, epoch, scope };
        return { ...scope, wrapped: wrapKey(wrapping, newKey(random), place, nonces) };
      });
      await this.#ring.tables.insert(keys, epoch);
    }
    return scopes.map(() => undefined);
  }

  /** The key of an epoch; undefined when it was closed meanwhile. */
  async #wrapping(epoch: number): Promise<KeyObject | undefined> {
    if (this.#epoch.epoch === epoch) return this.#epoch.key;
    const key = await epochKey(this.#ring, epoch);
    if (key !== undefined && epoch > this.#epoch.epoch) this.#epoch = { epoch, key };
    return key;
  }

  /** A greater generation: something was destroyed or re-wrapped, here or elsewhere. */
  #follow(generation: number): void {
    if (generation <= this.#generation) return;
    this.#cache.clear();
    this.#generation = generation;
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw new CustodyError("store-closed");
  }
}

/**
 * A key service in one private file: the epoch file of the file keyring, behind the port. It holds
 * the newest version, and the one before until that is destroyed. What is said of the epoch file
 * goes for it too: it belongs on no backup, and every replacement is whole or not there.
 */
import { z } from "zod";
import { CustodyError } from "../errors.js";
import type { RandomBytes } from "../lib/id.js";
import type { KeyManagement, KeyVersionState } from "../ports/key-management.js";
import { NoncePool, openBytes, sealBytes } from "./keyring/data-cipher.js";
import {
  createEpochFile,
  type EpochKey,
  newEpochKey,
  readEpochFile,
  replaceEpochFile,
} from "./keyring/epoch-file.js";
import { newestStays, requireWrappable, wrappedDamaged, wrappingKeyGone } from "./kms-rules.js";
import { readOptions } from "./option-reading.js";

export interface KmsFileOptions {
  /** Mode 0600. During a rotation `.next` lies beside it. */
  readonly path: string;
  /** Names the wrapping key: the file of another one is `keyring-foreign`. */
  readonly keyId: string;
  readonly random: RandomBytes;
}

/** One for the present epoch, one that is being closed. */
const VERSIONS_MAX = 2;

const Options = z.strictObject({
  path: z.string().min(1),
  keyId: z.string().min(1).max(200),
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
});

/**
 * Makes the file, at version 1.
 * @throws `duplicate` when the name is taken, `store-full`, `option-invalid`, `option-unknown`
 */
export async function createKmsFile(options: KmsFileOptions): Promise<KeyManagement> {
  const { path, keyId, random } = readOptions(Options, options, "kms");
  createEpochFile(path, keyId, newEpochKey(keyId, 1, random));
  return openKmsFile(options);
}

/**
 * @throws `keyring-missing`, `keyring-permissions` (a mode other than 0600), `keyring-foreign`,
 * `store-damaged`, `option-invalid`, `option-unknown`
 */
export async function openKmsFile(options: KmsFileOptions): Promise<KeyManagement> {
  const { path, keyId, random } = readOptions(Options, options, "kms");
  readEpochFile(path, keyId);
  return new FileKms(path, keyId, random);
}

class FileKms implements KeyManagement {
  readonly name = "file";
  readonly keyId: string;
  readonly #path: string;
  readonly #random: RandomBytes;
  readonly #nonces: NoncePool;
  #closed = false;

  constructor(path: string, keyId: string, random: RandomBytes) {
    this.keyId = keyId;
    this.#path = path;
    this.#random = random;
    this.#nonces = new NoncePool(random);
  }

  async newest(): Promise<number> {
    return this.#newest(this.#read());
  }

  async wrap(version: number, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    const { key } = this.#live(version);
    requireWrappable(plain);
    return sealBytes(key, plain, bound, this.#nonces);
  }

  async unwrap(version: number, wrapped: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    const plain = openBytes(this.#live(version).key, wrapped, bound);
    if (plain === undefined) throw wrappedDamaged(this, version);
    return plain;
  }

  async rotate(): Promise<number> {
    const keys = this.#read();
    const newest = this.#newest(keys);
    if (keys.length >= VERSIONS_MAX) {
      const state = `holding ${VERSIONS_MAX} versions`;
      throw new CustodyError("state-conflict", { id: this.keyId, state, action: "a third" });
    }
    const next = newEpochKey(this.keyId, newest + 1, this.#random);
    this.#replace([...keys, next]);
    return next.epoch;
  }

  async destroy(version: number): Promise<KeyVersionState> {
    const keys = this.#read();
    if (version === this.#newest(keys)) throw newestStays(this, version);
    const rest = keys.filter(({ epoch }) => epoch !== version);
    if (rest.length < keys.length) this.#replace(rest);
    return this.inspect(version);
  }

  async inspect(version: number): Promise<KeyVersionState> {
    const live = this.#read().some(({ epoch }) => epoch === version);
    return live ? { state: "live" } : { state: "destroyed" };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #live(version: number): EpochKey {
    const found = this.#read().find(({ epoch }) => epoch === version);
    if (found === undefined) throw wrappingKeyGone(this, version);
    return found;
  }

  #newest(keys: readonly EpochKey[]): number {
    return Math.max(...keys.map(({ epoch }) => epoch));
  }

  /** Read at each use: another process may have replaced it. */
  #read(): readonly EpochKey[] {
    if (this.#closed) throw new CustodyError("store-closed", { place: this.#path });
    return readEpochFile(this.#path, this.keyId);
  }

  #replace(keys: readonly EpochKey[]): void {
    replaceEpochFile(this.#path, this.keyId, keys, () => undefined);
  }
}

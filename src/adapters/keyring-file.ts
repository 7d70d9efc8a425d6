/**
 * A keyring in two files of its own.
 *
 * The *keyring file* holds one wrapped data key for each basis and category. The *epoch file* holds
 * the key that wraps them, and must be on no backup: `rotate` replaces it, and what was wrapped
 * before, wherever a copy lies, can then be opened by nobody. Put the two on different volumes
 * where you can, neither beside the store's own backups.
 */
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { z } from "zod";
import { CustodyError } from "../errors.js";
import type { RandomBytes } from "../lib/id.js";
import type { Keyring } from "../ports/keyring.js";
import { NoncePool } from "./keyring/data-cipher.js";
import { createEpochFile, newEpochKey, readEpochFile } from "./keyring/epoch-file.js";
import { FileKeyring } from "./keyring/file-keyring.js";
import { KeyCache } from "./keyring/key-cache.js";
import {
  createKeyDatabase,
  KeyDatabase,
  removeKeyDatabase,
  requirePrivateFiles,
} from "./keyring/key-database.js";
import { completeRotation, keyOf, type Ring } from "./keyring/rotation.js";
import { readOptions } from "./option-reading.js";
import { requirePrivate, taken } from "./private-file.js";

export const CACHE_KEYS_MAX = 1_000_000;
export const CACHE_LIFE_MS_MAX = 3_600_000;

const READ_ATTEMPTS_MAX = 8;

export interface CreateKeyringFileOptions {
  /** The keyring file. SQLite lays `-wal` and `-shm` beside it while it is open. */
  readonly path: string;
  /** The epoch file. During a rotation `.next` lies beside it. */
  readonly epochPath: string;
  /** The store the keyring belongs to, for good. */
  readonly storeId: string;
  /** Where keys and nonces come from: node's `randomBytes`, or something as unpredictable. */
  readonly random: RandomBytes;
  /**
   * Milliseconds of any clock that does not stand still; only the cache reads it. Default: a
   * monotonic clock.
   */
  readonly now?: (() => number) | undefined;
}

export interface OpenKeyringFileOptions extends CreateKeyringFileOptions {
  /** Unwrapped keys held in memory at most. Default 10 000, at most `CACHE_KEYS_MAX`. */
  readonly cacheMaxKeys?: number | undefined;
  /**
   * How long an unwrapped key is used without being unwrapped anew, in milliseconds. Default 60
   * 000.
   */
  readonly cacheLifeMs?: number | undefined;
}

const isFunction = (given: unknown) => typeof given === "function";
const CreateOptions = z.strictObject({
  path: z.string().min(1),
  epochPath: z.string().min(1),
  storeId: z.string().min(1).max(200),
  random: z.custom<RandomBytes>(isFunction),
  now: z.custom<() => number>(isFunction).default(() => () => performance.now()),
});
const OpenOptions = CreateOptions.extend({
  cacheMaxKeys: z.int().min(1).max(CACHE_KEYS_MAX).default(10_000),
  cacheLifeMs: z.int().min(0).max(CACHE_LIFE_MS_MAX).default(60_000),
});

/**
 * Makes both files, in epoch 1, and opens them. A failure takes away what it made. After a power
 * cut in the middle there may be a keyring file without an epoch file; nothing was sealed with it,
 * remove it by hand.
 * @throws `duplicate` when either name is taken, `option-invalid`, `option-unknown`, `store-full`
 */
export async function createKeyringFile(options: CreateKeyringFileOptions): Promise<Keyring> {
  const { path, epochPath, storeId, random, now } = readOptions(CreateOptions, options, "keyring");
  requireTwoFiles(path, epochPath);
  for (const place of [path, epochPath, `${path}-wal`, `${path}-shm`]) {
    if (taken(place)) throw new CustodyError("duplicate", { id: place });
  }
  const key = newEpochKey(storeId, 1, random);
  createKeyDatabase(path, { store: storeId, epoch: key.epoch, epochId: key.id });
  try {
    createEpochFile(epochPath, storeId, key);
  } catch (error) {
    removeKeyDatabase(path);
    throw error;
  }
  return openKeyringFile({ path, epochPath, storeId, random, now });
}

/**
 * Opens an existing keyring and completes a rotation that was interrupted. A refusal creates and
 * changes nothing, but that SQLite takes the log of a process that died into the keyring file
 * before `epoch-closed` can be told.
 *
 * A key destroyed, or an epoch closed, by another process is unusable here from the next call on;
 * an idle process forgets the bytes only then.
 * @throws `keyring-missing` (either file), `keyring-permissions` (a mode other than 0600),
 * `keyring-foreign`, `epoch-closed` (the epoch file does not hold the key this keyring file was
 * wrapped under), `store-damaged`, `store-busy`, `option-invalid`, `option-unknown`
 */
export async function openKeyringFile(options: OpenKeyringFileOptions): Promise<Keyring> {
  const given = readOptions(OpenOptions, options, "keyring");
  const { path, epochPath, storeId, random, now } = given;
  requireTwoFiles(path, epochPath);
  requirePrivateFiles(path);
  requirePrivate(epochPath, "keyring-missing");
  readEpochFile(epochPath, storeId);
  const database = KeyDatabase.open(path);
  try {
    requireBelonging(database, epochPath, storeId);
    database.arm();
    const ring: Ring = { database, epochPath, storeId, random, nonces: new NoncePool(random) };
    completeRotation(ring);
    const limits = { maxKeys: given.cacheMaxKeys, lifeMs: given.cacheLifeMs, now };
    return new FileKeyring(ring, new KeyCache(limits));
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Reads the epoch file after the state: a rotation elsewhere may lie between, and then both are
 * read again.
 */
function requireBelonging(database: KeyDatabase, epochPath: string, storeId: string): void {
  for (let attempt = 1; ; attempt += 1) {
    const state = database.state();
    if (state.store !== storeId) {
      throw new CustodyError("keyring-foreign", { found: state.store, expected: storeId });
    }
    try {
      keyOf(state, readEpochFile(epochPath, storeId));
      return;
    } catch (error) {
      if (attempt >= READ_ATTEMPTS_MAX || database.state().epochId === state.epochId) throw error;
    }
  }
}

function requireTwoFiles(path: string, epochPath: string): void {
  if (resolve(path) !== resolve(epochPath)) return;
  const reason = "the epoch key never lies in the keyring file";
  throw new CustodyError("option-invalid", { path: "keyring.epochPath", reason });
}

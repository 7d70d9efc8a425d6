/**
 * The epoch file: the key that wraps all data keys at present, and nothing else. It exists once.
 * Whoever copies it along with the keyring keeps the epoch open, so it belongs on no backup; a
 * keyring without it is noise.
 *
 * During a rotation it holds two keys, the present and the next. It is replaced, never written in
 * place: temporary file, fsync, rename, fsync of the folder, then zeros over the old bytes.
 */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { closeSync, constants, openSync, renameSync } from "node:fs";
import { z } from "zod";
import { CustodyError } from "../../errors.js";
import { base64url, fromBase64url, text, utf8 } from "../../lib/bytes.js";
import type { RandomBytes } from "../../lib/id.js";
import {
  attemptFile,
  createPrivate,
  overwriteWithZeros,
  readPrivate,
  syncFolder,
  taken,
  wipePrivate,
} from "../private-file.js";
import { KEY_BYTES, newKey } from "./data-cipher.js";

export interface EpochKey {
  readonly epoch: number;
  /**
   * A keyed hash of the epoch's name under its key: it tells keys apart and says nothing about
   * them.
   */
  readonly id: string;
  readonly key: KeyObject;
}

export type ReplaceStep = "written" | "renamed" | "replaced";

const Contents = z.strictObject({
  custody: z.literal("epoch-keys"),
  version: z.literal(1),
  store: z.string().min(1),
  keys: z
    .array(z.strictObject({ epoch: z.int().min(1), id: z.string(), key: z.string() }))
    .min(1)
    .max(2),
});

export function newEpochKey(storeId: string, epoch: number, random: RandomBytes): EpochKey {
  const key = newKey(random);
  return { epoch, id: idOf(storeId, epoch, key), key };
}

/**
 * One key, or two while a rotation is under way.
 * @throws `keyring-missing`, `keyring-permissions`, `keyring-foreign`, `store-damaged`
 */
export function readEpochFile(place: string, storeId: string): readonly EpochKey[] {
  const bytes = readPrivate(place, "keyring-missing");
  const contents = Contents.safeParse(parseJson(place, bytes));
  bytes.fill(0);
  if (!contents.success) throw damaged(place, "it is not an epoch file");
  const { store, keys } = contents.data;
  if (store !== storeId) {
    throw new CustodyError("keyring-foreign", { found: store, expected: storeId });
  }
  return keys.map(({ epoch, id, key: encoded }) => {
    const raw = fromBase64url(encoded);
    if (raw?.length !== KEY_BYTES) throw damaged(place, "a key has a wrong length");
    const key = createSecretKey(raw);
    raw.fill(0);
    if (idOf(storeId, epoch, key) !== id) throw damaged(place, "a key was changed");
    return { epoch, id, key };
  });
}

/** @throws `duplicate` when the name is taken, `store-full` */
export function createEpochFile(place: string, storeId: string, key: EpochKey): void {
  const bytes = write(storeId, [key]);
  createPrivate(place, bytes);
  bytes.fill(0);
}

/**
 * Puts a file with exactly these keys in the place of the present one. At every instant the name
 * leads to a whole file, the old or the new. The caller holds the keyring's write lock; no other
 * process replaces at the same time.
 */
export function replaceEpochFile(
  place: string,
  storeId: string,
  keys: readonly EpochKey[],
  onStep: (step: ReplaceStep) => void,
): void {
  wipeLeftover(place);
  const old = attemptFile(place, () => openSync(place, constants.O_RDWR | constants.O_NOFOLLOW));
  try {
    const bytes = write(storeId, keys);
    createPrivate(temporaryOf(place), bytes);
    bytes.fill(0);
    onStep("written");
    attemptFile(place, () => renameSync(temporaryOf(place), place));
    syncFolder(place);
    onStep("renamed");
    attemptFile(place, () => overwriteWithZeros(old));
    onStep("replaced");
  } finally {
    closeSync(old);
  }
}

/** True when a replacement was interrupted before its rename: its temporary file holds keys. */
export function hasLeftover(place: string): boolean {
  return taken(temporaryOf(place));
}

/** Overwrites and removes the temporary file of an interrupted replacement. */
export function wipeLeftover(place: string): void {
  wipePrivate(temporaryOf(place));
}

function temporaryOf(place: string): string {
  return `${place}.next`;
}

function write(storeId: string, keys: readonly EpochKey[]): Uint8Array {
  const contents: z.input<typeof Contents> = {
    custody: "epoch-keys",
    version: 1,
    store: storeId,
    keys: keys.map(({ epoch, id, key }) => ({ epoch, id, key: base64url(key.export()) })),
  };
  return utf8(`${JSON.stringify(contents)}\n`);
}

function idOf(storeId: string, epoch: number, key: KeyObject): string {
  const name = JSON.stringify(["custody epoch", 1, storeId, epoch]);
  return createHmac("sha256", key).update(name).digest("hex").slice(0, 32);
}

/** No cause is attached: the parser's message quotes the text, and the text holds keys. */
function parseJson(place: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(text(bytes));
  } catch {
    throw damaged(place, "it is not JSON");
  }
}

function damaged(place: string, reason: string): CustodyError {
  return new CustodyError("store-damaged", { place, reason });
}

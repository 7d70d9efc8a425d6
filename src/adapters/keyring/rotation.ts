/**
 * Closing an epoch. The order of the steps is what makes a crash harmless:
 *
 * 1. the epoch file holds the present and the next key;
 * 2. every data key is re-wrapped under the next one, in one commit;
 * 3. the epoch file holds the next key only: from here on no copy of the keyring from before can be
 *    opened;
 * 4. the deleted and re-written pages are scrubbed from the keyring file.
 *
 * Steps 1 and 2, and step 3, run under the write lock of the keyring file, so two processes never
 * rotate at once.
 */
import { CustodyError } from "../../errors.js";
import type { RandomBytes } from "../../lib/id.js";
import type { KeyScope } from "../../ports/keyring.js";
import { type NoncePool, unwrapKey, wrapKey } from "./data-cipher.js";
import {
  type EpochKey,
  hasLeftover,
  newEpochKey,
  type ReplaceStep,
  readEpochFile,
  replaceEpochFile,
  wipeLeftover,
} from "./epoch-file.js";
import type { KeyDatabase, KeyringState } from "./key-database.js";

export interface Ring {
  readonly database: KeyDatabase;
  readonly epochPath: string;
  readonly storeId: string;
  readonly random: RandomBytes;
  readonly nonces: NoncePool;
}

/** The moments between two writes; a crash is one of them. Tests look at the files there. */
export type RotationStep =
  | `both-keys-${ReplaceStep}`
  | "rewrapped"
  | "committed"
  | `one-key-${ReplaceStep}`
  | "scrubbed";

type Observer = (step: RotationStep) => void;

const REWRAP_PAGE_KEYS = 1_000;
const BEFORE_ALL: KeyScope = { basis: "", category: "" };
const unobserved: Observer = () => undefined;

/**
 * Closes the present epoch and answers with the next. Blocks this process and other writers for
 * about 8 seconds for each million keys. An error or a crash before the commit leaves the present
 * epoch, afterwards the next.
 * @throws `store-busy`, `store-full`, `store-damaged`, `epoch-closed`, `scrub-blocked` (the epoch
 * is closed all the same)
 */
export function closeEpoch(ring: Ring, onStep: Observer = unobserved): void {
  ring.database.write(() => {
    const state = ring.database.state();
    const keys = readEpochFile(ring.epochPath, ring.storeId);
    advance(ring, state, keys, onStep);
  });
  onStep("committed");
  dropClosed(ring, onStep);
}

/**
 * Completes what an interrupted `closeEpoch` began, if there is such a thing. Errors as
 * `closeEpoch`.
 */
export function completeRotation(ring: Ring, onStep: Observer = unobserved): void {
  const keys = readEpochFile(ring.epochPath, ring.storeId);
  if (keys.length === 1 && !hasLeftover(ring.epochPath)) return;
  ring.database.write(() => {
    const state = ring.database.state();
    const found = readEpochFile(ring.epochPath, ring.storeId);
    if (found.some((key) => key.epoch === state.epoch + 1)) advance(ring, state, found, onStep);
  });
  onStep("committed");
  dropClosed(ring, onStep);
}

/**
 * The key under which the keyring is wrapped at `state`.
 * @throws `epoch-closed` when the file does not hold it
 */
export function keyOf(state: KeyringState, keys: readonly EpochKey[]): EpochKey {
  const key = keys.find(({ id }) => id === state.epochId);
  if (key === undefined) throw new CustodyError("epoch-closed", { epoch: state.epoch });
  return key;
}

function advance(
  ring: Ring,
  state: KeyringState,
  keys: readonly EpochKey[],
  onStep: Observer,
): void {
  const present = keyOf(state, keys);
  const begun = keys.find(({ epoch }) => epoch === state.epoch + 1);
  const next = begun ?? newEpochKey(ring.storeId, state.epoch + 1, ring.random);
  if (begun === undefined) {
    replaceEpochFile(ring.epochPath, ring.storeId, [present, next], (step) =>
      onStep(`both-keys-${step}`),
    );
  }
  rewrapAll(ring, present, next);
  ring.database.advance(next.epoch, next.id);
  onStep("rewrapped");
}

function rewrapAll(ring: Ring, from: EpochKey, to: EpochKey): void {
  const { database, storeId, nonces } = ring;
  let after = BEFORE_ALL;
  for (;;) {
    const page = database.page(after, REWRAP_PAGE_KEYS);
    for (const { basis, category, wrapped } of page) {
      const scope = { basis, category };
      const key = unwrapKey(from.key, wrapped, { storeId, epoch: from.epoch, scope });
      if (key === undefined) {
        throw new CustodyError("store-damaged", { place: database.place, reason: "a wrapped key" });
      }
      const place = { storeId, epoch: to.epoch, scope };
      database.rewrap({ ...scope, wrapped: wrapKey(to.key, key, place, nonces) });
      after = scope;
    }
    if (page.length < REWRAP_PAGE_KEYS) return;
  }
}

function dropClosed(ring: Ring, onStep: Observer): void {
  ring.database.write(() => {
    const keys = readEpochFile(ring.epochPath, ring.storeId);
    const present = keyOf(ring.database.state(), keys);
    if (keys.length > 1) {
      replaceEpochFile(ring.epochPath, ring.storeId, [present], (step) =>
        onStep(`one-key-${step}`),
      );
    }
    wipeLeftover(ring.epochPath);
  });
  ring.database.scrub({ vacuum: true });
  onStep("scrubbed");
}

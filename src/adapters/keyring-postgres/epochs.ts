/**
 * Epochs of a keyring whose wrapping key lies in a key service. Each epoch has a key of its own,
 * made here, wrapped by the service under one version and kept beside the data keys only so. One
 * call to the service opens the epoch; a million data keys are re-wrapped without any.
 *
 * Closing one, the order of the steps is what makes a crash harmless:
 *
 * 1. the service has a next version (one that an interrupted rotation left is used);
 * 2. in one commit every data key is re-wrapped under the next epoch's key, the old wrapped epoch
 *    key is taken away and the epoch is `closing`;
 * 3. the service is told to destroy the old version; only when it says that it is gone is the epoch
 *    `closed`. Whoever opens, rotates or looks goes on with this step.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { CustodyError, isCustodyError } from "../../errors.js";
import { utf8 } from "../../lib/bytes.js";
import type { RandomBytes } from "../../lib/id.js";
import type { KeyManagement } from "../../ports/key-management.js";
import type { KeyScope } from "../../ports/keyring.js";
import { KEY_BYTES, type NoncePool, newKey, unwrapKey, wrapKey } from "../keyring/data-cipher.js";
import { blob } from "../postgres/column-batch.js";
import type {
  ClosingEpoch,
  EpochReading,
  KeyTables,
  LockedTables,
  WrappedKey,
} from "./key-tables.js";
import { SQL } from "./tables.js";

const REWRAP_PAGE_KEYS = 1_000;
const BEFORE_ALL: KeyScope = { basis: "", category: "" };

export interface Ring {
  readonly tables: KeyTables;
  readonly kms: KeyManagement;
  readonly storeId: string;
  readonly random: RandomBytes;
  readonly nonces: NoncePool;
}

/** The moments between two steps; a crash is one of them. Tests look at the keyring there. */
export type ClosingStep = "versioned" | "rewrapped" | "committed" | "destroyed";

type Observer = (step: ClosingStep) => void | Promise<void>;

/**
 * A new epoch key, as the service wraps it under its newest version.
 * @throws `kms-failed`
 */
export async function newEpoch(
  { kms, storeId, random }: Omit<Ring, "tables" | "nonces">,
  epoch: number,
  version: number,
): Promise<{ readonly key: KeyObject; readonly wrapped: Uint8Array }> {
  const key = newKey(random);
  const bytes = key.export();
  const wrapped = await kms.wrap(version, bytes, boundTo(storeId, epoch));
  bytes.fill(0);
  return { key, wrapped };
}

/**
 * The key of an open epoch, or undefined when it was closed meanwhile.
 * @throws `epoch-closed` when the service does not have the version any more, `store-damaged`,
 * `kms-failed`
 */
export async function epochKey(
  { tables, kms, storeId }: Omit<Ring, "random" | "nonces">,
  epoch: number,
  reading: EpochReading = tables,
): Promise<KeyObject | undefined> {
  const stored = await reading.openEpoch(epoch);
  if (stored === undefined) return undefined;
  try {
    const bytes = await kms.unwrap(stored.version, stored.wrapped, boundTo(storeId, epoch));
    if (bytes.length !== KEY_BYTES) throw damaged(tables);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return key;
  } catch (cause) {
    if (isCustodyError(cause, "payload-damaged")) throw damaged(tables);
    if (!isCustodyError(cause, "wrapping-key-gone")) throw cause;
    if ((await reading.openEpoch(epoch)) === undefined) return undefined;
    throw new CustodyError("epoch-closed", { epoch }, { cause });
  }
}

/**
 * Closes the present epoch and answers with the next and the new generation. Other writers wait;
 * keys that are there are read meanwhile.
 * @throws `store-busy`, `epoch-closed`, `kms-failed`: after the commit the epoch is the next all
 * the same, and what is left of step 3 is done by the next call
 */
export async function closeEpoch(ring: Ring, onStep: Observer = () => {}): Promise<number> {
  await settle(ring);
  const next = await ring.tables.locked(async (locked, epoch) => {
    const present = await epochKey(ring, epoch, locked);
    const stored = await locked.openEpoch(epoch);
    if (present === undefined || stored === undefined) throw damaged(ring.tables);
    const newest = await ring.kms.newest();
    const version = newest > stored.version ? newest : await ring.kms.rotate();
    await onStep("versioned");
    const made = await newEpoch(ring, epoch + 1, version);
    await rewrapAll(ring, locked, { epoch, from: present, to: made.key });
    await locked.rows(SQL.newEpoch, [epoch + 1, version, blob(made.wrapped)]);
    await locked.rows(SQL.closeEpoch, [epoch]);
    await locked.advance(epoch + 1);
    await onStep("rewrapped");
    return epoch + 1;
  });
  await onStep("committed");
  await settle(ring);
  await onStep("destroyed");
  return next;
}

/**
 * Tells the service to destroy the versions of closed epochs, and writes down what it says. Under
 * the lock of the keyring, since a service need not bear a rotation at the same time.
 * @throws `kms-failed`
 */
export async function settle({ tables, kms }: Pick<Ring, "tables" | "kms">): Promise<void> {
  if ((await tables.closing()).length === 0) return;
  await tables.locked(async (locked) => {
    for (const { epoch, version } of await locked.closing()) {
      const reached = await kms.destroy(version);
      const state = reached.state === "destroyed" ? "closed" : "closing";
      await locked.rows(SQL.settle, [
        epoch,
        state,
        reached.state === "scheduled" ? reached.at : "",
      ]);
    }
  });
}

/**
 * The oldest closed epoch whose version is not known to be destroyed. A service that cannot be
 * asked leaves it as it was: not knowing is not destroyed.
 */
export async function pendingEpoch(
  ring: Pick<Ring, "tables" | "kms">,
): Promise<ClosingEpoch | undefined> {
  const closing = await ring.tables.closing();
  for (const one of closing) {
    try {
      if ((await ring.kms.inspect(one.version)).state !== "destroyed") return one;
    } catch (error) {
      if (!isCustodyError(error, "kms-failed")) throw error;
      return one;
    }
  }
  if (closing.length > 0) await settleWherePossible(ring);
  return undefined;
}

/** What is not settled stays `closing`, and is told as pending. */
export async function settleWherePossible(ring: Pick<Ring, "tables" | "kms">): Promise<void> {
  try {
    await settle(ring);
  } catch (error) {
    if (!isCustodyError(error, "kms-failed", "store-busy")) throw error;
  }
}

async function rewrapAll(
  ring: Ring,
  locked: LockedTables,
  keys: { readonly epoch: number; readonly from: KeyObject; readonly to: KeyObject },
): Promise<void> {
  const { storeId, nonces } = ring;
  const { epoch, from, to } = keys;
  let after = BEFORE_ALL;
  for (;;) {
    const page = await locked.page(after, REWRAP_PAGE_KEYS);
    const rewrapped = page.map(({ basis, category, wrapped }): WrappedKey => {
      const scope = { basis, category };
      const key = unwrapKey(from, wrapped, { storeId, epoch, scope });
      if (key === undefined) throw damaged(ring.tables);
      const place = { storeId, epoch: epoch + 1, scope };
      return { ...scope, wrapped: wrapKey(to, key, place, nonces) };
    });
    await locked.rewrap(rewrapped);
    const last = page.at(-1);
    if (last === undefined || page.length < REWRAP_PAGE_KEYS) return;
    after = last;
  }
}

function boundTo(storeId: string, epoch: number): Uint8Array {
  return utf8(JSON.stringify(["custody epoch key", 1, storeId, epoch]));
}

function damaged({ sessions }: KeyTables): CustodyError {
  return new CustodyError("store-damaged", { place: sessions.place, reason: "a wrapped key" });
}

/**
 * The vault: the store's own sealed payloads, as a connector like any other. A ref is
 * `<purge>/<basis>`: the records of that basis which the purge's plan selected.
 */
import type { Event, Write } from "../core/event.js";
import { closureOf } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { fromBase64url } from "../lib/bytes.js";
import { type EventId, parseId } from "../lib/id.js";
import { instantText } from "../lib/instant.js";
import type { Connector, Sight } from "../ports/connector.js";
import type { Keyring } from "../ports/keyring.js";
import type { Store } from "../ports/store.js";

export interface VaultOptions {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly now: () => number;
  readonly newEventId: () => EventId;
  readonly actor: string;
}

/**
 * Each record costs its tombstone and a write per category: well under the store's limit for one
 * batch.
 */
const RECORDS_PER_COMMIT = 500;
/** Beyond that, while a key service keeps the wrapping key of a closed epoch. */
const KEY_PENDING = "a wrapping key that the key service destroys only after a waiting time";
/**
 * True of any store. What a kind of store keeps besides, such as PostgreSQL's write-ahead log, its
 * own scrub report says, and the step of a purge carries both.
 */
const NOT_LOOKED_AT = ["free blocks of the file system", "backups and replicas of the store"];

export function vault(options: VaultOptions): Connector {
  const { store, keyring, now, newEventId, actor } = Object.freeze({ ...options });

  async function erase(ref: string): Promise<void> {
    const { purge, basis } = readRef(ref);
    const wanted = await openSet(store, purge);
    let some: RecordRow[] = [];
    for await (const record of store.scan({ table: "record", bases: [basis] })) {
      if (!wanted.has(record.ordinal) || record.erasedAt !== "") continue;
      some.push(record);
      if (some.length === RECORDS_PER_COMMIT) some = await eraseSome(some, purge, basis);
    }
    if (some.length > 0) await eraseSome(some, purge, basis);
    if (!(await nothingLives(store, basis))) return;
    await close(purge, basis);
    // A record may have come in before the close; then its keys stay, and it is the last.
    if (await nothingLives(store, basis)) await keyring.destroy(basis);
  }

  async function close(purge: string, basis: string): Promise<void> {
    if (await isClosed(store, basis)) return;
    const at = instantText(now());
    const about = { purge, basis };
    const event: Event = { id: newEventId(), type: "basis-closed", at, actor, about };
    try {
      await store.append({ event, writes: [{ put: closureOf(basis, at) }] });
    } catch (error) {
      // Somebody else closed it in the same moment: what is wanted is there.
      if (!isCustodyError(error, "conflict") || !(await isClosed(store, basis))) throw error;
    }
  }

  async function eraseSome(records: readonly RecordRow[], purge: string, basis: string) {
    const at = instantText(now());
    const writes: Write[] = [];
    for (const record of records) {
      writes.push({ put: { ...record, erasedAt: at, due: "" } });
      for await (const { category } of store.scan({ table: "payload", record: record.id })) {
        writes.push({ erase: { table: "payload", record: record.id, category } });
      }
    }
    const about = { purge, basis, records: records.length };
    const event: Event = { id: newEventId(), type: "record-erased", at, actor, about };
    await store.append({ event, writes });
    return [];
  }

  async function inspect(ref: string): Promise<Sight> {
    const { purge, basis } = readRef(ref);
    const wanted = await openSet(store, purge);
    for await (const record of store.scan({ table: "record", bases: [basis] })) {
      if (!wanted.has(record.ordinal)) continue;
      const payloads = store.scan({ table: "payload", record: record.id });
      for await (const _ of payloads) return { present: true, level: "logical", notLookedAt: [] };
      if (record.erasedAt === "") return { present: true, level: "logical", notLookedAt: [] };
    }
    const { level, pending } = await keysOf(keyring, basis);
    const notLookedAt = pending ? [...NOT_LOOKED_AT, KEY_PENDING] : NOT_LOOKED_AT;
    return { present: false, level, notLookedAt };
  }

  return Object.freeze({ name: "vault", erase, inspect });
}

async function nothingLives(store: Store, basis: string): Promise<boolean> {
  for await (const record of store.scan({ table: "record", bases: [basis] })) {
    if (record.erasedAt === "") return false;
  }
  return true;
}

async function isClosed(store: Store, basis: string): Promise<boolean> {
  return (await store.get({ table: "document", kind: "closure", id: basis })) !== undefined;
}

/**
 * The keys are gone for good only when an epoch was closed after they were destroyed, and no
 * wrapping key is left under which a copy of them lies.
 */
async function keysOf(
  keyring: Keyring,
  basis: string,
): Promise<{ readonly level: Sight["level"]; readonly pending: boolean }> {
  const keys = await keyring.inspect(basis);
  const epoch = await keyring.epoch();
  const dead = keys.live.length === 0 && keys.destroyed.length > 0;
  const closed = dead && keys.destroyed.every((key) => key.epoch < epoch);
  const oldest = keys.pending?.epoch ?? Number.POSITIVE_INFINITY;
  const pending = closed && keys.destroyed.some((key) => oldest <= key.epoch);
  return { level: closed && !pending ? "key-destroyed" : "logical", pending };
}

function readRef(ref: string): { readonly purge: string; readonly basis: string } {
  const [purge, basis, ...more] = ref.split("/");
  const sound = parseId("purge", purge) !== undefined && parseId("basis", basis) !== undefined;
  if (!sound || purge === undefined || basis === undefined || more.length > 0) {
    throw new CustodyError("connector-failed", { connector: "vault", reason: "ref-invalid" });
  }
  return { purge, basis };
}

async function openSet(store: Store, set: string): Promise<OrdinalSet> {
  const chunks: { chunk: number; bytes: Uint8Array }[] = [];
  for await (const row of store.scan({ table: "member", set })) {
    const bytes = fromBase64url(row.bitmap);
    if (bytes === undefined) throw new CustodyError("payload-damaged", { id: set });
    chunks.push({ chunk: row.chunk, bytes });
  }
  return OrdinalSet.fromChunks(chunks);
}

/** A store that forgets everything when the process ends: for tests and for trying things out. */
import { z } from "zod";
import type { LedgerEntry } from "../../core/event.js";
import type { Row, RowKey } from "../../core/row.js";
import { CustodyError } from "../../errors.js";
import { idFactory, type RandomBytes } from "../../lib/id.js";
import { instantText } from "../../lib/instant.js";
import type {
  Appended,
  Batch,
  RowOf,
  Scan,
  ScrubOptions,
  ScrubReport,
  Store,
  StoreIdentity,
} from "../../ports/store.js";
import { conflict, type ReadyBatch, readyBatch } from "../batch.js";
import { requireRange } from "../ledger-range.js";
import { readOptions } from "../option-reading.js";
import { scanned } from "./scan.js";
import { Shelf, type Shelved } from "./shelf.js";

/** The shape of row that this adapter keeps; it has no migrations. */
const SCHEMA = 1;

const CREATE = z.strictObject({
  now: z.custom<() => number>((given) => typeof given === "function"),
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
});

export interface CreateMemoryStoreOptions {
  /** Epoch milliseconds; dates the first event and the store's id. */
  readonly now: () => number;
  readonly random: RandomBytes;
}

/**
 * Durability apart, everything the port promises.
 * @throws `option-unknown`, `option-invalid`,
 * `clock-invalid`
 */
export async function createMemoryStore(options: CreateMemoryStoreOptions): Promise<Store> {
  const { now, random } = readOptions(CREATE, options, "memory");
  const atMs = now();
  const id = idFactory({ now: () => atMs, random });
  const store = new MemoryStore({ id: id("store"), schema: SCHEMA });
  const about = { store: store.identity.id, schema: SCHEMA };
  const at = instantText(atMs);
  const event = { id: id("event"), type: "store-created", at, actor: "custody", about } as const;
  await store.append({ event, writes: [] });
  return store;
}

/**
 * The store as it is now, as a second store that goes its own way: what a file copied is to a file.
 * @throws `option-invalid` for a store of another adapter, `store-closed`
 */
export function copyMemoryStore(store: Store): Store {
  if (store instanceof MemoryStore) return store.copy();
  throw new CustodyError("option-invalid", { path: "store", reason: "not a memory store" });
}

class MemoryStore implements Store {
  readonly identity: StoreIdentity;
  readonly #shelf: Shelf;
  readonly #events: Set<string>;
  readonly #ledger: Uint8Array[];
  #closed = false;

  constructor(identity: StoreIdentity, from?: MemoryStore) {
    this.identity = Object.freeze({ ...identity });
    this.#shelf = from === undefined ? new Shelf() : from.#shelf.copy();
    this.#events = new Set(from === undefined ? [] : from.#events);
    this.#ledger = from === undefined ? [] : [...from.#ledger];
  }

  copy(): Store {
    this.#requireOpen();
    return new MemoryStore(this.identity, this);
  }

  async append(batch: Batch): Promise<Appended> {
    this.#requireOpen();
    return this.#apply(readyBatch(batch));
  }

  /** Without a turn of the event loop from the first check to the last change. */
  #apply(batch: ReadyBatch): Appended {
    if (this.#events.has(batch.event)) throw conflict(batch.event);
    const ordinals = this.#shelf.apply(batch);
    this.#events.add(batch.event);
    return { seq: this.#ledger.push(batch.bytes) - 1, ordinals };
  }

  async get<K extends RowKey>(key: K): Promise<RowOf<K> | undefined> {
    this.#requireOpen();
    const row = this.#shelf.row(key);
    return row === undefined ? undefined : (copied(row) as RowOf<K>);
  }

  async *scan<S extends Scan>(query: S): AsyncGenerator<RowOf<S>> {
    this.#requireOpen();
    const rows = this.#shelf.moment().map(({ row }) => row);
    yield* this.#each(scanned(rows, query), (row) => copied(row) as RowOf<S>);
  }

  async *entries(from: number, to = this.#ledger.length): AsyncGenerator<LedgerEntry> {
    this.#requireOpen();
    requireRange(from, to);
    const entries = this.#ledger.slice(from, Math.max(from, to));
    yield* this.#each([...entries.entries()], ([index, bytes]) => ({
      seq: from + index,
      bytes: bytes.slice(),
    }));
  }

  async size(): Promise<number> {
    this.#requireOpen();
    return this.#ledger.length;
  }

  async *everything(): AsyncGenerator<Shelved> {
    this.#requireOpen();
    yield* this.#each(this.#shelf.moment(), ({ row, event }) => ({ row: copied(row), event }));
  }

  /** There is no file; what was erased is in no map any more, and the memory is the collector's. */
  async scrub({ progress }: ScrubOptions = {}): Promise<ScrubReport> {
    this.#requireOpen();
    const notLookedAt = ["swap space and core dumps of the process"];
    progress?.({ name: "memory", level: "rewritten", done: 1, of: 1 });
    return { level: "rewritten", lookedAt: ["memory"], notLookedAt };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  *#each<T, R>(values: readonly T[], give: (value: T) => R): Generator<R> {
    for (const value of values) {
      this.#requireOpen();
      yield give(value);
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new CustodyError("store-closed", { place: "memory" });
  }
}

/**
 * The caller's own: what is kept is frozen, and a store over a file gives a fresh row each time.
 */
function copied(row: Row): Row {
  return row.table === "document" ? { ...row, body: structuredClone(row.body) } : { ...row };
}

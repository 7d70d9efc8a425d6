/**
 * The store: rows, kept together or not at all, and a ledger that grows with them.
 *
 * There is no `transaction()`. Whatever belongs together is one batch, and a batch is atomic or the
 * adapter is not an adapter. `custody/testing` publishes the examination (`storeContract`) that
 * every adapter passes.
 */
import type { Event, LedgerEntry, Write } from "../core/event.js";
import type {
  DocumentKind,
  DocumentRow,
  EdgeRow,
  MemberRow,
  PayloadRow,
  RecordRow,
  Row,
  RowKey,
} from "../core/row.js";

export interface StoreIdentity {
  /** `sto_…`, random, made once with the store; a keyring and a certificate name it. */
  readonly id: string;
  /** The newest migration applied. */
  readonly schema: number;
}

/** What must be true at the moment of the commit, besides the versions of the documents written. */
export interface Expectation {
  readonly kind: DocumentKind;
  readonly id: string;
  /** The version the caller decided on; 0 says it must not exist. */
  readonly version: number;
}

export interface Batch {
  readonly event: Event;
  readonly expect?: readonly Expectation[];
  readonly writes: readonly Write[];
}

export interface Appended {
  /** The event's place in the ledger, from 0, without gaps. */
  readonly seq: number;
  /** Ordinals given to records first written in this batch, by record id. */
  readonly ordinals: Readonly<Record<string, number>>;
}

export type Scan =
  /** Documents of a kind, in id order; of one owner, or due at or before an instant. */
  | {
      readonly table: "document";
      readonly kind: DocumentKind;
      readonly owner?: string;
      readonly dueBy?: string;
    }
  /**
   * Records in ordinal order. All given conditions must hold; lists mean any of. Erased ones are
   * included.
   */
  | {
      readonly table: "record";
      readonly subjects?: readonly string[];
      readonly bases?: readonly string[];
      readonly collections?: readonly string[];
      readonly ordinals?: readonly number[];
      readonly dueBy?: string;
      readonly afterOrdinal?: number;
    }
  | { readonly table: "payload"; readonly record: string }
  | { readonly table: "edge"; readonly child: string }
  | { readonly table: "edge"; readonly parent: string }
  /** The chunks of one set, ascending; or every set's bitmap of one chunk. */
  | { readonly table: "member"; readonly set: string }
  | { readonly table: "member"; readonly chunk: number };

export type RowOf<T extends { readonly table: Row["table"] }> = T extends { table: "document" }
  ? DocumentRow
  : T extends { table: "record" }
    ? RecordRow
    : T extends { table: "payload" }
      ? PayloadRow
      : T extends { table: "edge" }
        ? EdgeRow
        : MemberRow;

/** The result of removing what deletion leaves behind in the store's own files. */
export interface ScrubReport {
  /**
   * `rewritten`: no stale copy remains in the files listed; `logical`: something could not be
   * rewritten.
   */
  readonly level: "logical" | "rewritten";
  /** Names of the files looked at (base names, no directories). */
  readonly lookedAt: readonly string[];
  /** Closed sentences: what was not looked at (free blocks of the disk, backups). */
  readonly notLookedAt: readonly string[];
}

/** Told after each part (a file, a table) that was rewritten, or could not be. */
export interface ScrubProgress {
  readonly name: string;
  readonly level: ScrubReport["level"];
  readonly done: number;
  readonly of: number;
}

export interface ScrubOptions {
  readonly progress?: (progress: ScrubProgress) => void;
}

/** What a scrub would do, said before it begins. */
export interface ScrubOutlook {
  /** What is rewritten, one after the other, with its present bytes. */
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  /** Bytes that must be free beside them while it runs. */
  readonly roomBytes: number;
  /** Closed sentences: which locks are taken, against whom, and for how long. */
  readonly locks: readonly string[];
  /** Closed sentences: what is not looked at, with what each of them needs. */
  readonly notLookedAt: readonly string[];
}

export interface Store {
  readonly identity: StoreIdentity;

  /**
   * Appends the event and makes all writes, atomically and durably: when it resolves, a crash of
   * the process or of the machine loses nothing of it; when it rejects, nothing of it is there.
   * After `store-poisoned` that is known only once the store was opened again: an event id occurs
   * once, so the same batch may be sent again. Concurrent calls may share one commit; one that
   * fails does not fail its neighbours.
   *
   * - A put of a document must carry the version that follows the stored one (1 when there is
   *   none), else `conflict`.
   * - A put of a record that exists may change `due` and `erasedAt` only; its ordinal stays.
   *   Anything else is `conflict`, and so is an empty `erasedAt` where one is stored: whoever read
   *   the row before it was erased does not undo that by writing it back.
   * - A put of an edge or member row replaces the row of the same key. A put of a payload that
   *   exists is `conflict`.
   * - Erasing a row that is absent is allowed and does nothing; the event says so all the same. A
   *   document may be erased (only an alias ever is; the rest are rewritten as tombstones) and made
   *   again from version 1. Erasing a record is `conflict`: its row stays as the tombstone of its
   *   payloads.
   * - A payload needs its record, and a record first written has ordinal 0.
   * - Every `expect` must hold at the moment of the commit, else `conflict`.
   * - Each row remembers the id of the event that wrote it last; `everything` gives it back.
   *
   * @throws `conflict`, `store-busy`, `store-full`, `store-poisoned`, `store-closed`,
   * `limit-exceeded`
   */
  append(batch: Batch): Promise<Appended>;

  /**
   * The row of this key as last committed, or undefined.
   * @throws `store-damaged`, naming the row, when what lies there is none; so do `scan` and
   * `everything`
   */
  get<K extends RowKey>(key: K): Promise<RowOf<K> | undefined>;

  /**
   * Rows as of one moment, the first `next()`: what is committed after it is not seen. `dueBy`
   * compares instants as written by `instantText`.
   */
  scan<S extends Scan>(query: S): AsyncIterable<RowOf<S>>;

  /**
   * Ledger entries with `from <= seq < to`, ascending, as of one moment. `to` defaults to the end.
   */
  entries(from: number, to?: number): AsyncIterable<LedgerEntry>;

  /** The number of ledger entries. */
  size(): Promise<number>;

  /**
   * Every row with the id of the event that wrote it last, in any order, as of one moment. For
   * verification.
   */
  everything(): AsyncIterable<{ readonly row: Row; readonly event: string }>;

  /**
   * Rewrites the store's files so that erased rows are not readable in them, and says what it did
   * not look at. Idempotent. It waits for readers, bounded; when it could not finish the level says
   * `logical`.
   */
  scrub(options?: ScrubOptions): Promise<ScrubReport>;

  /** Releases files and locks. Idempotent; afterwards every call is `store-closed`. */
  close(): Promise<void>;
}

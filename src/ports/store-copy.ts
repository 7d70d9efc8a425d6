/**
 * Carrying a whole store into another place: the rows as they are stored, ordinals and the ledger's
 * bytes included. Two small ports apart from `Store`, because `append` decides and these do not: a
 * target takes rows only until it is finished, and is no store before.
 *
 * `custody/testing` publishes the examination (`storeCopyContract`).
 */
import type { CopyMarker } from "../core/copy-marker.js";
import type { CopyKey, CopyRows, CopyTable } from "../core/copy-row.js";
import type { StoreIdentity } from "./store.js";

/** Rows in the order of `COPY_KEYS`; `next` is where to go on, undefined when there are no more. */
export interface CopyPage<T extends CopyTable> {
  readonly rows: readonly CopyRows[T][];
  readonly next: CopyKey | undefined;
}

export interface CopyPages {
  /**
   * The rows behind `after` (all when undefined), a bounded number of them. A page may be empty and
   * have a `next`. A `next` means the same to every adapter, so a copy may be resumed from another
   * adapter's copy of the source. Pages are not of one moment: whoever reads compares sizes.
   */
  page<T extends CopyTable>(table: T, after: CopyKey | undefined): Promise<CopyPage<T>>;

  /** Releases files and connections. Idempotent; afterwards every call is `store-closed`. */
  close(): Promise<void>;
}

/** A store that is read. Nothing of it is changed. */
export interface StoreCopySource extends CopyPages {
  readonly identity: StoreIdentity;
  /** The number of ledger entries: whatever is written to a store makes it grow. */
  size(): Promise<number>;
}

/** A place that becomes a store. Each method is one commit, and durable when it resolves. */
export interface StoreCopyTarget extends CopyPages {
  /** Where it is, without secrets. */
  readonly place: string;
  /** The newest migration that `begin` applies. */
  readonly schema: number;

  /**
   * The marker of an unfinished copy, or undefined when nothing is there.
   * @throws `store-exists` when a whole store is there, `store-foreign` for anything else
   */
  state(): Promise<CopyMarker | undefined>;

  /**
   * Makes the empty tables and the marker. From here on whoever opens the place as a store is
   * refused with `copy-unfinished`, until `finish`.
   * @throws `store-exists`, `store-foreign` when the place is not empty
   */
  begin(marker: CopyMarker): Promise<void>;

  /**
   * Rows and the marker after them, together or not at all.
   * @throws `conflict` unless `before` is the present marker: somebody else goes on with this copy
   */
  write<T extends CopyTable>(
    before: CopyMarker,
    after: CopyMarker,
    table: T,
    rows: readonly CopyRows[T][],
  ): Promise<void>;

  /**
   * Looks at what the adapter made besides the rows (indexes, routes, references).
   * @throws `copy-damaged`
   */
  audit(): Promise<void>;

  /** Gives the place its identity and takes the marker away: it is a store. @throws `conflict` */
  finish(marker: CopyMarker): Promise<void>;

  /** Takes an unfinished copy away; afterwards the place is empty. @throws `conflict` */
  discard(marker: CopyMarker): Promise<void>;
}

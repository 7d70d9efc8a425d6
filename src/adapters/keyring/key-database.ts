/**
 * The keyring file: wrapped data keys, tombstones and one row about the whole, in a small SQLite
 * database.
 *
 * WAL with synchronous=FULL (read back: the library's build lowers it for WAL, and an acknowledged
 * key could be lost in a power cut), secure_delete, and temporary pages in memory, since VACUUM
 * would lay them in a shared folder.
 */
import { rmSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type BetterSqlite3 from "better-sqlite3";
import { CustodyError } from "../../errors.js";
import type { KeyScope } from "../../ports/keyring.js";
import { createPrivate, requirePrivate, taken } from "../private-file.js";
import { Database } from "../sqlite-driver.js";
import { damaged, guard } from "./key-faults.js";
import { APPLICATION_ID, FORMAT, SCHEMA, SQL } from "./key-schema.js";
import { WHOLE_BASIS } from "./key-scope.js";

/**
 * How long a call waits for another process before it is `store-busy` or `scrub-blocked`, in
 * milliseconds.
 */
export const KEYRING_BUSY_MS = 10_000;
export const CHECKPOINT_PAUSE_MS = 5;

export interface KeyDatabaseOptions {
  /** Default `KEYRING_BUSY_MS`. */
  readonly busyMs?: number;
  /** Lets another process work for so many milliseconds; this one stands still meanwhile. */
  readonly pause?: (ms: number) => void;
}

/** The row about the whole. `generation` grows with every destruction and rotation. */
export interface KeyringState {
  readonly store: string;
  readonly epoch: number;
  readonly epochId: string;
  readonly generation: number;
}

/** What one statement, so one moment, saw of a scope. */
export interface KeyRow {
  readonly generation: number;
  readonly wrapped: Uint8Array | null;
  readonly destroyed: 0 | 1;
}

export interface WrappedKey extends KeyScope {
  readonly wrapped: Uint8Array;
}

export interface Mark {
  readonly category: string;
  /** Null for a key that lives, else the epoch in which it was destroyed. */
  readonly epoch: number | null;
}

/** @throws `duplicate`, `store-full`, `option-invalid` when the folder does not exist */
export function createKeyDatabase(place: string, state: Omit<KeyringState, "generation">): void {
  createPrivate(place, new Uint8Array(0));
  try {
    guard(place, () => lay(place, state));
  } catch (error) {
    removeKeyDatabase(place);
    throw error;
  }
}

/** Takes away a keyring file that was made a moment ago and with which nothing was sealed. */
export function removeKeyDatabase(place: string): void {
  for (const file of [place, `${place}-wal`, `${place}-shm`]) rmSync(file, { force: true });
}

function lay(place: string, state: Omit<KeyringState, "generation">): void {
  const db = new Database(place, { timeout: KEYRING_BUSY_MS });
  try {
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.transaction(() => {
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${FORMAT}`);
      db.exec(SCHEMA);
      db.prepare(SQL.start).run(state.store, state.epoch, state.epochId);
    })();
  } finally {
    db.close();
  }
}

export class KeyDatabase {
  readonly place: string;
  readonly #db: BetterSqlite3.Database;
  readonly #statements: Statements;
  readonly #busyMs: number;
  readonly #pause: (ms: number) => void;
  #poison: string | undefined;

  private constructor(
    place: string,
    db: BetterSqlite3.Database,
    { busyMs, pause }: Required<KeyDatabaseOptions>,
  ) {
    this.place = place;
    this.#db = db;
    this.#busyMs = busyMs;
    this.#pause = pause;
    this.#statements = prepare(db);
  }

  /**
   * Opens without changing anything, so that the caller may still refuse. SQLite itself clears up
   * after a process that died: a log left behind is taken into the file.
   * @throws `store-damaged`, `store-busy`
   */
  static open(place: string, options: KeyDatabaseOptions = {}): KeyDatabase {
    const { busyMs = KEYRING_BUSY_MS, pause = standStill } = options;
    const db = guard(place, () => new Database(place, { fileMustExist: true, timeout: busyMs }));
    try {
      return guard(place, () => {
        if (number(db, "application_id") !== APPLICATION_ID) throw damaged(place, "no keyring");
        if (number(db, "user_version") !== FORMAT) throw damaged(place, "an unknown format");
        const answer = db.pragma("quick_check(1)", { simple: true });
        if (answer !== "ok") throw damaged(place, "pages are inconsistent");
        return new KeyDatabase(place, db, { busyMs, pause });
      });
    } catch (cause) {
      db.close();
      throw cause;
    }
  }

  /**
   * Sets what durability and scrubbing rest on, and reads it back.
   * @throws `store-damaged`, `keyring-permissions`
   */
  arm(): void {
    this.#run(() => {
      const wanted = { synchronous: 2, secure_delete: 1, temp_store: 2 } as const;
      for (const [name, value] of Object.entries(wanted)) {
        this.#db.pragma(`${name} = ${value}`);
        if (number(this.#db, name) !== value) throw damaged(this.place, `${name} is not ${value}`);
      }
      const mode = this.#db.pragma("journal_mode", { simple: true });
      if (mode !== "wal") throw damaged(this.place, "journal_mode is not wal");
    });
    requirePrivateFiles(this.place);
  }

  /** @throws `store-damaged` */
  state(): KeyringState {
    const state = this.#run(() => this.#statements.state.get());
    if (state === undefined) throw damaged(this.place, "the row about the whole is missing");
    return state;
  }

  /** Another number as soon as another process has committed. Reads shared memory, not the disk. */
  version(): number {
    return Number(this.#run(() => this.#statements.version.get()));
  }

  look(scope: KeyScope): KeyRow {
    const { basis, category } = scope;
    const row = this.#run(() => this.#statements.look.get({ basis, category, whole: WHOLE_BASIS }));
    if (row === undefined) throw damaged(this.place, "the row about the whole is missing");
    return row;
  }

  marks(basis: string): readonly Mark[] {
    return this.#run(() => this.#statements.marks.all({ basis, whole: WHOLE_BASIS }));
  }

  /**
   * All of `work` or nothing, and no other writer meanwhile. Durable when it returns.
   * @throws `store-busy`, `store-full`, `store-poisoned` (the commit may or may not be on the disk:
   * reopen)
   */
  write<T>(work: () => T): T {
    return this.#run(() => this.#db.transaction(work).immediate());
  }

  /** Inside `write`. False when the scope has a key already or was destroyed: nothing is done. */
  insert(key: WrappedKey): boolean {
    return this.#statements.insert.run({ ...key, whole: WHOLE_BASIS }).changes > 0;
  }

  /**
   * Inside `write`. The keys that follow `after` in order, for going through all of them in steps.
   */
  page(after: KeyScope, count: number): readonly WrappedKey[] {
    return this.#statements.page.all({ ...after, count });
  }

  /** Inside `write`. */
  rewrap(key: WrappedKey): void {
    this.#statements.rewrap.run(key);
  }

  /** Inside `write`. */
  remove(scope: KeyScope): boolean {
    const { basis, category } = scope;
    return this.#statements.remove.run({ basis, category }).changes > 0;
  }

  /** Inside `write`. True when there was no tombstone; an earlier one keeps its epoch. */
  bury(scope: KeyScope, epoch: number): boolean {
    const { basis, category } = scope;
    return this.#statements.bury.run({ basis, category, epoch }).changes > 0;
  }

  /** Inside `write`. Bumps the generation, in this epoch or into another. */
  advance(epoch: number, epochId: string): void {
    this.#statements.advance.run({ epoch, epochId });
  }

  /**
   * Takes deleted pages out of the file and empties the log. SQLite itself waits for readers and
   * writers, but for another process' checkpoint it does not: it answers busy at once, whatever
   * the timeout says. So the checkpoint is asked for again until `busyMs` have gone; the last one
   * may wait as long once more.
   * @throws `scrub-blocked` when other processes stayed in the way; what was committed before
   * stays committed
   */
  scrub(options: { readonly vacuum: boolean }): void {
    this.#run(() => {
      if (options.vacuum) this.#db.exec("VACUUM");
      const since = performance.now();
      while (!this.#checkpoint()) {
        const waitedMs = Math.round(performance.now() - since);
        if (waitedMs >= this.#busyMs) {
          throw new CustodyError("scrub-blocked", { place: this.place, waitedMs });
        }
        this.#pause(CHECKPOINT_PAUSE_MS);
      }
    });
  }

  /** True when every page of the log is in the file and the log was cut to nothing. */
  #checkpoint(): boolean {
    const rows = this.#db.pragma("wal_checkpoint(TRUNCATE)") as readonly { busy: number }[];
    return rows[0]?.busy === 0;
  }

  close(): void {
    this.#db.close();
  }

  #run<T>(work: () => T): T {
    if (this.#poison !== undefined) {
      throw new CustodyError("store-poisoned", { reason: this.#poison });
    }
    if (!this.#db.open) throw new CustodyError("store-closed");
    try {
      return guard(this.place, work);
    } catch (error) {
      if (error instanceof CustodyError && error.code === "store-poisoned") {
        this.#poison = error.details.reason;
      }
      throw error;
    }
  }
}

/**
 * The keyring file and, where they are, its log and its index: all 0600.
 * @throws `keyring-permissions`
 */
export function requirePrivateFiles(place: string): void {
  requirePrivate(place, "keyring-missing");
  for (const side of [`${place}-wal`, `${place}-shm`]) {
    if (taken(side)) requirePrivate(side, "keyring-missing");
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: BetterSqlite3.Database) {
  return {
    version: db.prepare<[], number>("PRAGMA data_version").pluck(),
    state: db.prepare<[], KeyringState>(SQL.state),
    look: db.prepare<[KeyScope & { whole: string }], KeyRow>(SQL.look),
    marks: db.prepare<[{ basis: string; whole: string }], Mark>(SQL.marks),
    insert: db.prepare<[WrappedKey & { whole: string }]>(SQL.insert),
    page: db.prepare<[KeyScope & { count: number }], WrappedKey>(SQL.page),
    rewrap: db.prepare<[WrappedKey]>(SQL.rewrap),
    remove: db.prepare<[KeyScope]>(SQL.remove),
    bury: db.prepare<[KeyScope & { epoch: number }]>(SQL.bury),
    advance: db.prepare<[{ epoch: number; epochId: string }]>(SQL.advance),
  };
}

function number(db: BetterSqlite3.Database, pragma: string): number {
  return Number(db.pragma(pragma, { simple: true }));
}

/** Blocks this thread as SQLite's own waiting does: nothing else of this process comes between. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

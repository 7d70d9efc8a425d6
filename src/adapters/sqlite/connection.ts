/**
 * One connection to the file: its pragmas, its prepared statements, its patience, and whether it
 * may be used.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type BetterSqlite3 from "better-sqlite3";
import { CustodyError, isCustodyError } from "../../errors.js";
import { Database } from "../sqlite-driver.js";
import { faultOf } from "./faults.js";

/**
 * SQLite waits this long inside a call, with the event loop standing still; what is longer is
 * waited outside.
 */
export const BUSY_SLICE_MS = 10;
export const BUSY_PAUSE_MS_MAX = 25;
export const PAGE_CACHE_KIB = 65_536;
/**
 * 40 MB of write-ahead log between two checkpoints: fewer, larger ones, so that index pages are
 * written once.
 */
export const CHECKPOINT_PAGES = 10_000;

type Statement = BetterSqlite3.Statement<unknown[], unknown>;

export interface ConnectionOptions {
  readonly path: string;
  readonly readOnly: boolean;
  readonly busyTimeoutMs: number;
}

/**
 * Opens a file that exists. Its pragmas are set and the ones that promise something are read back.
 */
export function openConnection(options: ConnectionOptions): Connection {
  const { path, readOnly } = options;
  try {
    const db = new Database(path, {
      readonly: readOnly,
      fileMustExist: true,
      timeout: BUSY_SLICE_MS,
    });
    const connection = new Connection(db, options);
    try {
      connection.configure();
      return connection;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw faultOf(error, path);
  }
}

export class Connection {
  readonly db: BetterSqlite3.Database;
  readonly place: string;
  readonly busyTimeoutMs: number;
  readonly #statements = new Map<string, Statement>();
  #poison: string | undefined;

  constructor(db: BetterSqlite3.Database, options: ConnectionOptions) {
    this.db = db;
    this.place = options.path;
    this.busyTimeoutMs = options.busyTimeoutMs;
  }

  /**
   * better-sqlite3 compiles write-ahead logging to `synchronous=NORMAL`, under which a commit that
   * was acknowledged can be gone after a power cut. FULL is therefore set here, and read back.
   */
  configure(): void {
    this.#set("synchronous", "FULL", 2);
    this.#set("secure_delete", "ON", 1);
    this.#set("foreign_keys", "ON", 1);
    this.#set("temp_store", "MEMORY", 2);
    this.#set("trusted_schema", "OFF", 0);
    this.#set("cell_size_check", "ON", 1);
    this.#set("cache_size", `-${PAGE_CACHE_KIB}`, -PAGE_CACHE_KIB);
    this.#set("wal_autocheckpoint", String(CHECKPOINT_PAGES), CHECKPOINT_PAGES);
  }

  #set(name: string, value: string, expected: number): void {
    this.db.pragma(`${name} = ${value}`);
    if (this.db.pragma(name, { simple: true }) === expected) return;
    throw new CustodyError("store-damaged", { place: this.place, reason: `pragma ${name}` });
  }

  /**
   * The prepared statement of a text. Every text is one of a closed set, so the map does not grow.
   */
  prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** @throws `store-closed`, `store-poisoned` */
  requireUsable(): void {
    if (this.#poison !== undefined) {
      throw new CustodyError("store-poisoned", { place: this.place, reason: this.#poison });
    }
    if (!this.db.open) throw new CustodyError("store-closed", { place: this.place });
  }

  /** The fault of an error. An I/O error ends the use of this connection for good. */
  fault(error: unknown): unknown {
    const fault = faultOf(error, this.place);
    if (isCustodyError(fault, "store-poisoned")) this.#poison ??= fault.details.reason ?? "unknown";
    return fault;
  }

  /**
   * Runs `work`, again and again while another connection holds the file, until `busyTimeoutMs`
   * have gone. `work` must leave no transaction behind when it throws.
   * @throws `store-busy` and what `faultOf` says
   */
  async patiently<T>(work: () => T): Promise<T> {
    let since: number | undefined;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, BUSY_PAUSE_MS_MAX)) {
      this.requireUsable();
      try {
        return work();
      } catch (error) {
        const fault = this.fault(error);
        if (!isCustodyError(fault, "store-busy")) throw fault;
        since ??= performance.now() - BUSY_SLICE_MS;
        const waitedMs = Math.round(performance.now() - since);
        if (waitedMs >= this.busyTimeoutMs) {
          throw new CustodyError("store-busy", { place: this.place, waitedMs }, { cause: error });
        }
      }
      await sleep(pauseMs);
    }
  }

  /** Idempotent. A connection that is reading is told to stop first by its owner. */
  close(): void {
    if (this.db.open) this.db.close();
  }
}

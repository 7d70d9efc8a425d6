/**
 * Scans. A short one is read whole, in one statement, on the main connection. A longer one gets a
 * connection of its own, whose read transaction is its moment: it sees nothing that is committed
 * later and holds no writer up.
 */
import { CustodyError } from "../../errors.js";
import { type Connection, openConnection } from "./connection.js";
import type { Columns } from "./rows.js";
import type { Query } from "./scan.js";

/** A result up to this length needs no connection of its own. */
export const SHORT_SCAN_ROWS = 128;
/** Long scans that were begun and not yet ended, in this process. */
export const SCANS_OPEN_MAX = 64;
const READERS_IDLE_MAX = 4;

/** A query whose rows become values. */
export interface Reading<T> {
  readonly query: Query;
  readonly decode: (columns: Columns) => T;
}

export class Readers {
  readonly #main: Connection;
  readonly #idle: Connection[] = [];
  /** The connection of each open scan, with what stops its statement. */
  readonly #open = new Map<Connection, { stop: () => void }>();

  constructor(main: Connection) {
    this.#main = main;
  }

  /** The rows of one query, as of the moment at which the first one is asked for. */
  async *rows<T>(reading: Reading<T>): AsyncGenerator<T> {
    const { sql, parameters } = reading.query;
    const short = await this.#main.patiently(() =>
      this.#main.prepare(`${sql} LIMIT ${SHORT_SCAN_ROWS + 1}`).all(...parameters),
    );
    if (short.length > SHORT_SCAN_ROWS) return yield* this.all([reading]);
    for (const row of short) {
      this.#main.requireUsable();
      yield reading.decode(row as Columns);
    }
  }

  /**
   * The rows of several queries, one after the other, as of one moment.
   * @throws `limit-exceeded`
   */
  async *all<T>(readings: readonly Reading<T>[]): AsyncGenerator<T> {
    this.#main.requireUsable();
    const reader = this.#take();
    try {
      await reader.patiently(() => begin(reader));
      for (const { query, decode } of readings) {
        const rows = reader.prepare(query.sql).iterate(...query.parameters);
        this.#open.set(reader, { stop: () => void rows.return?.() });
        for (;;) {
          this.#main.requireUsable();
          const next = this.#next(rows);
          if (next.done === true) break;
          yield decode(next.value as Columns);
        }
      }
    } finally {
      this.#give(reader);
    }
  }

  #next(rows: Iterator<unknown>): IteratorResult<unknown> {
    try {
      return rows.next();
    } catch (error) {
      throw this.#main.fault(error);
    }
  }

  #take(): Connection {
    if (this.#open.size >= SCANS_OPEN_MAX) {
      throw new CustodyError("limit-exceeded", { limit: "SCANS_OPEN_MAX", max: SCANS_OPEN_MAX });
    }
    const { place: path, busyTimeoutMs } = this.#main;
    const reader = this.#idle.pop() ?? openConnection({ path, busyTimeoutMs, readOnly: true });
    this.#open.set(reader, { stop: () => {} });
    return reader;
  }

  #give(reader: Connection): void {
    const open = this.#open.get(reader);
    if (open === undefined) return;
    this.#open.delete(reader);
    open.stop();
    if (reader.db.inTransaction) reader.prepare("ROLLBACK").run();
    if (this.#idle.length < READERS_IDLE_MAX) this.#idle.push(reader);
    else reader.close();
  }

  /** Ends the open scans (their next row is `store-closed`) and closes every connection. */
  close(): void {
    for (const reader of [...this.#open.keys()]) this.#give(reader);
    for (const reader of this.#idle.splice(0)) reader.close();
  }
}

/**
 * The first read fixes the moment, so it is done at once and not when the first row is asked for.
 */
function begin(reader: Connection): void {
  reader.prepare("BEGIN").run();
  try {
    reader.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get();
  } catch (error) {
    reader.prepare("ROLLBACK").run();
    throw error;
  }
}

/**
 * Scans. A short one is read whole, in one statement. A longer one gets a moment of its own: it
 * sees nothing that is committed later and holds no writer up.
 */
import { CustodyError } from "../../errors.js";
import type { Columns, PgQuery } from "./client.js";
import { beginMoment, type Moment } from "./moment.js";
import type { Template } from "./scan.js";
import { ask, type Sessions } from "./sessions.js";
import type { Statements } from "./statement.js";

/** A result up to this length needs no connection of its own. */
export const SHORT_SCAN_ROWS = 128;
/**
 * Long scans begun and not yet ended, of one store over a lone client. Over a pool it is the size
 * of the pool less two.
 */
export const SCANS_OPEN_MAX = 64;

/** A statement whose rows become values. */
export interface Reading<T> {
  readonly template: Template;
  /** How many rows at once: fewer where a row may be a megabyte. */
  readonly piece: number;
  /** Rows to values; the second argument reads what belongs to them as of the same moment. */
  readonly decode: (rows: readonly Columns[], ask: Ask) => Promise<readonly T[]> | readonly T[];
}

export type Ask = (query: PgQuery) => Promise<readonly Columns[]>;

export interface ReadersOptions {
  readonly sessions: Sessions;
  readonly statements: Statements;
  /** @throws `store-closed` */
  readonly requireOpen: () => void;
}

export class Readers {
  readonly #options: ReadersOptions;
  readonly #open = new Set<Moment>();
  #begun = 0;

  constructor(options: ReadersOptions) {
    this.#options = options;
  }

  /** The rows of one statement, as of the moment at which the first one is asked for. */
  async *rows<T>(reading: Reading<T>): AsyncGenerator<T> {
    const { sessions, statements, requireOpen } = this.#options;
    const { sql, values } = reading.template;
    const query = statements.of(`${sql} LIMIT ${SHORT_SCAN_ROWS + 1}`, values);
    const short = await ask(sessions, query);
    if (short.length > SHORT_SCAN_ROWS) return yield* this.all([reading]);
    for (const value of await reading.decode(short, (asked) => ask(sessions, asked))) {
      requireOpen();
      yield value;
    }
  }

  /**
   * The rows of several statements, one after the other, as of one moment.
   * @throws `limit-exceeded`
   */
  async *all<T>(readings: readonly Reading<T>[]): AsyncGenerator<T> {
    const { requireOpen } = this.#options;
    requireOpen();
    const moment = await this.#begin(readings.map(({ template }) => template));
    try {
      for (const [index, { piece, decode }] of readings.entries()) {
        for (;;) {
          const rows = await this.#told(moment.fetch(index, piece));
          for (const value of await this.#told(decode(rows, moment.ask))) {
            requireOpen();
            yield value;
          }
          if (rows.length < piece) break;
        }
      }
    } finally {
      await this.#end(moment);
    }
  }

  /** What fails because the store was closed says so. */
  async #told<T>(promise: Promise<T> | T): Promise<T> {
    try {
      const told = await promise;
      this.#options.requireOpen();
      return told;
    } catch (error) {
      this.#options.requireOpen();
      throw error;
    }
  }

  async #begin(templates: readonly Template[]): Promise<Moment> {
    const { sessions, statements } = this.#options;
    const max = sessions.scansMax === 0 ? SCANS_OPEN_MAX : sessions.scansMax;
    if (this.#begun >= max)
      throw new CustodyError("limit-exceeded", { limit: "SCANS_OPEN_MAX", max });
    this.#begun += 1;
    try {
      const moment = await beginMoment(sessions, statements, templates);
      this.#open.add(moment);
      return moment;
    } catch (error) {
      this.#begun -= 1;
      throw error;
    }
  }

  async #end(moment: Moment): Promise<void> {
    if (!this.#open.delete(moment)) return;
    this.#begun -= 1;
    await moment.end();
  }

  /** Ends the open scans: their next row is `store-closed`. */
  async close(): Promise<void> {
    for (const moment of [...this.#open]) await this.#end(moment);
  }
}

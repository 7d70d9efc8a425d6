/** The store over one SQLite file. How a file is found fit to be one is in `open.ts`. */
import type { LedgerEntry } from "../../core/event.js";
import type { Row, RowKey, TableName } from "../../core/row.js";
import { CustodyError } from "../../errors.js";
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
import { readyBatch } from "../batch.js";
import { requireRange } from "../ledger-range.js";
import { ledgerSize } from "./apply.js";
import type { Connection } from "./connection.js";
import { Readers, type Reading } from "./readers.js";
import { ALIASES, type Columns, SHAPES } from "./rows.js";
import { keyQuery, scanQuery } from "./scan.js";
import { checkpoint, scrubFile } from "./scrub.js";
import { Writer } from "./writer.js";

const ENTRIES = "SELECT seq, bytes FROM ledger WHERE seq >= ? AND seq < ? ORDER BY seq";

export class SqliteStore implements Store {
  readonly identity: StoreIdentity;
  readonly #connection: Connection;
  readonly #readOnly: boolean;
  readonly #writer: Writer;
  readonly #readers: Readers;
  #closing: Promise<void> | undefined;

  constructor(connection: Connection, identity: StoreIdentity, readOnly: boolean) {
    this.identity = Object.freeze({ ...identity });
    this.#connection = connection;
    this.#readOnly = readOnly;
    this.#writer = new Writer(connection);
    this.#readers = new Readers(connection);
  }

  async append(batch: Batch): Promise<Appended> {
    this.#requireWritable("append");
    return this.#writer.append(readyBatch(batch));
  }

  async get<K extends RowKey>(key: K): Promise<RowOf<K> | undefined> {
    this.#requireOpen();
    const { sql, parameters } = keyQuery(key);
    const columns = await this.#connection.patiently(() =>
      this.#connection.prepare(sql).get(...parameters),
    );
    if (columns === undefined) return undefined;
    const { place } = this.#connection;
    return SHAPES[key.table].decode(columns as Columns, place) as RowOf<K>;
  }

  async *scan<S extends Scan>(query: S): AsyncGenerator<RowOf<S>> {
    this.#requireOpen();
    const { decode } = SHAPES[query.table];
    const { place } = this.#connection;
    yield* this.#readers.rows({
      query: scanQuery(query),
      decode: (columns) => decode(columns, place) as RowOf<S>,
    });
  }

  async *entries(from: number, to = Number.MAX_SAFE_INTEGER): AsyncGenerator<LedgerEntry> {
    this.#requireOpen();
    requireRange(from, to);
    let expected = from;
    const decode = (columns: Readonly<Record<string, unknown>>): LedgerEntry => {
      const seq = columns.seq as number;
      if (seq !== expected) {
        throw new CustodyError("ledger-broken", { seq: expected, reason: "an entry is missing" });
      }
      expected += 1;
      return { seq, bytes: new Uint8Array(columns.bytes as Uint8Array) };
    };
    yield* this.#readers.rows({ query: { sql: ENTRIES, parameters: [from, to] }, decode });
  }

  async size(): Promise<number> {
    this.#requireOpen();
    return this.#connection.patiently(() => ledgerSize(this.#connection));
  }

  async *everything(): AsyncGenerator<{ readonly row: Row; readonly event: string }> {
    this.#requireOpen();
    const tables = Object.keys(SHAPES) as readonly TableName[];
    yield* this.#readers.all(tables.map((table) => readingOf(table, this.#connection.place)));
  }

  async scrub({ progress }: ScrubOptions = {}): Promise<ScrubReport> {
    this.#requireWritable("scrub");
    const report = await scrubFile(this.#connection);
    const [name = ""] = report.lookedAt;
    progress?.({ name, level: report.level, done: 1, of: 1 });
    return report;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /**
   * What was appended before is committed first. A log that a reader keeps is left to the next who
   * opens.
   */
  async #close(): Promise<void> {
    await this.#writer.idle();
    this.#readers.close();
    try {
      this.#connection.requireUsable();
      if (!this.#readOnly) checkpoint(this.#connection);
    } catch (error) {
      // Nothing acknowledged depends on this checkpoint: the log is read when the file is opened
      // next.
      this.#connection.fault(error);
    }
    this.#connection.close();
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) {
      throw new CustodyError("store-closed", { place: this.#connection.place });
    }
    this.#connection.requireUsable();
  }

  #requireWritable(action: string): void {
    this.#requireOpen();
    if (!this.#readOnly) return;
    throw new CustodyError("state-conflict", { id: this.identity.id, state: "read-only", action });
  }
}

/**
 * A row whose event is not in the ledger comes with "": for the verifier to find, not to be left
 * out by a join.
 */
function readingOf(
  table: TableName,
  place: string,
): Reading<{ readonly row: Row; readonly event: string }> {
  const { columns, from, decode } = SHAPES[table];
  const sql = `SELECT ${columns}, coalesce(l.id, '') AS event FROM ${from}
    LEFT JOIN ledger l ON l.seq = ${ALIASES[table]}.event`;
  return {
    query: { sql, parameters: [] },
    decode: (row) => ({ row: decode(row, place), event: row.event as string }),
  };
}

/** The store over a schema of a PostgreSQL database. How it is found fit to be one: `open.ts`. */
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
import type { Columns, PgQuery } from "./client.js";
import { bucketOf, LEDGER_PART, RECORD_ROUTE } from "./home.js";
import { fromText, toText } from "./key-text.js";
import { type Ask, Readers, type Reading } from "./readers.js";
import { SHAPES } from "./rows.js";
import { keyTemplate, needsPlace, type Place, payloadTemplate, scanTemplate } from "./scan.js";
import { scrubTables } from "./scrub.js";
import { ask, type Sessions } from "./sessions.js";
import type { Statements } from "./statement.js";
import { Writer } from "./writer.js";

const ENTRIES = `SELECT l.seq, l.bytes FROM {ledger} l WHERE l.seq >= $1 AND l.seq < $2
  AND l.part >= $1::bigint >> 16 AND l.part <= $2::bigint >> 16 ORDER BY l.part, l.seq`;
const EVENT_IDS = `SELECT l.seq, l.id FROM {ledger} l
  WHERE l.part = ANY($1::integer[]) AND l.seq = ANY($2::bigint[])`;
const SIZE = "SELECT ledger FROM {head} WHERE name = 'head'";
const ROUTE = "SELECT home, ordinal FROM {route} WHERE bucket = $1 AND kind = $2 AND id = $3";
/** Larger than any sequence, and small enough for the part that would hold it to be an integer. */
const SEQ_MAX = 2 ** 46;

/** Rows of at most a few hundred bytes; the others may have a megabyte each. */
const SMALL_PIECE = 512;
const LARGE_PIECE = 64;
const PIECES: { readonly [T in TableName]: number } = {
  document: LARGE_PIECE,
  record: SMALL_PIECE,
  payload: LARGE_PIECE,
  edge: SMALL_PIECE,
  member: LARGE_PIECE,
};

export interface PostgresStoreParts {
  readonly sessions: Sessions;
  readonly statements: Statements;
  readonly identity: StoreIdentity;
  readonly readOnly: boolean;
  readonly busyTimeoutMs: number;
  readonly distributed: boolean;
}

export class PostgresStore implements Store {
  readonly identity: StoreIdentity;
  readonly #parts: PostgresStoreParts;
  readonly #writer: Writer;
  readonly #readers: Readers;
  #closing: Promise<void> | undefined;

  constructor(parts: PostgresStoreParts) {
    this.identity = Object.freeze({ ...parts.identity });
    this.#parts = parts;
    this.#writer = new Writer(parts);
    this.#readers = new Readers({ ...parts, requireOpen: () => this.#requireOpen() });
  }

  async append(batch: Batch): Promise<Appended> {
    this.#requireWritable("append");
    return this.#writer.append(readyBatch(batch));
  }

  async get<K extends RowKey>(key: K): Promise<RowOf<K> | undefined> {
    this.#requireOpen();
    let place = needsPlace(key) ? await this.#placeOf(key) : undefined;
    for (;;) {
      if (place === undefined && needsPlace(key)) return undefined;
      const { sql, values } = keyTemplate(key, place);
      const [columns] = await this.#ask(this.#parts.statements.of(sql, values));
      if (columns !== undefined) return SHAPES[key.table].decode(columns) as RowOf<K>;
      // What is not where it was said to lie may have moved in between: with its owner.
      const again =
        key.table === "document" && needsPlace(key) ? await this.#placeOf(key) : undefined;
      if (again === undefined || again.home === place?.home) return undefined;
      place = again;
    }
  }

  async *scan<S extends Scan>(query: S): AsyncGenerator<RowOf<S>> {
    this.#requireOpen();
    const { decode } = SHAPES[query.table];
    let template: Reading<RowOf<S>>["template"];
    if (query.table === "payload") {
      const place = await this.#placeOf({ table: "record", id: query.record });
      if (place === undefined) return;
      template = payloadTemplate(place);
    } else template = scanTemplate(query);
    yield* this.#readers.rows({
      template,
      piece: PIECES[query.table],
      decode: (rows) => rows.map((columns) => decode(columns) as RowOf<S>),
    });
  }

  async *entries(from: number, to = Number.MAX_SAFE_INTEGER): AsyncGenerator<LedgerEntry> {
    this.#requireOpen();
    requireRange(from, to);
    let expected = from;
    const decode = (rows: readonly Columns[]): readonly LedgerEntry[] =>
      rows.map(({ seq, bytes }) => {
        if (Number(seq) !== expected) {
          const reason = "an entry is missing";
          throw new CustodyError("ledger-broken", { seq: expected, reason });
        }
        expected += 1;
        return { seq: Number(seq), bytes: new Uint8Array(bytes as Uint8Array) };
      });
    const values = [Math.min(from, SEQ_MAX), Math.min(to, SEQ_MAX)];
    yield* this.#readers.rows({ template: { sql: ENTRIES, values }, piece: LARGE_PIECE, decode });
  }

  async size(): Promise<number> {
    this.#requireOpen();
    const [head] = await this.#ask(this.#parts.statements.of(SIZE));
    return Number(head?.ledger);
  }

  async *everything(): AsyncGenerator<{ readonly row: Row; readonly event: string }> {
    this.#requireOpen();
    const tables = Object.keys(SHAPES) as readonly TableName[];
    yield* this.#readers.all(tables.map((table) => this.#readingOf(table)));
  }

  async scrub(options: ScrubOptions = {}): Promise<ScrubReport> {
    this.#requireWritable("scrub");
    await this.#writer.idle();
    return scrubTables({ ...this.#parts, ...options });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** What was appended before is committed first. */
  async #close(): Promise<void> {
    await this.#writer.idle();
    await this.#readers.close();
    await this.#parts.sessions.close();
  }

  #ask(query: PgQuery): Promise<readonly Columns[]> {
    return ask(this.#parts.sessions, query);
  }

  /** Where the row of a key lies that does not say so itself. */
  async #placeOf(key: RowKey): Promise<Place | undefined> {
    const { statements } = this.#parts;
    const kind = key.table === "document" ? key.kind : RECORD_ROUTE;
    const id = key.table === "payload" ? key.record : "id" in key ? key.id : "";
    const values = [toText(bucketOf(id)), kind, toText(id)];
    const [found] = await this.#ask(statements.of(ROUTE, values));
    if (found === undefined) return undefined;
    return { home: fromText(found.home), ordinal: Number(found.ordinal) };
  }

  /**
   * A row whose event is not in the ledger comes with "": for the verifier to find, not to be left
   * out. The ids are read piece by piece and not by a join, which could not run across shards.
   */
  #readingOf(table: TableName): Reading<{ readonly row: Row; readonly event: string }> {
    const { columns, from, key, alias, decode } = SHAPES[table];
    const sql = `SELECT ${columns}, ${alias}.event AS seq FROM ${from} ORDER BY ${key}`;
    return {
      template: { sql, values: [] },
      piece: PIECES[table],
      decode: async (rows, within) => {
        const ids = await this.#eventIds(rows, within);
        return rows.map((columns) => ({
          row: decode(columns),
          event: ids.get(Number(columns.seq)) ?? "",
        }));
      },
    };
  }

  async #eventIds(rows: readonly Columns[], within: Ask): Promise<ReadonlyMap<number, string>> {
    const seqs = [...new Set(rows.map(({ seq }) => Number(seq)))];
    if (seqs.length === 0) return new Map();
    const parts = [...new Set(seqs.map((seq) => Math.floor(seq / LEDGER_PART)))];
    const found = await within(this.#parts.statements.of(EVENT_IDS, [parts, seqs]));
    return new Map(found.map(({ seq, id }) => [Number(seq), fromText(id)]));
  }

  #requireOpen(): void {
    const { place } = this.#parts.sessions;
    if (this.#closing !== undefined) throw new CustodyError("store-closed", { place });
    this.#writer.requireSound();
  }

  #requireWritable(action: string): void {
    this.#requireOpen();
    if (!this.#parts.readOnly) return;
    throw new CustodyError("state-conflict", { id: this.identity.id, state: "read-only", action });
  }
}

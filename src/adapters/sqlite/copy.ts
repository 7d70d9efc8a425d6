/** A file as the source and as the target of a copy. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { z } from "zod";
import { type CopyMarker, copyMarkerText, readCopyMarker } from "../../core/copy-marker.js";
import type { CopyKey, CopyRows, CopyTable } from "../../core/copy-row.js";
import { CustodyError } from "../../errors.js";
import type { RandomBytes } from "../../lib/id.js";
import type { StoreIdentity } from "../../ports/store.js";
import type { CopyPage, StoreCopySource, StoreCopyTarget } from "../../ports/store-copy.js";
import { type Migration, readMigrations, schemaNumber } from "../migrations.js";
import { readOptions } from "../option-reading.js";
import { ledgerSize } from "./apply.js";
import { type Connection, openConnection } from "./connection.js";
import { pageOf } from "./copy-pages.js";
import { createFile, isTaken, removeFile } from "./file.js";
import { APPLICATION_ID, COPYING_ID, inspectFile } from "./inspect.js";
import { applyMigration, MIGRATIONS_FOLDER } from "./migrate.js";
import { BUSY_TIMEOUT_MS, PATH_CHARACTERS_MAX } from "./open.js";
import { checkpoint } from "./scrub.js";

const path = z.string().min(1).max(PATH_CHARACTERS_MAX);
const SOURCE = z.strictObject({ path });
const TARGET = z.strictObject({
  path,
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
});

const INSERTS: { readonly [T in CopyTable]: readonly [sql: string, ...(keyof CopyRows[T])[]] } = {
  ledger: ["INSERT INTO ledger (seq, id, bytes) VALUES (?, ?, ?)", "seq", "id", "bytes"],
  document: [
    `INSERT INTO document (kind, id, version, owner, due, body, event)
      VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...(["kind", "id", "version", "owner", "due", "body", "event"] as const),
  ],
  record: [
    `INSERT INTO record (ordinal, id, subject, collection, purpose, basis, source, taken,
      collected, due, erased_at, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...(["ordinal", "id", "subject", "collection", "purpose", "basis", "source"] as const),
    ...(["taken", "collected", "due", "erasedAt", "event"] as const),
  ],
  payload: [
    "INSERT INTO payload (record, category, sealed, salt, event) VALUES (?, ?, ?, ?, ?)",
    ...(["ordinal", "category", "sealed", "salt", "event"] as const),
  ],
  edge: [
    "INSERT INTO edge (child, parent, relation, event) VALUES (?, ?, ?, ?)",
    ...(["child", "parent", "relation", "event"] as const),
  ],
  member: [
    "INSERT INTO member (chunk, set_id, bitmap, event) VALUES (?, ?, ?, ?)",
    ...(["chunk", "set", "bitmap", "event"] as const),
  ],
};
const MARKER = "SELECT value FROM meta WHERE name = 'copy'";
const MARK = "UPDATE meta SET value = ? WHERE name = 'copy' AND value = ?";
const UNMARK = "DELETE FROM meta WHERE name = 'copy' AND value = ?";
const APPLICATION_AT = 68;
const HEADER_BYTES = 72;

export interface SqliteCopySourceOptions {
  readonly path: string;
}

export interface SqliteCopyTargetOptions {
  /** Where the file is made, mode 0600. Its folder must exist. */
  readonly path: string;
  /** Names the draft of the file. */
  readonly random: RandomBytes;
}

/**
 * Opens a store to be copied from; it cannot be written to.
 * @throws what `openSqliteStore` throws
 */
export async function sqliteCopySource(options: SqliteCopySourceOptions): Promise<StoreCopySource> {
  const { path } = readOptions(SOURCE, options, "sqlite");
  const { identity, pending } = await inspectFile(
    path,
    readMigrations(MIGRATIONS_FOLDER),
    BUSY_TIMEOUT_MS,
  );
  if (pending[0] !== undefined) {
    throw new CustodyError("migration-pending", { name: pending[0].name });
  }
  return new SqliteSource(
    openConnection({ path, readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS }),
    identity,
  );
}

/** Nothing is opened or made before it is asked. @throws `option-invalid`, `option-unknown` */
export async function sqliteCopyTarget(options: SqliteCopyTargetOptions): Promise<StoreCopyTarget> {
  const { path, random } = readOptions(TARGET, options, "sqlite");
  return new SqliteTarget(path, random, readMigrations(MIGRATIONS_FOLDER));
}

class SqliteSource implements StoreCopySource {
  readonly identity: StoreIdentity;
  readonly #connection: Connection;

  constructor(connection: Connection, identity: StoreIdentity) {
    this.identity = Object.freeze({ ...identity });
    this.#connection = connection;
  }

  size(): Promise<number> {
    return this.#connection.patiently(() => ledgerSize(this.#connection));
  }

  page<T extends CopyTable>(table: T, after: CopyKey | undefined): Promise<CopyPage<T>> {
    return pageOf(this.#connection, table, after);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

class SqliteTarget implements StoreCopyTarget {
  readonly place: string;
  readonly schema: number;
  readonly #random: RandomBytes;
  readonly #files: readonly Migration[];
  #connection: Connection | undefined;
  #closed = false;

  constructor(place: string, random: RandomBytes, files: readonly Migration[]) {
    this.place = place;
    this.schema = schemaNumber(files.map(({ name }) => name));
    this.#random = random;
    this.#files = files;
  }

  async state(): Promise<CopyMarker | undefined> {
    this.#requireOpen();
    if (!isTaken(this.place)) return undefined;
    requireUnfinished(this.place);
    const connection = this.#opened();
    // That a copy was finished may stand in the log, and not yet in the header.
    const id = connection.db.pragma("application_id", { simple: true });
    if (id === APPLICATION_ID) throw new CustodyError("store-exists", { place: this.place });
    const stored = await connection.patiently(
      () => connection.prepare(MARKER).get() as { readonly value: string } | undefined,
    );
    const marker = stored && readCopyMarker(stored.value);
    if (marker === undefined) {
      throw new CustodyError("store-damaged", { place: this.place, reason: "no copy marker" });
    }
    return marker;
  }

  async begin(marker: CopyMarker): Promise<void> {
    this.#requireOpen();
    createFile(this.place, this.#random, ({ db }) => {
      db.pragma(`application_id = ${COPYING_ID}`);
      for (const file of this.#files) applyMigration(db, file);
      db.prepare("INSERT INTO meta (name, value) VALUES ('copy', ?)").run(copyMarkerText(marker));
    });
  }

  async write<T extends CopyTable>(
    before: CopyMarker,
    after: CopyMarker,
    table: T,
    rows: readonly CopyRows[T][],
  ): Promise<void> {
    const [sql, ...columns] = INSERTS[table];
    await this.#commit(before, (connection) => {
      const texts = [copyMarkerText(after), copyMarkerText(before)];
      const { changes } = connection.prepare(MARK).run(...texts);
      const insert = connection.prepare(sql);
      for (const row of changes === 1 ? rows : []) {
        insert.run(...columns.map((column) => row[column]));
      }
      return changes;
    });
  }

  async page<T extends CopyTable>(table: T, after: CopyKey | undefined): Promise<CopyPage<T>> {
    return pageOf(this.#opened(), table, after);
  }

  async audit(): Promise<void> {
    const { db } = this.#opened();
    const pages = db.pragma("integrity_check(1)", { simple: true });
    const references = db.pragma("foreign_key_check") as readonly unknown[];
    if (pages === "ok" && references.length === 0) return;
    throw new CustodyError("copy-damaged", { name: "indexes", reason: "the file is not whole" });
  }

  async finish(marker: CopyMarker): Promise<void> {
    await this.#commit(marker, (connection) => {
      connection.db.pragma(`application_id = ${APPLICATION_ID}`);
      const named = "INSERT INTO meta (name, value) VALUES ('store', ?)";
      connection.prepare(named).run(marker.store);
      return connection.prepare(UNMARK).run(copyMarkerText(marker)).changes;
    });
    checkpoint(this.#opened());
  }

  async discard(marker: CopyMarker): Promise<void> {
    await this.#commit(
      marker,
      (connection) => connection.prepare(UNMARK).run(copyMarkerText(marker)).changes,
    );
    this.#connection?.close();
    this.#connection = undefined;
    removeFile(this.place);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connection?.close();
  }

  /** `work` answers how often the marker was found as it was said to be. */
  async #commit(marker: CopyMarker, work: (connection: Connection) => number): Promise<void> {
    this.#requireOpen();
    if (isTaken(this.place)) requireUnfinished(this.place);
    const connection = this.#opened();
    const transaction = connection.db.transaction(() => {
      if (work(connection) === 1) return;
      throw new CustodyError("conflict", { id: marker.store, attempts: 1 });
    });
    await connection.patiently(() => transaction.immediate());
  }

  #opened(): Connection {
    this.#requireOpen();
    this.#connection ??= openConnection({
      path: this.place,
      readOnly: false,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
    });
    return this.#connection;
  }

  #requireOpen(): void {
    if (this.#closed) throw new CustodyError("store-closed", { place: this.place });
  }
}

/** By the file's header, without SQLite. @throws `store-exists`, `store-foreign` */
function requireUnfinished(place: string): void {
  const header = Buffer.alloc(HEADER_BYTES);
  if (statSync(place).isFile()) {
    const fd = openSync(place, "r");
    try {
      readSync(fd, header, 0, HEADER_BYTES, 0);
    } finally {
      closeSync(fd);
    }
  }
  const application = header.readUInt32BE(APPLICATION_AT);
  if (application === APPLICATION_ID) throw new CustodyError("store-exists", { place });
  if (application !== COPYING_ID) throw new CustodyError("store-foreign", { place });
}

/**
 * Is this file a custody store, whole, and of this version? Answered without changing a byte of it:
 * first from the bytes of its header, without SQLite; then through a connection that can not write.
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import type BetterSqlite3 from "better-sqlite3";
import { CustodyError } from "../../errors.js";
import { parseId } from "../../lib/id.js";
import type { StoreIdentity } from "../../ports/store.js";
import { type Migration, pendingMigrations, schemaNumber } from "../migrations.js";
import { Database } from "../sqlite-driver.js";
import { BUSY_SLICE_MS, Connection } from "./connection.js";
import { appliedMigrations } from "./migrate.js";

/**
 * "Cust", in the header of every store: another program's database is known without being opened.
 */
export const APPLICATION_ID = 0x43757374;
/** "CstC": a copy that is not finished. It becomes a store by the other number, in one commit. */
export const COPYING_ID = 0x43737443;

const HEADER_BYTES = 100;
/**
 * A larger file is not read whole at every opening (a second per gigabyte and more): its header and
 * length are, and `ledger verify` and `doctor` re-derive the rest.
 */
export const CHECKED_WHOLE_BYTES_MAX = 256 * 1024 * 1024;
const MAGIC = "SQLite format 3\0";
/** A file that is checkpointed while it is measured is measured again. */
const MEASURES_MAX = 5;

export interface Inspection {
  readonly identity: StoreIdentity;
  /** In the folder and not yet applied, in order. */
  readonly pending: readonly Migration[];
}

/**
 * @throws `store-missing`, `store-foreign`, `copy-unfinished`, `store-damaged`, `migration-drift`,
 * `migration-missing`, `store-busy`
 */
export async function inspectFile(
  path: string,
  files: readonly Migration[],
  busyTimeoutMs: number,
): Promise<Inspection> {
  requireHeader(path);
  requireLength(path);
  const connection = new Connection(openSilently(path), { path, readOnly: true, busyTimeoutMs });
  try {
    return await connection.patiently(() => readFile(connection, files));
  } finally {
    connection.close();
  }
}

/**
 * A connection that leaves the folder as it was. One that may write removes its log when it closes,
 * but would bring an older log into the file; one that may not write leaves its empty log behind.
 * So: by whether there is a log.
 */
function openSilently(path: string): BetterSqlite3.Database {
  const readonly = sizeOf(`${path}-wal`) > 0 || !mayWrite(path);
  try {
    const db = new Database(path, { readonly, fileMustExist: true, timeout: BUSY_SLICE_MS });
    db.pragma("query_only = ON");
    return db;
  } catch (cause) {
    throw new CustodyError("option-invalid", { path: "path", reason: "not readable" }, { cause });
  }
}

function mayWrite(path: string): boolean {
  try {
    closeSync(openSync(path, "r+"));
    return true;
  } catch {
    return false;
  }
}

function readFile({ db, place }: Connection, files: readonly Migration[]): Inspection {
  // Asked of SQLite: that a copy was finished may stand in the log, and not yet in the header.
  if (db.pragma("application_id", { simple: true }) === COPYING_ID) {
    throw new CustodyError("copy-unfinished", { place });
  }
  const tables = db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('meta', 'migration')",
    )
    .all();
  if (tables.length !== 2) throw new CustodyError("store-foreign", { place });
  if (sizeOf(place) <= CHECKED_WHOLE_BYTES_MAX) {
    if (db.pragma("quick_check(1)", { simple: true }) !== "ok") throw damaged(place, "quick_check");
  }
  const named = db.prepare("SELECT value FROM meta WHERE name = 'store'").pluck().get();
  const id = parseId("store", named);
  if (id === undefined) throw damaged(place, "it has no identity");
  const applied = appliedMigrations(db);
  const pending = pendingMigrations(applied, files);
  return { identity: { id, schema: schemaNumber(applied.keys()) }, pending };
}

/** Whose file it is, by its first 100 bytes. */
function requireHeader(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new CustodyError("store-missing", { place: path });
  if (!stats.isFile()) throw new CustodyError("store-foreign", { place: path });
  const header = headerOf(path);
  if (header.length === 0 || !MAGIC.startsWith(header.toString("latin1", 0, MAGIC.length))) {
    throw new CustodyError("store-foreign", { place: path });
  }
  if (header.length < HEADER_BYTES) throw damaged(path, "it ends inside its header");
  const application = header.readUInt32BE(68);
  if (application !== APPLICATION_ID && application !== COPYING_ID) {
    throw new CustodyError("store-foreign", { place: path });
  }
}

/**
 * The file is as long as its header says. Not asked while there is a log: then the log has the
 * newest header, and SQLite reads both.
 */
function requireLength(path: string): void {
  for (let measure = 1; measure <= MEASURES_MAX; measure += 1) {
    const expected = lengthInHeader(headerOf(path));
    const fits = expected === undefined || sizeOf(path) === expected;
    if (fits || sizeOf(`${path}-wal`) > 0) return;
  }
  throw damaged(path, "it is not as long as its header says");
}

/** Undefined when the count of pages was written by a program too old to keep it. */
function lengthInHeader(header: Buffer): number | undefined {
  if (header.readUInt32BE(24) !== header.readUInt32BE(92)) return undefined;
  const pageBytes = header.readUInt16BE(16);
  return header.readUInt32BE(28) * (pageBytes === 1 ? 65_536 : pageBytes);
}

function headerOf(path: string): Buffer {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw new CustodyError("option-invalid", { path: "path", reason: "not readable" }, { cause });
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(fd, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function damaged(place: string, reason: string): CustodyError {
  return new CustodyError("store-damaged", { place, reason });
}

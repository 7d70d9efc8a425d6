/** Making the file of a store: whole at its name, or not at all. */
import { linkSync, lstatSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CustodyError } from "../../errors.js";
import { hex } from "../../lib/bytes.js";
import type { RandomBytes } from "../../lib/id.js";
import { attemptFile, createPrivate, syncFolder } from "../private-file.js";
import { Database } from "../sqlite-driver.js";
import { BUSY_SLICE_MS, Connection } from "./connection.js";
import { faultOf } from "./faults.js";

const NAME_BYTES = 8;
const ENDS = ["", "-wal", "-shm", "-journal"];

/**
 * Makes the file under another name, lets `fill` write to it in one transaction, and links it to
 * `path`, mode 0600: a crash leaves no half file there, and of two programs that create at once one
 * gets `store-exists`.
 * @throws `store-exists` (also for a log that another database left at that name), `store-full`,
 * `store-poisoned`, `option-invalid` (no such folder)
 */
export function createFile(
  path: string,
  random: RandomBytes,
  fill: (connection: Connection) => void,
): void {
  for (const end of ENDS) {
    const name = `${path}${end}`;
    if (isTaken(name)) throw new CustodyError("store-exists", { place: name });
  }
  const draft = join(dirname(path), `.${basename(path)}.${hex(random(NAME_BYTES))}.new`);
  createPrivate(draft, new Uint8Array(0));
  try {
    build(draft, fill);
    publish(draft, path);
  } finally {
    removeFile(draft);
  }
  syncFolder(path);
}

/** Takes a file and what SQLite lays beside it away. */
export function removeFile(path: string): void {
  for (const end of ENDS) rmSync(`${path}${end}`, { force: true });
}

/** True when the name is taken, by whatever. */
export function isTaken(path: string): boolean {
  return attemptFile(path, () => lstatSync(path, { throwIfNoEntry: false })) !== undefined;
}

function build(path: string, fill: (connection: Connection) => void): void {
  const db = new Database(path, { fileMustExist: true, timeout: BUSY_SLICE_MS });
  try {
    const connection = new Connection(db, { path, readOnly: false, busyTimeoutMs: 0 });
    connection.configure();
    db.transaction(() => fill(connection)).immediate();
    if (db.pragma("journal_mode = WAL", { simple: true }) !== "wal") {
      throw new CustodyError("store-damaged", { place: path, reason: "pragma journal_mode" });
    }
  } catch (error) {
    throw faultOf(error, path);
  } finally {
    db.close();
  }
}

/** A link fails when the name is taken, where a rename would overwrite. */
function publish(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw unpublished(path, cause);
    throw new CustodyError("store-exists", { place: path }, { cause });
  }
}

function unpublished(path: string, cause: unknown): CustodyError {
  const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
  return new CustodyError("option-invalid", { path, reason }, { cause });
}

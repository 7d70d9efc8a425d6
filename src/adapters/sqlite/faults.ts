/**
 * What SQLite says, in the closed codes of custody. Neither its messages nor its SQL are passed on.
 */

import { CustodyError } from "../../errors.js";
import { Database } from "../sqlite-driver.js";

/**
 * The fault that an error of SQLite stands for. What is not an error of SQLite is given back as it
 * is.
 *
 * Every `SQLITE_IOERR_…` is `store-poisoned`, reads included: after a failed fsync the kernel may
 * have thrown the dirty pages away and called them clean, so nothing this handle has seen can be
 * trusted any more.
 */
export function faultOf(error: unknown, place: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const cause = error;
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new CustodyError("store-busy", { place, waitedMs: 0 }, { cause });
  }
  if (code.startsWith("SQLITE_FULL")) return new CustodyError("store-full", { place }, { cause });
  if (code.startsWith("SQLITE_IOERR")) {
    return new CustodyError("store-poisoned", { place, reason: code }, { cause });
  }
  if (/^SQLITE_(CANTOPEN|PERM|AUTH|READONLY)/.test(code)) {
    return new CustodyError("option-invalid", { path: place, reason: code }, { cause });
  }
  return new CustodyError("store-damaged", { place, reason: code }, { cause });
}

/**
 * True when the error ends the whole transaction, neighbours included, and not only the batch that
 * met it.
 */
export function endsTransaction(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && !/^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/.test(code);
}

/** The extended result code, for instance `SQLITE_IOERR_FSYNC`. */
export function sqliteCode(error: unknown): string | undefined {
  return error instanceof Database.SqliteError ? error.code : undefined;
}

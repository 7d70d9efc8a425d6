/** What SQLite says about the keyring file, in the closed codes of custody. */
import { performance } from "node:perf_hooks";
import { CustodyError } from "../../errors.js";
import { Database } from "../sqlite-driver.js";

/**
 * Runs `work`; what is not an error of SQLite passes as it is.
 * @throws `store-busy` (after what was really waited, in milliseconds), `store-full`,
 * `store-poisoned`, `store-damaged`
 */
export function guard<T>(place: string, work: () => T): T {
  const since = performance.now();
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    throw translated(place, cause, Math.round(performance.now() - since));
  }
}

/**
 * A failed write or fsync leaves it open what is on the disk: the handle is given up, nothing is
 * tried again.
 */
function translated(
  place: string,
  cause: Error & { readonly code: string },
  waitedMs: number,
): CustodyError {
  const { code } = cause;
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return new CustodyError("store-busy", { place, waitedMs }, { cause });
  }
  if (code === "SQLITE_FULL") return new CustodyError("store-full", { place }, { cause });
  if (code.startsWith("SQLITE_IOERR")) {
    return new CustodyError("store-poisoned", { place, reason: code }, { cause });
  }
  return new CustodyError("store-damaged", { place, reason: code }, { cause });
}

export function damaged(place: string, reason: string): CustodyError {
  return new CustodyError("store-damaged", { place, reason });
}

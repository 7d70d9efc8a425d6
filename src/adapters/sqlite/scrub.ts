/**
 * Taking out of the file what deletion leaves in it. `secure_delete` overwrites the cells it knows
 * of; page splits and rows that grew leave copies in the slack of pages that no later delete finds,
 * and the write-ahead log keeps the old pages. Only a rewritten file whose log was emptied holds
 * nothing of them.
 */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isCustodyError } from "../../errors.js";
import type { ScrubReport } from "../../ports/store.js";
import type { Connection } from "./connection.js";

/**
 * Up to this size the rewritten copy is made in memory, beyond it in a temporary file (of live rows
 * only).
 */
export const SCRUB_MEMORY_BYTES_MAX = 268_435_456;
const SCRUB_PAUSE_MS = 20;

const NOT_LOOKED_AT = ["free blocks of the file system", "backups and replicas of the file"];

/**
 * VACUUM, then `wal_checkpoint(TRUNCATE)`, whose `busy` does not throw and is looked at, then a
 * look at the free list and at the length of the log. Repeated for `busyTimeoutMs` while readers or
 * other writers are in the way; then, and when the disk has no room for the copy, the level is
 * `logical`. The event loop stands still during VACUUM.
 * @throws `store-poisoned`, `store-closed`, `store-damaged`
 */
export async function scrubFile(connection: Connection): Promise<ScrubReport> {
  const until = performance.now() + connection.busyTimeoutMs;
  let rewritten = false;
  do {
    connection.requireUsable();
    const attempted = attempt(connection, rewritten);
    if (attempted === "clean") return report(connection.place, "rewritten");
    if (attempted === "full") break;
    rewritten = attempted === "held";
    await sleep(SCRUB_PAUSE_MS);
  } while (performance.now() < until);
  return report(connection.place, "logical");
}

/**
 * `held`: the file is rewritten, and a reader keeps the log from being emptied; `busy`: not
 * rewritten yet.
 */
type Attempted = "clean" | "held" | "busy" | "full";

function attempt(connection: Connection, rewritten: boolean): Attempted {
  try {
    if (!rewritten) rewrite(connection);
    if (!checkpoint(connection)) return "held";
    return looksClean(connection) ? "clean" : "busy";
  } catch (error) {
    const fault = connection.fault(error);
    if (isCustodyError(fault, "store-busy")) return rewritten ? "held" : "busy";
    if (isCustodyError(fault, "store-full")) return "full";
    throw fault;
  }
}

function rewrite(connection: Connection): void {
  const { db, place } = connection;
  const large = statSync(place).size > SCRUB_MEMORY_BYTES_MAX;
  if (large) db.pragma("temp_store = FILE");
  try {
    db.exec("VACUUM");
  } finally {
    if (large) db.pragma("temp_store = MEMORY");
  }
}

/** True when every page of the log is in the file and the log was cut to nothing. */
export function checkpoint(connection: Connection): boolean {
  const [row] = connection.db.pragma("wal_checkpoint(TRUNCATE)") as readonly {
    readonly busy: number;
  }[];
  return row?.busy === 0;
}

function looksClean(connection: Connection): boolean {
  const { db, place } = connection;
  const free = db.pragma("freelist_count", { simple: true });
  return free === 0 && sizeOf(`${place}-wal`) === 0 && sizeOf(`${place}-journal`) === 0;
}

function sizeOf(place: string): number {
  return statSync(place, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The shared-memory index beside the log holds page numbers and never a row; it is named so that
 * nobody wonders.
 */
function report(place: string, level: ScrubReport["level"]): ScrubReport {
  const name = basename(place);
  return {
    level,
    lookedAt: [name, `${name}-wal`, `${name}-shm`],
    notLookedAt: [...NOT_LOOKED_AT],
  };
}

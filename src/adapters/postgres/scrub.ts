/**
 * Taking out of the tables what deletion leaves in them. A DELETE hides a row and VACUUM frees its
 * space; the bytes stay in the page until something else is written there. Only a table that was
 * written anew (VACUUM FULL) holds none of them, and the server says itself whether it had to copy
 * dead rows along because an older transaction could still see them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isCustodyError } from "../../errors.js";
import type { ScrubReport } from "../../ports/store.js";
import type { PgClient, PgNotice } from "./client.js";
import { faultOf } from "./faults.js";
import { type Sessions, useSession } from "./sessions.js";
import type { Statements } from "./statement.js";

/** The tables of which rows are changed or deleted; the others only grow. */
const SCRUBBED = ["payload", "document", "route", "record", "edge", "member"] as const;
const SCRUB_PAUSE_MS = 50;

const NOT_LOOKED_AT = [
  "the write-ahead log of the server, whose recycled segments keep old pages",
  "archives of the write-ahead log and base backups",
  "replicas, logical slots and other copies of the database",
  "temporary files of the server",
  "free blocks of the file system",
];

export interface ScrubOptions {
  readonly sessions: Sessions;
  readonly statements: Statements;
  readonly busyTimeoutMs: number;
  readonly distributed: boolean;
}

/**
 * Writes each table anew, which locks it against readers and writers while it runs and needs room
 * for a copy of it. Repeated for `busyTimeoutMs` while older transactions or locks are in the way;
 * then, and when the role may not or the room is missing, the level is `logical`.
 * @throws `store-unreachable`, `store-closed`
 */
export async function scrubTables(options: ScrubOptions): Promise<ScrubReport> {
  const { statements, busyTimeoutMs, distributed } = options;
  const until = performance.now() + busyTimeoutMs;
  const states = new Map<string, Rewriting>(SCRUBBED.map((table) => [table, "held"]));
  const held = () => SCRUBBED.filter((table) => states.get(table) === "held");
  for (;;) {
    for (const [table, state] of await rewrite(options, held())) states.set(table, state);
    if (held().length === 0 || performance.now() >= until) break;
    await sleep(SCRUB_PAUSE_MS);
  }
  const lookedAt = SCRUBBED.map((table) => `${statements.schema}.${table}`);
  // The workers of a cluster do not say it, and the coordinator's own table is an empty shell.
  const clean = !distributed && [...states.values()].every((state) => state === "rewritten");
  return { level: clean ? "rewritten" : "logical", lookedAt, notLookedAt: [...NOT_LOOKED_AT] };
}

/** `held`: something older keeps dead rows or the lock; `cannot`: no right, or no room. */
type Rewriting = "rewritten" | "held" | "cannot";

function rewrite(
  { sessions, statements, busyTimeoutMs }: ScrubOptions,
  tables: readonly string[],
): Promise<ReadonlyMap<string, Rewriting>> {
  return useSession(sessions, async (client) => {
    const states = new Map<string, Rewriting>();
    await client.query({ text: `SET lock_timeout = ${Math.max(1, busyTimeoutMs)}` });
    try {
      for (const table of tables) {
        const text = statements.text(`VACUUM (FULL, VERBOSE) {${table}}`);
        states.set(table, await rewriteOne(client, text, sessions.place));
      }
    } finally {
      await client.query({ text: "RESET lock_timeout" });
    }
    return states;
  });
}

/**
 * Rewritten when the server said of the table that no dead row had to be kept. The number is the
 * first of the detail in every language the server speaks. A server that says nothing has passed
 * the table over, which it does where the role may not, with a warning and no error.
 */
async function rewriteOne(client: PgClient, text: string, place: string): Promise<Rewriting> {
  const kept: number[] = [];
  const heard = ({ detail }: PgNotice) => {
    const found = /^\D*(\d+)/.exec(detail ?? "")?.[1];
    if (found !== undefined) kept.push(Number(found));
  };
  client.on?.("notice", heard);
  try {
    await client.query({ text });
  } catch (error) {
    return stateOf(faultOf(error, place));
  } finally {
    client.off?.("notice", heard);
  }
  if (kept.length === 0) return "cannot";
  return kept.every((count) => count === 0) ? "rewritten" : "held";
}

function stateOf(fault: unknown): Rewriting {
  if (isCustodyError(fault, "store-busy")) return "held";
  if (isCustodyError(fault, "store-full", "store-denied")) return "cannot";
  throw fault;
}

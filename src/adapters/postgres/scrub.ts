/**
 * Taking out of the tables what deletion leaves in them. A DELETE hides a row and VACUUM frees its
 * space; the bytes stay in the page until something else is written there. Only a table that was
 * written anew (VACUUM FULL) holds none of them, and the server says itself whether it had to copy
 * dead rows along because an older transaction could still see them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isCustodyError } from "../../errors.js";
import type { ScrubOptions, ScrubReport } from "../../ports/store.js";
import type { PgClient, PgNotice } from "./client.js";
import { faultOf } from "./faults.js";
import { type Sessions, useSession } from "./sessions.js";
import type { Statements } from "./statement.js";

/** The tables of which rows are changed or deleted; the others only grow. */
export const SCRUBBED = ["payload", "document", "route", "record", "edge", "member"] as const;
const SCRUB_PAUSE_MS = 50;

const NOT_LOOKED_AT = [
  "the write-ahead log of the server, whose recycled segments keep old pages",
  "archives of the write-ahead log and base backups",
  "replicas, logical slots and other copies of the database",
  "temporary files of the server",
  "free blocks of the file system",
];

export interface TableScrubbing extends ScrubOptions {
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
export async function scrubTables(options: TableScrubbing): Promise<ScrubReport> {
  const { statements, busyTimeoutMs, distributed } = options;
  const until = performance.now() + busyTimeoutMs;
  const states = new Map<string, Rewriting>(SCRUBBED.map((table) => [table, "held"]));
  const held = () => SCRUBBED.filter((table) => states.get(table) === "held");
  for (;;) {
    await rewrite(options, held(), (table, state) => {
      states.set(table, state);
      if (state !== "held") tellOf(options, states, table);
    });
    if (held().length === 0 || performance.now() >= until) break;
    await sleep(SCRUB_PAUSE_MS);
  }
  for (const table of held()) tellOf(options, states, table);
  const lookedAt = SCRUBBED.map((table) => `${statements.schema}.${table}`);
  // The workers of a cluster do not say it, and the coordinator's own table is an empty shell.
  const clean = !distributed && [...states.values()].every((state) => state === "rewritten");
  return { level: clean ? "rewritten" : "logical", lookedAt, notLookedAt: [...NOT_LOOKED_AT] };
}

/** `held`: something older keeps dead rows or the lock; `cannot`: no right, or no room. */
type Rewriting = "rewritten" | "held" | "cannot";

/** Held to the last is told at the end: until then it may still be rewritten. */
function tellOf(
  { progress, statements, distributed }: TableScrubbing,
  states: ReadonlyMap<string, Rewriting>,
  table: string,
): void {
  const level = states.get(table) === "rewritten" && !distributed ? "rewritten" : "logical";
  const done = [...states.values()].filter((state) => state !== "held").length;
  progress?.({ name: `${statements.schema}.${table}`, level, done, of: SCRUBBED.length });
}

function rewrite(
  { sessions, statements, busyTimeoutMs }: TableScrubbing,
  tables: readonly string[],
  told: (table: string, state: Rewriting) => void,
): Promise<void> {
  return useSession(sessions, async (client) => {
    await client.query({ text: `SET lock_timeout = ${Math.max(1, busyTimeoutMs)}` });
    try {
      for (const table of tables) {
        const text = statements.text(`VACUUM (FULL, VERBOSE) {${table}}`);
        told(table, await rewriteOne(client, text, sessions.place));
      }
    } finally {
      await client.query({ text: "RESET lock_timeout" });
    }
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

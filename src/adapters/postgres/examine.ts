/**
 * What of a server does not stop a store and should be known: settings that lose what was
 * acknowledged, and a clock that disagrees with the application's.
 */
import { z } from "zod";
import { readOptions } from "../option-reading.js";
import { readServer, type Server } from "./inspect.js";
import { functions, type PostgresPlaceOptions, placeOf, WHERE } from "./options.js";
import { useSession } from "./sessions.js";

/**
 * Deadlines and ages are judged by the application's clock. Servers kept by NTP differ by
 * milliseconds; seconds say that one of the two is wrong.
 */
export const CLOCK_SKEW_MS_MAX = 5_000;

const EXAMINE = z.strictObject({ ...WHERE, now: functions.now });

export interface ExaminePostgresOptions extends PostgresPlaceOptions {
  /** Epoch milliseconds of the machine, not of a test. */
  readonly now: () => number;
}

export interface PostgresExamination extends Server {
  /** How far the application's clock is ahead of the server's, in milliseconds. */
  readonly clockAheadMs: number;
  /** Closed sentences; none is the best answer. */
  readonly findings: readonly string[];
}

/**
 * Looks at the server; no store is needed. Nothing is changed.
 * @throws `store-unreachable`, `store-denied`, `store-missing` (no such database), `store-busy`,
 * `option-invalid`, `option-unknown`
 */
export async function examinePostgres(
  options: ExaminePostgresOptions,
): Promise<PostgresExamination> {
  const given = readOptions(EXAMINE, options, "postgres");
  const { sessions } = await placeOf(given);
  try {
    return await useSession(sessions, async (client) => {
      const beforeMs = given.now();
      const server = await readServer(client);
      // The server looked at its clock somewhere between the two moments.
      const clockAheadMs = Math.round((beforeMs + given.now()) / 2 - server.nowMs);
      return { ...server, clockAheadMs, findings: findingsOf(server, clockAheadMs) };
    });
  } finally {
    await sessions.close();
  }
}

function findingsOf(server: Server, clockAheadMs: number): readonly string[] {
  const findings: string[] = [];
  if (server.encoding !== "UTF8") findings.push("the database's encoding is not UTF8");
  if (!server.fsync) findings.push("fsync is off: a crash loses what was acknowledged");
  if (!server.fullPageWrites) findings.push("full_page_writes is off: a crash may tear pages");
  if (server.readOnly) findings.push("the server only reads");
  if (!(Math.abs(clockAheadMs) <= CLOCK_SKEW_MS_MAX)) {
    findings.push(`the clocks differ by more than ${CLOCK_SKEW_MS_MAX} ms`);
  }
  return findings;
}

/**
 * Several statements as of one moment, read in pieces. On a pool the moment is a transaction on a
 * connection of its own; on a lone client, which has to serve others in between, it is cursors that
 * the server keeps beyond their transaction (WITH HOLD), whole results on its side.
 */
import type { Columns, PgClient, PgQuery } from "./client.js";
import { faultOf } from "./faults.js";
import type { Template } from "./scan.js";
import { type Lease, type Sessions, useSession } from "./sessions.js";
import type { Statements } from "./statement.js";

export interface Moment {
  /** The next rows of the statement of this index; none at its end. */
  readonly fetch: (index: number, rows: number) => Promise<readonly Columns[]>;
  /** Something else that was committed before the moment. */
  readonly ask: (query: PgQuery) => Promise<readonly Columns[]>;
  /** Idempotent. */
  readonly end: () => Promise<void>;
}

/** Fixes the moment before it resolves. @throws what `faultOf` says */
export function beginMoment(
  sessions: Sessions,
  statements: Statements,
  templates: readonly Template[],
): Promise<Moment> {
  return sessions.scansMax > 0
    ? leasedMoment(sessions, statements, templates)
    : heldMoment(sessions, statements, templates);
}

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const cursorOf = (index: number) => `custody_scan_${index}`;

async function leasedMoment(
  sessions: Sessions,
  statements: Statements,
  templates: readonly Template[],
): Promise<Moment> {
  const { place } = sessions;
  const lease: Lease = await sessions.lease();
  let sound = true;
  const send = async (query: PgQuery) => {
    try {
      return (await lease.client.query(query)).rows;
    } catch (error) {
      sound = false;
      throw faultOf(error, place);
    }
  };
  const end = async () => {
    await send({ text: "ROLLBACK" }).catch(() => {});
    lease.release(!sound);
  };
  try {
    await send({ text: BEGIN });
    for (const [index, { sql, values }] of templates.entries()) {
      const text = `DECLARE ${cursorOf(index)} NO SCROLL CURSOR FOR ${sql}`;
      await send(statements.once(text, values));
    }
  } catch (error) {
    await end();
    throw error;
  }
  const fetch = (index: number, rows: number) => send(fetching(cursorOf(index), rows));
  return { fetch, ask: send, end };
}

async function heldMoment(
  sessions: Sessions,
  statements: Statements,
  templates: readonly Template[],
): Promise<Moment> {
  const send = (query: PgQuery) =>
    useSession(sessions, async (client) => (await client.query(query)).rows);
  const names: string[] = [];
  await useSession(sessions, async (client) => {
    await client.query({ text: BEGIN });
    for (const { sql, values } of templates) {
      const name = await freeCursor(client, names);
      names.push(name);
      await client.query(
        statements.once(`DECLARE ${name} NO SCROLL CURSOR WITH HOLD FOR ${sql}`, values),
      );
    }
    await client.query({ text: "COMMIT" });
  });
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    for (const name of names) await send({ text: `CLOSE ${name}` }).catch(() => {});
  };
  const fetch = (index: number, rows: number) => send(fetching(names[index] ?? "", rows));
  return { fetch, ask: send, end };
}

/** A lone client may have many held cursors at once, of several stores. */
async function freeCursor(client: PgClient, mine: readonly string[]): Promise<string> {
  const { rows } = await client.query({ text: "SELECT name FROM pg_cursors" });
  const taken = new Set([...mine, ...rows.map(({ name }) => String(name))]);
  let number = taken.size;
  while (taken.has(cursorOf(number))) number += 1;
  return cursorOf(number);
}

function fetching(cursor: string, rows: number): PgQuery {
  return { text: `FETCH FORWARD ${rows} FROM ${cursor}` };
}

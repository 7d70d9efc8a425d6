/**
 * Turns at the server: a pool lends a connection for each piece of work; a lone client is lent to
 * one piece of work after the other. Every wait is bounded, and every error that leaves here is in
 * the closed codes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CustodyError, isCustodyError } from "../../errors.js";
import {
  type Columns,
  type PgClient,
  type PgNotice,
  type PgPool,
  type PgQuery,
  sendAll,
} from "./client.js";
import { faultOf } from "./faults.js";

/**
 * Of a pool's clients, how many stay free of long scans: one for whoever appends, one for whoever
 * reads in the middle of a scan.
 */
const CLIENTS_KEPT = 2;
/** What `pg` gives a pool that names no size. */
const POOL_CLIENTS = 10;

export interface Lease {
  readonly client: PgClient;
  /** Idempotent. A connection that is in an unknown state is thrown away. */
  readonly release: (broken: boolean) => void;
}

export interface Sessions {
  readonly place: string;
  /** How many scans may keep a connection; 0 for a lone client, which keeps none. */
  readonly scansMax: number;
  readonly lease: () => Promise<Lease>;
  /** Ends what was opened here; what was given stays as it is. */
  readonly close: () => Promise<void>;
}

export interface SessionOptions {
  readonly place: string;
  readonly busyTimeoutMs: number;
  /** Ends the pool, when it is the store's own. */
  readonly end: () => Promise<void>;
  /** Whether nobody else uses the pool. */
  readonly own: boolean;
}

/** Connections of a pool. A pool of fewer than three clients lends none to scans. */
export function poolSessions(pool: PgPool, options: SessionOptions): Sessions {
  const { place, busyTimeoutMs, end, own } = options;
  // Without a listener an idle connection that breaks would end the whole process.
  const heard = () => {};
  pool.on?.("error", heard);
  const lease = async (): Promise<Lease> => {
    const asked = pool.connect();
    const client = await within(asked, busyTimeoutMs, () => {
      asked.then(
        (late) => late.release(),
        () => {},
      );
      return new CustodyError("store-busy", { place, waitedMs: busyTimeoutMs });
    }).catch((error: unknown) => {
      throw faultOf(error, place);
    });
    return leaseOf(client, (broken) => client.release(broken));
  };
  const size = pool.options?.max ?? POOL_CLIENTS;
  // Heard until the last connection of a pool of ours is gone: one may break while it is ended.
  const close = async () => {
    await end();
    if (!own) pool.off?.("error", heard);
  };
  return { place, scansMax: Math.max(0, size - CLIENTS_KEPT), lease, close };
}

/**
 * One client, which nobody else may use while the store is open: a statement of somebody else would
 * fall into a transaction of the store.
 */
export function clientSessions(client: PgClient, options: SessionOptions): Sessions {
  let last: Promise<void> = Promise.resolve();
  const lease = async (): Promise<Lease> => {
    const before = last;
    let done = () => {};
    last = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    return leaseOf(client, () => done());
  };
  return { place: options.place, scansMax: 0, lease, close: options.end };
}

/**
 * Does the work on a connection and gives it back. When the work fails, what it left open is rolled
 * back, and a connection that cannot do even that is thrown away. `work` must leave no transaction
 * open when it succeeds.
 */
export async function useSession<T>(
  sessions: Sessions,
  work: (client: PgClient) => Promise<T>,
): Promise<T> {
  const { client, release } = await sessions.lease();
  let broken = true;
  try {
    const done = await work(client);
    broken = false;
    return done;
  } catch (error) {
    const fault = faultOf(error, sessions.place);
    broken = !(await rollBack(client, fault));
    throw fault;
  } finally {
    release(broken);
  }
}

/**
 * The rows of one statement that only reads. A connection that died while it lay idle is told by
 * its first use, so the statement is sent once more over another.
 * @throws what `faultOf` says
 */
export async function ask(sessions: Sessions, query: PgQuery): Promise<readonly Columns[]> {
  const once = () => useSession(sessions, async (client) => (await client.query(query)).rows);
  try {
    return await once();
  } catch (error) {
    if (!isCustodyError(error, "store-unreachable")) throw error;
    return once();
  }
}

/** Does the work in one transaction that sees one moment and can write nothing. */
export async function readInOne<T>(
  sessions: Sessions,
  work: (client: PgClient) => Promise<T>,
): Promise<T> {
  return useSession(sessions, async (client) => {
    await client.query({ text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" });
    const found = await work(client);
    await client.query({ text: "ROLLBACK" });
    return found;
  });
}

/** True when the connection is known to be outside of a transaction again. */
async function rollBack(client: PgClient, fault: unknown): Promise<boolean> {
  if (fault instanceof CustodyError && fault.code === "store-unreachable") return false;
  try {
    await sendAll(client, [{ text: "ROLLBACK" }]);
    return true;
  } catch {
    return false;
  }
}

function leaseOf(client: PgClient, give: (broken: boolean) => void): Lease {
  let given = false;
  // A connection that breaks while nothing is asked of it is told by an event, and by the next
  // query.
  const heard = (_: PgNotice) => {};
  client.on?.("error", heard);
  return {
    client,
    release: (broken) => {
      if (given) return;
      given = true;
      client.off?.("error", heard);
      give(broken);
    },
  };
}

async function within<T>(
  promise: Promise<T>,
  waitMs: number,
  tooLate: () => CustodyError,
): Promise<T> {
  const timer = new AbortController();
  const late = sleep(waitMs, undefined, { signal: timer.signal }).then(
    () => {
      throw tooLate();
    },
    () => promise,
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** What is given to open a store, and how it becomes turns at the server. */
import { z } from "zod";
import { CustodyError } from "../../errors.js";
import type { RandomBytes } from "../../lib/id.js";
import type { PgClient, PgPool } from "./client.js";
import { faultOf } from "./faults.js";
import { clientSessions, poolSessions, type Sessions } from "./sessions.js";
import { SCHEMA, SCHEMA_NAME } from "./statement.js";

export const BUSY_TIMEOUT_MS = 5_000;
export const BUSY_TIMEOUT_MS_MAX = 60_000;
/** Of the pool that a store makes for itself when it is given a URL. */
export const POOL_CLIENTS_MAX = 10;
const PATH_CHARACTERS_MAX = 4_096;
const URL_PATTERN = /^postgres(?:ql)?:\/\//;

const answers = <T>() =>
  z.custom<T>(
    (given) => typeof (given as { readonly query?: unknown } | null)?.query === "function",
  );
const lends = <T>() =>
  z.custom<T>(
    (given) => typeof (given as { readonly connect?: unknown } | null)?.connect === "function",
  );

/** Exactly one of the three says where the server is. */
export const WHERE = {
  pool: lends<PgPool>().optional(),
  client: answers<PgClient>().optional(),
  url: z.string().regex(URL_PATTERN).max(PATH_CHARACTERS_MAX).optional(),
  schema: z.string().regex(SCHEMA_NAME).optional(),
  busyTimeoutMs: z.int().min(0).max(BUSY_TIMEOUT_MS_MAX).default(BUSY_TIMEOUT_MS),
  prepare: z.boolean().default(true),
};

export const functions = {
  now: z.custom<() => number>((given) => typeof given === "function"),
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
};

export const folderOption = z.string().min(1).max(PATH_CHARACTERS_MAX);

export interface PostgresPlaceOptions {
  /**
   * A `Pool` of `pg`, or anything of its shape. It stays the caller's: closing the store does not
   * end it. Of its clients one is used for writing, and each long scan holds one.
   */
  readonly pool?: PgPool | undefined;
  /**
   * A single connected client, for nobody but the store: its calls are lined up one after another.
   */
  readonly client?: PgClient | undefined;
  /**
   * `postgres://host/database`, for a pool of the store's own; needs the package `pg`. The schema
   * may be named as `?schema=`, a password in PGPASSWORD or a password file.
   */
  readonly url?: string | undefined;
  /** Where the tables are. @default "custody" */
  readonly schema?: string | undefined;
  /** How long a call waits for a connection or a lock, in ms. @default 5000; 0 to 60000 */
  readonly busyTimeoutMs?: number | undefined;
  /**
   * Whether statements are prepared under names. A pooler that changes the connection between
   * transactions needs `false`. @default true
   */
  readonly prepare?: boolean | undefined;
}

export interface Place {
  readonly sessions: Sessions;
  readonly schema: string;
  readonly busyTimeoutMs: number;
  readonly prepare: boolean;
}

interface Given {
  readonly pool?: PgPool | undefined;
  readonly client?: PgClient | undefined;
  readonly url?: string | undefined;
  readonly schema?: string | undefined;
  readonly busyTimeoutMs: number;
  readonly prepare: boolean;
}

/**
 * @throws `option-invalid` unless exactly one of pool, client and url is given, for a URL that is
 * none, and without the package `pg` where it is needed
 */
export async function placeOf(given: Given): Promise<Place> {
  const { pool, client, url, busyTimeoutMs, prepare } = given;
  const ways = [pool, client, url].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new CustodyError("option-invalid", { path: "postgres", reason: "pool, client or url" });
  }
  const parsed = url === undefined ? undefined : parseUrl(url);
  const schema = given.schema ?? parsed?.schema ?? SCHEMA;
  const place = `${parsed?.shown ?? "postgres:"}/${schema}`;
  const options = { place, busyTimeoutMs, own: false, end: async () => {} };
  if (pool !== undefined) return { ...given, schema, sessions: poolSessions(pool, options) };
  if (client !== undefined) return { ...given, schema, sessions: clientSessions(client, options) };
  const { lent, end } = await ownPool(parsed?.connectionString ?? "", busyTimeoutMs, place);
  return {
    busyTimeoutMs,
    prepare,
    schema,
    sessions: poolSessions(lent, { ...options, own: true, end }),
  };
}

/** A URL without what must not be shown, and without what is ours and not the driver's. */
export function parseUrl(url: string): {
  readonly connectionString: string;
  readonly schema: string | undefined;
  readonly shown: string;
  readonly password: boolean;
} {
  if (!URL.canParse(url)) {
    throw new CustodyError("option-invalid", { path: "url", reason: "not a URL" });
  }
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") ?? undefined;
  if (schema !== undefined && !SCHEMA_NAME.test(schema)) {
    throw new CustodyError("option-invalid", { path: "url.schema", reason: "not a plain name" });
  }
  const password = parsed.password !== "" || parsed.searchParams.has("password");
  parsed.searchParams.delete("schema");
  const shown = `postgres://${parsed.host}${parsed.pathname}`;
  return { connectionString: parsed.href, schema, shown, password };
}

/** Loaded here, so that a store over the caller's own pool needs no package at all. */
async function ownPool(
  connectionString: string,
  busyTimeoutMs: number,
  place: string,
): Promise<{ readonly lent: PgPool; readonly end: () => Promise<void> }> {
  try {
    const { default: pg } = await import("pg");
    const options = {
      connectionString,
      max: POOL_CLIENTS_MAX,
      connectionTimeoutMillis: Math.max(1, busyTimeoutMs),
      pipeline: true,
      application_name: "custody",
    };
    const lent = new pg.Pool(options);
    return { lent: lent as PgPool, end: () => lent.end() };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") {
      throw faultOf(cause, place);
    }
    const reason = "the package pg is not installed";
    throw new CustodyError("option-invalid", { path: "url", reason }, { cause });
  }
}

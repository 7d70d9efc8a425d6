/**
 * Is there a custody store in this schema, of this version, on a server that is fit for it?
 * Answered without changing anything.
 */
import { CustodyError } from "../../errors.js";
import { parseId } from "../../lib/id.js";
import type { StoreIdentity } from "../../ports/store.js";
import { type Migration, pendingMigrations, schemaNumber } from "../migrations.js";
import type { Columns, PgClient } from "./client.js";
import { appliedMigrations } from "./migrate.js";
import { readInOne, type Sessions } from "./sessions.js";
import type { Statements } from "./statement.js";

/** Older servers have no hashes of arrays worth the name, and no support. */
export const SERVER_VERSION_MIN = 130_000;

const SERVER = `SELECT current_setting('server_version_num')::integer AS version,
  current_setting('server_encoding') AS encoding,
  current_setting('default_transaction_read_only') AS closed, pg_is_in_recovery() AS replica,
  current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
  current_setting('synchronous_commit') AS durable,
  extract(epoch FROM clock_timestamp()) * 1000 AS ms,
  (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS citus`;
const TABLES = `SELECT count(*)::integer AS tables,
  count(*) FILTER (WHERE c.relname IN ('meta', 'migration', 'head'))::integer AS ours
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`;
const OUR_TABLES = 3;
const IDENTITY = "SELECT name, value FROM {meta} WHERE name IN ('store', 'copy')";
const DISTRIBUTED = "SELECT 1 FROM pg_dist_partition WHERE logicalrelid = $1::regclass";

/** What the server says of itself. */
export interface Server {
  readonly version: number;
  readonly encoding: string;
  /** True on a replica, and where transactions only read unless they say otherwise. */
  readonly readOnly: boolean;
  readonly fsync: boolean;
  readonly fullPageWrites: boolean;
  readonly synchronousCommit: string;
  /** The server's clock, epoch milliseconds. */
  readonly nowMs: number;
  /** The version of the extension; undefined where it is not in the database. */
  readonly citus: string | undefined;
}

export interface Inspection {
  readonly identity: StoreIdentity;
  readonly server: Server;
  /** Whether the tables are spread over a cluster. */
  readonly distributed: boolean;
  /** In the folder and not yet applied, in order. */
  readonly pending: readonly Migration[];
}

/**
 * @throws `store-missing`, `store-foreign`, `copy-unfinished`, `store-unfit`, `store-damaged`,
 * `store-denied`, `store-unreachable`, `migration-drift`, `migration-missing`
 */
export function inspectSchema(
  sessions: Sessions,
  statements: Statements,
  files: readonly Migration[],
): Promise<Inspection> {
  return readInOne(sessions, async (client) => {
    const { place } = sessions;
    const server = await readServer(client);
    requireFit(server, place);
    if (!(await holdsStore(client, statements, place))) {
      throw new CustodyError("store-missing", { place });
    }
    const applied = await appliedMigrations(client, statements);
    const pending = pendingMigrations(applied, files);
    const named = (await client.query(statements.once(IDENTITY))).rows;
    if (named.some(({ name }) => name === "copy")) {
      throw new CustodyError("copy-unfinished", { place });
    }
    const id = parseId("store", named[0]?.value);
    if (id === undefined) {
      throw new CustodyError("store-damaged", { place, reason: "it has no identity" });
    }
    const identity = { id, schema: schemaNumber(applied.keys()) };
    const distributed = server.citus !== undefined && (await isDistributed(client, statements));
    return { identity, server, distributed, pending };
  });
}

export async function readServer(client: PgClient): Promise<Server> {
  const [row = {}] = (await client.query({ text: SERVER })).rows;
  return serverOf(row);
}

function serverOf(row: Columns): Server {
  return {
    version: Number(row.version),
    encoding: String(row.encoding),
    readOnly: row.replica === true || row.closed === "on",
    fsync: row.fsync === "on",
    fullPageWrites: row.pages === "on",
    synchronousCommit: String(row.durable),
    nowMs: Math.round(Number(row.ms)),
    citus: typeof row.citus === "string" ? row.citus : undefined,
  };
}

/** @throws `store-unfit` */
export function requireFit({ version, encoding }: Server, place: string): void {
  if (encoding !== "UTF8") {
    throw new CustodyError("store-unfit", { place, reason: `its encoding is ${encoding}` });
  }
  if (version < SERVER_VERSION_MIN) {
    throw new CustodyError("store-unfit", { place, reason: "it is older than PostgreSQL 13" });
  }
}

/** @throws `store-foreign` for a schema in which somebody else keeps tables */
export async function holdsStore(
  client: PgClient,
  statements: Statements,
  place: string,
): Promise<boolean> {
  const { rows } = await client.query({ text: TABLES, values: [statements.schema] });
  const [{ tables, ours } = { tables: 0, ours: 0 }] = rows;
  if (Number(ours) === OUR_TABLES) return true;
  if (Number(tables) > 0) throw new CustodyError("store-foreign", { place });
  return false;
}

async function isDistributed(client: PgClient, statements: Statements): Promise<boolean> {
  const table = statements.text("{document}");
  return (await client.query({ text: DISTRIBUTED, values: [table] })).rows.length > 0;
}

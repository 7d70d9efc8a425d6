/** Making, opening, migrating and distributing a store in a schema of a database. */
import { z } from "zod";
import { CustodyError } from "../../errors.js";
import { idFactory, type RandomBytes } from "../../lib/id.js";
import { instantText } from "../../lib/instant.js";
import type { Store } from "../../ports/store.js";
import { readyBatch } from "../batch.js";
import { type MigrationReport, readMigrations, schemaNumber } from "../migrations.js";
import { readOptions } from "../option-reading.js";
import type { PgClient } from "./client.js";
import { planGroup } from "./group-plan.js";
import { readState } from "./group-state.js";
import { writeGroup } from "./group-write.js";
import { holdsStore, inspectSchema, readServer, requireFit, type Server } from "./inspect.js";
import {
  applyMigration,
  applyPending,
  beginAlone,
  distribution,
  MIGRATIONS_FOLDER,
} from "./migrate.js";
import {
  folderOption,
  functions,
  type Place,
  type PostgresPlaceOptions,
  placeOf,
  WHERE,
} from "./options.js";
import { useSession } from "./sessions.js";
import { Statements } from "./statement.js";
import { PostgresStore } from "./store.js";

const CREATE = z.strictObject({ ...WHERE, ...functions });
const OPEN = z.strictObject({
  ...WHERE,
  readOnly: z.boolean().default(false),
  requireFsync: z.boolean().default(false),
  folder: folderOption.default(MIGRATIONS_FOLDER),
});
const MIGRATE = z.strictObject({
  ...WHERE,
  dryRun: z.boolean().default(false),
  folder: folderOption.default(MIGRATIONS_FOLDER),
});
const DROP = z.strictObject({ ...WHERE, storeId: z.string() });
const DISTRIBUTE = z.strictObject({ ...WHERE, folder: folderOption.default(MIGRATIONS_FOLDER) });

export interface CreatePostgresStoreOptions extends PostgresPlaceOptions {
  /** Epoch milliseconds; dates the first event and the store's id. */
  readonly now: () => number;
  readonly random: RandomBytes;
}

export interface OpenPostgresStoreOptions extends PostgresPlaceOptions {
  /** @default false. A store opened so refuses `append` and `scrub` with `state-conflict`. */
  readonly readOnly?: boolean;
  /** Refuses a server with `fsync=off`, which can lose what it acknowledged. @default false */
  readonly requireFsync?: boolean;
  /** Where the numbered SQL files are. @default those that came with this package */
  readonly folder?: string;
}

export interface MigratePostgresOptions extends PostgresPlaceOptions {
  /** Says what is pending and applies nothing. @default false */
  readonly dryRun?: boolean;
  /** Where the numbered SQL files are. @default those that came with this package */
  readonly folder?: string;
}

export interface DropPostgresStoreOptions extends PostgresPlaceOptions {
  /** The id of the store that is meant (`store.identity.id`). */
  readonly storeId: string;
}

export interface DistributePostgresOptions extends PostgresPlaceOptions {
  /** Where `distribute.sql` is. @default the one that came with this package */
  readonly folder?: string;
}

/**
 * Makes the schema when it is not there, applies all migrations and writes the identity and the
 * ledger's first event (`store-created`), in one transaction: a crash leaves nothing, and of two
 * programs that create at once one gets `store-exists`.
 * @throws `store-exists`, `store-foreign` (a schema with other tables), `store-unfit`,
 * `store-denied`, `store-unreachable`, `state-conflict` (the server only reads), `option-invalid`,
 * `option-unknown`, `clock-invalid`
 */
export async function createPostgresStore(options: CreatePostgresStoreOptions): Promise<Store> {
  const given = readOptions(CREATE, options, "postgres");
  const place = await placeOf(given);
  try {
    await build(place, given.now, given.random);
    return await opened(place, { readOnly: false, requireFsync: false, folder: MIGRATIONS_FOLDER });
  } catch (error) {
    await place.sessions.close();
    throw error;
  }
}

/**
 * Opens a store that exists. What is refused is neither made nor changed. The rows are not read
 * through: `ledger verify` and `doctor` do that.
 * @throws `store-missing`, `store-foreign`, `copy-unfinished`, `store-unfit`, `store-denied`,
 * `store-unreachable`, `store-damaged`, `store-busy`, `migration-drift`, `migration-missing`,
 * `migration-pending`, `state-conflict` (to write on a server that only reads), `option-invalid`,
 * `option-unknown`
 */
export async function openPostgresStore(options: OpenPostgresStoreOptions): Promise<Store> {
  const given = readOptions(OPEN, options, "postgres");
  const place = await placeOf(given);
  try {
    return await opened(place, given);
  } catch (error) {
    await place.sessions.close();
    throw error;
  }
}

/**
 * Applies every migration that the schema lacks, by set difference, each in a transaction of its
 * own behind an advisory lock of the schema.
 * @throws what `openPostgresStore` throws, `migration-pending` excepted; `store-damaged` with the
 * server's code for a migration that does not run (it is rolled back, those before it stay)
 */
export async function migratePostgres(options: MigratePostgresOptions): Promise<MigrationReport> {
  const given = readOptions(MIGRATE, options, "postgres");
  const place = await placeOf(given);
  const { sessions, busyTimeoutMs } = place;
  try {
    const files = readMigrations(given.folder);
    const statements = new Statements(place.schema, false);
    const inspection = await inspectSchema(sessions, statements, files);
    const pending = inspection.pending.map(({ name }) => name);
    if (given.dryRun || pending.length === 0) return { applied: [], pending };
    const applied = await applyPending(sessions, statements, files, busyTimeoutMs);
    return { applied, pending: [] };
  } finally {
    await sessions.close();
  }
}

/**
 * Spreads the tables over the workers of a Citus cluster, in one transaction. Once; the rows that
 * are there move along.
 * @throws `extension-missing` where the database has no Citus, `state-conflict` for tables that are
 * spread already, `migration-pending`, and what `openPostgresStore` throws
 */
export async function distributePostgres(options: DistributePostgresOptions): Promise<void> {
  const given = readOptions(DISTRIBUTE, options, "postgres");
  const place = await placeOf(given);
  const { sessions, busyTimeoutMs } = place;
  try {
    const statements = new Statements(place.schema, false);
    const inspection = await inspectSchema(sessions, statements, readMigrations(given.folder));
    const { server, identity, distributed, pending } = inspection;
    if (server.citus === undefined) throw new CustodyError("extension-missing", { name: "citus" });
    if (pending[0] !== undefined) {
      throw new CustodyError("migration-pending", { name: pending[0].name });
    }
    if (distributed) {
      const details = { id: identity.id, state: "distributed", action: "distribute" };
      throw new CustodyError("state-conflict", details);
    }
    await useSession(sessions, async (client) => {
      await beginAlone(client, statements, busyTimeoutMs);
      await client.query({ text: distribution(given.folder) });
      await client.query({ text: "COMMIT" });
    });
  } finally {
    await sessions.close();
  }
}

/**
 * Drops the schema and everything in it, when it holds exactly the store of this id. For stores
 * that were made to be thrown away: there is no way back.
 * @throws `state-conflict` for another store, and what `openPostgresStore` throws
 */
export async function dropPostgresStore(options: DropPostgresStoreOptions): Promise<void> {
  const given = readOptions(DROP, options, "postgres");
  const place = await placeOf(given);
  const { sessions, schema, busyTimeoutMs } = place;
  try {
    const statements = new Statements(schema, false);
    const { identity } = await inspectSchema(
      sessions,
      statements,
      readMigrations(MIGRATIONS_FOLDER),
    );
    if (identity.id !== given.storeId) {
      throw new CustodyError("state-conflict", { id: identity.id, state: "kept", action: "drop" });
    }
    await useSession(sessions, async (client) => {
      await beginAlone(client, statements, busyTimeoutMs);
      await client.query({ text: `DROP SCHEMA ${schema} CASCADE` });
      await client.query({ text: "COMMIT" });
    });
  } finally {
    await sessions.close();
  }
}

async function opened(
  place: Place,
  options: { readonly readOnly: boolean; readonly requireFsync: boolean; readonly folder: string },
): Promise<Store> {
  const { sessions, schema, busyTimeoutMs, prepare } = place;
  const { readOnly, requireFsync, folder } = options;
  const statements = new Statements(schema, prepare);
  const inspection = await inspectSchema(sessions, statements, readMigrations(folder));
  const { pending, server, identity, distributed } = inspection;
  if (pending[0] !== undefined) {
    throw new CustodyError("migration-pending", { name: pending[0].name });
  }
  if (!readOnly) requireWritable(server, sessions.place);
  if (requireFsync && !server.fsync) {
    throw new CustodyError("store-unfit", { place: sessions.place, reason: "fsync is off" });
  }
  const parts = { sessions, statements, identity, readOnly, busyTimeoutMs, distributed };
  return new PostgresStore(parts);
}

export function requireWritable({ readOnly }: Server, place: string): void {
  if (!readOnly) return;
  throw new CustodyError("state-conflict", { id: place, state: "read-only", action: "open" });
}

async function build(place: Place, now: () => number, random: RandomBytes): Promise<void> {
  const { sessions, schema, busyTimeoutMs } = place;
  const statements = new Statements(schema, false);
  await useSession(sessions, async (client) => {
    const server = await readServer(client);
    requireFit(server, sessions.place);
    requireWritable(server, sessions.place);
    await beginAlone(client, statements, busyTimeoutMs);
    if (await holdsStore(client, statements, sessions.place)) {
      throw new CustodyError("store-exists", { place: sessions.place });
    }
    await makeSchema(client, schema);
    await found(client, statements, now, random);
    await client.query({ text: "COMMIT" });
  });
}

/** A role may be allowed to fill a schema and not to make one. */
export async function makeSchema(client: PgClient, schema: string): Promise<void> {
  const sought = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
  const { rows } = await client.query({ text: sought, values: [schema] });
  if (rows.length === 0) await client.query({ text: `CREATE SCHEMA ${schema}` });
}

async function found(
  client: PgClient,
  statements: Statements,
  now: () => number,
  random: RandomBytes,
): Promise<void> {
  const files = readMigrations(MIGRATIONS_FOLDER);
  for (const file of files) await applyMigration(client, statements, file);
  const atMs = now();
  const id = idFactory({ now: () => atMs, random });
  const store = id("store");
  await client.query(
    statements.once("INSERT INTO {meta} (name, value) VALUES ('store', $1)", [store]),
  );
  const head = { ledger: 0, ordinal: 0 };
  const first = "INSERT INTO {head} (name, ledger, ordinal) VALUES ('head', 0, 0)";
  await client.query(statements.once(first));
  const about = { store, schema: schemaNumber(files.map(({ name }) => name)) };
  const at = instantText(atMs);
  const event = { id: id("event"), type: "store-created", at, actor: "custody", about } as const;
  const group = [readyBatch({ event, writes: [] })];
  const state = await readState(client, statements, group);
  const plan = planGroup(state, head, group);
  await writeGroup({ client, statements, distributed: false }, state, plan, head.ledger);
}

/** Making, opening and migrating the file of a store. */
import { z } from "zod";
import { CustodyError } from "../../errors.js";
import { idFactory, type RandomBytes } from "../../lib/id.js";
import { instantText } from "../../lib/instant.js";
import type { Store } from "../../ports/store.js";
import { readyBatch } from "../batch.js";
import { type MigrationReport, readMigrations, schemaNumber } from "../migrations.js";
import { readOptions } from "../option-reading.js";
import { applyBatch } from "./apply.js";
import { type Connection, openConnection } from "./connection.js";
import { createFile } from "./file.js";
import { APPLICATION_ID, inspectFile } from "./inspect.js";
import { applyMigration, applyPending, MIGRATIONS_FOLDER } from "./migrate.js";
import { SqliteStore } from "./store.js";

export const BUSY_TIMEOUT_MS = 5_000;
export const BUSY_TIMEOUT_MS_MAX = 60_000;
export const PATH_CHARACTERS_MAX = 4_096;

const place = z.string().min(1).max(PATH_CHARACTERS_MAX);
const waiting = z.int().min(0).max(BUSY_TIMEOUT_MS_MAX).default(BUSY_TIMEOUT_MS);

const CREATE = z.strictObject({
  path: place,
  now: z.custom<() => number>((given) => typeof given === "function"),
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
});

const OPEN = z.strictObject({
  path: place,
  readOnly: z.boolean().default(false),
  busyTimeoutMs: waiting,
  folder: place.default(MIGRATIONS_FOLDER),
});

const MIGRATE = z.strictObject({
  path: place,
  dryRun: z.boolean().default(false),
  folder: place.default(MIGRATIONS_FOLDER),
});

export interface CreateSqliteStoreOptions {
  /** Where the file is made, mode 0600. Its folder must exist. */
  readonly path: string;
  /** Epoch milliseconds; dates the first event and the store's id. */
  readonly now: () => number;
  readonly random: RandomBytes;
}

export interface OpenSqliteStoreOptions {
  readonly path: string;
  /** @default false. A store opened so refuses `append` and `scrub` with `state-conflict`. */
  readonly readOnly?: boolean;
  /** How long a call waits for another process, in milliseconds. @default 5000; 0 to 60000 */
  readonly busyTimeoutMs?: number;
  /** Where the numbered SQL files are. @default those that came with this package */
  readonly folder?: string;
}

export interface MigrateSqliteOptions {
  readonly path: string;
  /** Says what is pending and applies nothing. @default false */
  readonly dryRun?: boolean;
  /** Where the numbered SQL files are. @default those that came with this package */
  readonly folder?: string;
}

/**
 * Makes the file, applies all migrations and, in the same commit, writes the identity and the
 * ledger's first event (`store-created`). Built under another name and linked to `path` when it is
 * whole: a crash leaves no half store there, and of two programs that create at once one gets
 * `store-exists`.
 * @throws `store-exists` (also for a log that another database left at that name), `store-full`,
 * `store-poisoned`, `option-invalid` (no such folder), `option-unknown`, `clock-invalid`
 */
export async function createSqliteStore(options: CreateSqliteStoreOptions): Promise<Store> {
  const { path, now, random } = readOptions(CREATE, options, "sqlite");
  createFile(path, random, (connection) => found(connection, now, random));
  return openSqliteStore({ path });
}

/**
 * Opens a store that exists. What is refused is neither made nor changed. A file of up to
 * `CHECKED_WHOLE_BYTES_MAX` is read whole once (`PRAGMA quick_check`); of a larger one only header
 * and length are looked at.
 * @throws `store-missing`, `store-foreign`, `copy-unfinished`, `store-damaged`, `store-busy`,
 * `migration-drift`, `migration-missing`, `migration-pending`, `option-invalid`, `option-unknown`
 */
export async function openSqliteStore(options: OpenSqliteStoreOptions): Promise<Store> {
  const { path, readOnly, busyTimeoutMs, folder } = readOptions(OPEN, options, "sqlite");
  const inspection = await inspectFile(path, readMigrations(folder), busyTimeoutMs);
  const [pending] = inspection.pending;
  if (pending !== undefined) throw new CustodyError("migration-pending", { name: pending.name });
  const connection = openConnection({ path, readOnly, busyTimeoutMs });
  return new SqliteStore(connection, inspection.identity, readOnly);
}

/**
 * Applies every migration that the file lacks, by set difference.
 * @throws what `openSqliteStore` throws, `migration-pending` excepted; `store-damaged` with
 * SQLite's code for a migration that does not run (it is rolled back, those before it stay)
 */
export async function migrateSqlite(options: MigrateSqliteOptions): Promise<MigrationReport> {
  const { path, dryRun, folder } = readOptions(MIGRATE, options, "sqlite");
  const files = readMigrations(folder);
  const inspection = await inspectFile(path, files, BUSY_TIMEOUT_MS);
  const pending = inspection.pending.map(({ name }) => name);
  if (dryRun || pending.length === 0) return { applied: [], pending };
  const connection = openConnection({ path, readOnly: false, busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    return { applied: await applyPending(connection, files), pending: [] };
  } finally {
    connection.close();
  }
}

function found(connection: Connection, now: () => number, random: RandomBytes): void {
  const { db } = connection;
  db.pragma(`application_id = ${APPLICATION_ID}`);
  const files = readMigrations(MIGRATIONS_FOLDER);
  for (const file of files) applyMigration(db, file);
  const atMs = now();
  const id = idFactory({ now: () => atMs, random });
  const store = id("store");
  db.prepare("INSERT INTO meta (name, value) VALUES ('store', ?)").run(store);
  const about = { store, schema: schemaNumber(files.map(({ name }) => name)) };
  const at = instantText(atMs);
  const event = { id: id("event"), type: "store-created", at, actor: "custody", about } as const;
  applyBatch(connection, readyBatch({ event, writes: [] }));
}

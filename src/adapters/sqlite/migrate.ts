/**
 * Numbered SQL files, applied by set difference: what is in the folder and not in the file is
 * applied, whatever its number; what was applied and then edited stops the program. There is no
 * high-water mark that could jump over a file.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type Database from "better-sqlite3";
import { CustodyError } from "../../errors.js";
import { sha256Hex } from "../../lib/bytes.js";
import type { Connection } from "./connection.js";

/** The same place from `src/adapters/sqlite` and from `dist/adapters/sqlite`. */
export const MIGRATIONS_FOLDER = fileURLToPath(
  new URL("../../../migrations/sqlite", import.meta.url),
);
export const MIGRATIONS_MAX = 9_999;

const FILE_NAME = /^(\d{4}_[a-z0-9-]+)\.sql$/;

export interface Migration {
  /** The file's name without `.sql`, for instance `0001_house`. */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

export interface MigrationReport {
  /** Names applied by this call, in order. */
  readonly applied: readonly string[];
  /** Names that are still to be applied afterwards. */
  readonly pending: readonly string[];
}

/**
 * The files of the folder in the order of their numbers.
 * @throws `option-invalid`, `limit-exceeded`
 */
export function readMigrations(folder: string): readonly Migration[] {
  const names = migrationNames(folder);
  if (names.length > MIGRATIONS_MAX) {
    throw new CustodyError("limit-exceeded", { limit: "MIGRATIONS_MAX", max: MIGRATIONS_MAX });
  }
  return names.map((name) => {
    const bytes = readFileSync(join(folder, `${name}.sql`));
    return { name, sql: bytes.toString("utf8"), sha256: sha256Hex(bytes) };
  });
}

function migrationNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .map((file) => FILE_NAME.exec(file)?.[1])
      .filter((name) => name !== undefined)
      .sort();
  } catch (cause) {
    const details = { path: "folder", reason: "the migrations are not there" };
    throw new CustodyError("option-invalid", details, { cause });
  }
}

/** Name and hash of what was applied to the file. */
export function appliedMigrations(db: Database.Database): ReadonlyMap<string, string> {
  const rows = db.prepare("SELECT name, sha256 FROM migration ORDER BY name").all();
  return new Map((rows as Migration[]).map(({ name, sha256 }) => [name, sha256]));
}

/**
 * The files that were not applied yet, in order.
 * @throws `migration-drift` (applied, then edited), `migration-missing` (applied, and not in the
 * folder)
 */
export function pendingMigrations(
  applied: ReadonlyMap<string, string>,
  files: readonly Migration[],
): readonly Migration[] {
  const known = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  for (const [name, sha256] of applied) {
    const found = known.get(name);
    if (found === undefined) throw new CustodyError("migration-missing", { name });
    if (found !== sha256) throw new CustodyError("migration-drift", { name });
  }
  return files.filter(({ name }) => !applied.has(name));
}

/** The number of the newest migration. */
export function schemaNumber(names: Iterable<string>): number {
  return Math.max(0, ...[...names].map((name) => Number(name.slice(0, 4))));
}

/** Applies one file inside a transaction that the caller opened. */
export function applyMigration(db: Database.Database, { name, sql, sha256 }: Migration): void {
  db.exec(sql);
  db.prepare("INSERT INTO migration (name, sha256) VALUES (?, ?)").run(name, sha256);
}

/**
 * Applies what is pending, each file in a transaction of its own, so that one that fails leaves
 * those before it. What is pending is asked again inside each transaction: two programs may migrate
 * one file at once.
 */
export async function applyPending(
  connection: Connection,
  files: readonly Migration[],
): Promise<readonly string[]> {
  const { db } = connection;
  const names: string[] = [];
  for (;;) {
    const name = await connection.patiently(
      db.transaction(() => {
        const [next] = pendingMigrations(appliedMigrations(db), files);
        if (next !== undefined) applyMigration(db, next);
        return next?.name;
      }).immediate,
    );
    if (name === undefined) return names;
    names.push(name);
  }
}

/**
 * Numbered SQL files, applied by set difference: what is in the folder and not in the store is
 * applied, whatever its number; what was applied and then edited stops the program. There is no
 * high-water mark that could jump over a file. The rules are the same for every database.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";

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

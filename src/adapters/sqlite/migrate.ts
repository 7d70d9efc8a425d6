/** The numbered files of `migrations/sqlite`, applied to one file (the rules: `migrations.ts`). */
import { fileURLToPath } from "node:url";
import type Database from "better-sqlite3";
import { type Migration, pendingMigrations } from "../migrations.js";
import type { Connection } from "./connection.js";

/** The same place from `src/adapters/sqlite` and from `dist/adapters/sqlite`. */
export const MIGRATIONS_FOLDER = fileURLToPath(
  new URL("../../../migrations/sqlite", import.meta.url),
);

/** Name and hash of what was applied to the file. */
export function appliedMigrations(db: Database.Database): ReadonlyMap<string, string> {
  const rows = db.prepare("SELECT name, sha256 FROM migration ORDER BY name").all();
  return new Map((rows as Migration[]).map(({ name, sha256 }) => [name, sha256]));
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

/**
 * The numbered files of `migrations/postgres`, applied to one schema (the rules: `migrations.ts`).
 * Whoever migrates or creates holds an advisory lock of the schema until the end of its
 * transaction, so two that begin at once come one after the other.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Migration, pendingMigrations } from "../migrations.js";
import type { PgClient } from "./client.js";
import { fromText } from "./key-text.js";
import { type Sessions, useSession } from "./sessions.js";
import type { Statements } from "./statement.js";

/** The same place from `src/adapters/postgres` and from `dist/adapters/postgres`. */
export const MIGRATIONS_FOLDER = fileURLToPath(
  new URL("../../../migrations/postgres", import.meta.url),
);
const DISTRIBUTION = "distribute.sql";

const APPLIED = "SELECT name, sha256 FROM {migration} ORDER BY name";
const KEEP = "INSERT INTO {migration} (name, sha256) VALUES ($1, $2)";
/** "Cust", and the schema: the two keys of the lock. */
const LOCK = "SELECT pg_advisory_xact_lock(1131770740, hashtext($1))";

/** Name and hash of what was applied to the schema. */
export async function appliedMigrations(
  client: PgClient,
  statements: Statements,
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query(statements.once(APPLIED));
  return new Map(rows.map(({ name, sha256 }) => [fromText(name), fromText(sha256)]));
}

/**
 * Begins a transaction in which only this connection migrates the schema, whose tables its
 * statements mean when they name none.
 */
export async function beginAlone(
  client: PgClient,
  statements: Statements,
  busyTimeoutMs: number,
): Promise<void> {
  await client.query({ text: "BEGIN ISOLATION LEVEL READ COMMITTED" });
  await client.query({ text: `SET LOCAL lock_timeout = ${Math.max(1, busyTimeoutMs)}` });
  await client.query({ text: "SET LOCAL synchronous_commit = on" });
  await client.query({ text: `SET LOCAL search_path = ${statements.schema}, public` });
  await client.query({ text: LOCK, values: [statements.schema] });
}

/** Applies one file inside a transaction that the caller began. */
export async function applyMigration(
  client: PgClient,
  statements: Statements,
  { name, sql, sha256 }: Migration,
): Promise<void> {
  await client.query({ text: sql });
  await client.query(statements.once(KEEP, [name, sha256]));
}

/**
 * Applies what is pending, each file in a transaction of its own, so that one that fails leaves
 * those before it. What is pending is asked again behind the lock.
 */
export async function applyPending(
  sessions: Sessions,
  statements: Statements,
  files: readonly Migration[],
  busyTimeoutMs: number,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (;;) {
    const name = await useSession(sessions, async (client) => {
      await beginAlone(client, statements, busyTimeoutMs);
      const [next] = pendingMigrations(await appliedMigrations(client, statements), files);
      if (next !== undefined) await applyMigration(client, statements, next);
      await client.query({ text: "COMMIT" });
      return next?.name;
    });
    if (name === undefined) return names;
    names.push(name);
  }
}

/** The statements that spread the tables over a cluster, as they stand in the folder. */
export function distribution(folder: string): string {
  return readFileSync(join(folder, DISTRIBUTION), "utf8");
}

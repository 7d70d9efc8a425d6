/**
 * The one seam at which the program meets a store: a place is a file of SQLite or, when it begins
 * with `postgres://`, a schema of a PostgreSQL database. Drivers are loaded when they are needed.
 */
import { resolve } from "node:path";
import type { MigrationReport } from "../adapters/migrations.js";
import { CustodyError } from "../errors.js";
import type { RandomBytes } from "../lib/id.js";
import type { ScrubOutlook, Store } from "../ports/store.js";
import type { StoreCopySource, StoreCopyTarget } from "../ports/store-copy.js";

const SERVER = /^postgres(?:ql)?:\/\//;

/** True when the place is on a server and no file. */
export function isOnServer(place: string): boolean {
  return SERVER.test(place);
}

/** True when the URL of a server carries a password, which a configuration must not. */
export function holdsPassword(place: string): boolean {
  if (!isOnServer(place) || !URL.canParse(place)) return false;
  const { password, searchParams } = new URL(place);
  return password !== "" || searchParams.has("password");
}

/** A file's path made absolute, with or without a leading `sqlite:`; a URL as it is. */
export function resolvedPlace(folder: string, place: string): string {
  return isOnServer(place) ? place : resolve(folder, place.replace(/^sqlite:/, ""));
}

/** @throws what the adapter's opening throws */
export async function copySourceAt(place: string): Promise<StoreCopySource> {
  if (isOnServer(place)) {
    const { postgresCopySource } = await import("../adapters/postgres/index.js");
    return postgresCopySource({ url: place });
  }
  const { sqliteCopySource } = await import("../adapters/sqlite/index.js");
  return sqliteCopySource({ path: place });
}

/** Nothing is made before it is used. @throws `option-invalid` */
export async function copyTargetAt(place: string, random: RandomBytes): Promise<StoreCopyTarget> {
  if (isOnServer(place)) {
    const { postgresCopyTarget } = await import("../adapters/postgres/index.js");
    return postgresCopyTarget({ url: place });
  }
  const { sqliteCopyTarget } = await import("../adapters/sqlite/index.js");
  return sqliteCopyTarget({ path: place, random });
}

/** @throws what the adapter's opening throws */
export async function openStoreAt(
  place: string,
  waiting: { readonly busyTimeoutMs?: number } = {},
): Promise<Store> {
  if (isOnServer(place)) {
    const { openPostgresStore } = await import("../adapters/postgres/index.js");
    return openPostgresStore({ url: place, ...waiting });
  }
  const { openSqliteStore } = await import("../adapters/sqlite/index.js");
  return openSqliteStore({ path: place, ...waiting });
}

/** What a scrub of the place would do. @throws what the adapter's looking throws */
export async function scrubOutlookAt(place: string): Promise<ScrubOutlook> {
  if (isOnServer(place)) {
    const { postgresScrubOutlook } = await import("../adapters/postgres/index.js");
    return postgresScrubOutlook({ url: place });
  }
  const { sqliteScrubOutlook } = await import("../adapters/sqlite/index.js");
  return sqliteScrubOutlook({ path: place });
}

/** @throws what the adapter's creating throws */
export async function createStoreAt(
  place: string,
  { now, random }: { readonly now: () => number; readonly random: RandomBytes },
): Promise<Store> {
  if (isOnServer(place)) {
    const { createPostgresStore } = await import("../adapters/postgres/index.js");
    return createPostgresStore({ url: place, now, random });
  }
  const { createSqliteStore } = await import("../adapters/sqlite/index.js");
  return createSqliteStore({ path: place, now, random });
}

/** @throws what the adapter's migrating throws */
export async function migrateStoreAt(place: string, dryRun: boolean): Promise<MigrationReport> {
  if (isOnServer(place)) {
    const { migratePostgres } = await import("../adapters/postgres/index.js");
    return migratePostgres({ url: place, dryRun });
  }
  const { migrateSqlite } = await import("../adapters/sqlite/index.js");
  return migrateSqlite({ path: place, dryRun });
}

/** @throws `option-invalid` for a file, and what the adapter's distributing throws */
export async function distributeStoreAt(place: string): Promise<void> {
  if (!isOnServer(place)) {
    const reason = "a file cannot be spread over servers";
    throw new CustodyError("option-invalid", { path: "--distribute", reason });
  }
  const { distributePostgres } = await import("../adapters/postgres/index.js");
  await distributePostgres({ url: place });
}

/** What a server should be told of; undefined for a file. @throws what `examinePostgres` throws */
export async function findingsAt(
  place: string,
  now: () => number,
): Promise<readonly string[] | undefined> {
  if (!isOnServer(place)) return undefined;
  const { examinePostgres } = await import("../adapters/postgres/index.js");
  return (await examinePostgres({ url: place, now })).findings;
}

/** Stores on a test's server, each in a schema of its own, and rows to put in them. */
import pg from "pg";
import { onTestFinished } from "vitest";
import {
  createPostgresStore,
  type OpenPostgresStoreOptions,
  openPostgresStore,
} from "../../src/adapters/postgres/index.js";
import type { LedgerEvent } from "../../src/core/event.js";
import { hex, text } from "../../src/lib/bytes.js";
import type { Store } from "../../src/ports/store.js";
import type { PostgresServer } from "../postgres-server.js";
import { clock } from "./sqlite-fixture.js";

export function newSchema(): string {
  return `custody_${hex(clock.random(8))}`;
}

/** A new store, closed when the test ends. */
export async function newPostgresStore(
  server: PostgresServer,
  schema = newSchema(),
): Promise<{ readonly store: Store; readonly schema: string; readonly url: string }> {
  const url = server.url();
  const store = await createPostgresStore({ url, schema, ...clock });
  onTestFinished(() => store.close());
  return { store, schema, url };
}

/**
 * A pool of the test's own. A connection of it may break with the server after the pool has ended,
 * which is told by an event that somebody has to hear.
 */
export function newPool(server: PostgresServer, max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: server.url(), max });
  pool.on("error", () => {});
  return pool;
}

/** A connected client of the test's own, with the same ear. */
export async function newClient(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** The same store again, as another process would open it. */
export async function again(options: OpenPostgresStoreOptions): Promise<Store> {
  const store = await openPostgresStore(options);
  onTestFinished(() => store.close());
  return store;
}

/** The ids of the ledger's events by their place; throws for a gap. */
export async function eventIds(store: Store): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { bytes } of store.entries(0)) {
    ids.push((JSON.parse(text(bytes)) as LedgerEvent).id);
  }
  return ids;
}

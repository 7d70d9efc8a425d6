/** Stores of a scenario that lie outside the process: a file, or a schema on a server. */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyringFile, openKeyringFile } from "../adapters/keyring-file.js";
import {
  createPostgresStore,
  dropPostgresStore,
  openPostgresStore,
} from "../adapters/postgres/index.js";
import { createSqliteStore, openSqliteStore } from "../adapters/sqlite/index.js";
import { hex } from "../lib/bytes.js";
import type { Store } from "../ports/store.js";
import type { Copy, Premises } from "./house-parts.js";

const SCHEMA_BYTES = 8;
const FILES = ["custody.db", "custody.db-wal"];

type Outside = Pick<Premises, "store" | "copy" | "dispose">;

export function onDisk(now: () => number): Promise<Premises> {
  return withKeyring(async (folder) => {
    const path = join(folder, "custody.db");
    const store = await createSqliteStore({ path, now, random: randomBytes });
    const kept = (n: number) => (name: string) => `${n}-${name}`;
    const here = (name: string) => name;
    const copy = async (_: Store, n: number): Promise<Copy> => {
      replace(folder, here, kept(n));
      return async () => {
        replace(folder, kept(n), here);
        return openSqliteStore({ path });
      };
    };
    return { store, copy, dispose: async () => {} };
  });
}

/** The file with the log beside it: together they are the store of one moment. */
function replace(folder: string, from: (n: string) => string, to: (n: string) => string): void {
  for (const name of [...FILES, "custody.db-shm"]) {
    rmSync(join(folder, to(name)), { force: true });
  }
  for (const name of FILES) {
    const source = join(folder, from(name));
    if (existsSync(source)) copyFileSync(source, join(folder, to(name)));
  }
}

/** A schema for each scenario, dropped with everything in it, and one for each copy. */
export function onServer(url: string, now: () => number): Promise<Premises> {
  const schema = `custody_replay_${hex(randomBytes(SCHEMA_BYTES))}`;
  const copies: string[] = [];
  return withKeyring(async () => {
    const store = await createPostgresStore({ url, schema, now, random: randomBytes });
    const storeId = store.identity.id;
    const copy = async (_: Store, n: number): Promise<Copy> => {
      const kept = `${schema}_${n}`;
      await inDatabase(url, [`CREATE SCHEMA ${kept}`]);
      copies.push(kept);
      const tables = await tablesOf(url, schema);
      await inDatabase(
        url,
        tables.map((table) => `CREATE TABLE ${kept}.${table} AS TABLE ${schema}.${table}`),
      );
      return async () => {
        const all = tables.map((table) => `${schema}.${table}`).join(", ");
        await inDatabase(url, [
          `TRUNCATE ${all}`,
          ...tables.map((name) => `INSERT INTO ${schema}.${name} SELECT * FROM ${kept}.${name}`),
        ]);
        return openPostgresStore({ url, schema });
      };
    };
    const dispose = async () => {
      await inDatabase(
        url,
        copies.map((kept) => `DROP SCHEMA IF EXISTS ${kept} CASCADE`),
      );
      await dropPostgresStore({ url, schema, storeId });
    };
    return { store, copy, dispose };
  });
}

/** From the last name to the first: the records before the payloads that refer to them. */
async function tablesOf(url: string, schema: string): Promise<readonly string[]> {
  const text = `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${schema}'`;
  const rows = await inDatabase(url, [text]);
  return rows.map(({ name }) => String(name)).sort((a, b) => (a < b ? 1 : -1));
}

/** In one transaction; the rows of the last statement. The names in it are made here. */
async function inDatabase(
  url: string,
  statements: readonly string[],
): Promise<readonly { readonly [column: string]: unknown }[]> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("BEGIN");
    let rows: readonly { readonly [column: string]: unknown }[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    await client.query("COMMIT");
    return rows;
  } finally {
    await client.end();
  }
}

/** The keyring in files beside the store, as in an application. */
async function withKeyring(make: (folder: string) => Promise<Outside>): Promise<Premises> {
  const folder = mkdtempSync(join(tmpdir(), "custody-replay-"));
  let made: Outside | undefined;
  const dispose = async () => {
    rmSync(folder, { recursive: true, force: true });
    await made?.dispose();
  };
  try {
    made = await make(folder);
    const { store, copy } = made;
    const places = { path: join(folder, "custody.keys"), epochPath: join(folder, "custody.epoch") };
    const opening = { ...places, storeId: store.identity.id, random: randomBytes };
    await (await createKeyringFile(opening)).close();
    return { store, copy, keyring: await openKeyringFile(opening), dispose };
  } catch (error) {
    await made?.store.close();
    await dispose();
    throw error;
  }
}

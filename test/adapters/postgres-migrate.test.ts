import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createPostgresStore,
  distributePostgres,
  migratePostgres,
  openPostgresStore,
} from "../../src/adapters/postgres/index.js";
import { MIGRATIONS_FOLDER } from "../../src/adapters/postgres/migrate.js";
import { MIGRATIONS_FOLDER as OF_SQLITE } from "../../src/adapters/sqlite/migrate.js";
import { rejectsWith } from "../../src/testing/expectation.js";
import { withServer } from "../postgres-server.js";
import { again, newPostgresStore, newSchema } from "./postgres-fixture.js";
import { clock } from "./sqlite-fixture.js";

test("both databases have the same numbered files", () => {
  const numbered = (folder: string) => readdirSync(folder).filter((name) => /^\d/.test(name));
  expect(numbered(MIGRATIONS_FOLDER)).toEqual(numbered(OF_SQLITE));
  expect(numbered(MIGRATIONS_FOLDER).length).toBeGreaterThan(0);
});

await withServer("on a real server", (server) => {
  let root: string;
  let folder: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "custody-migrations-"));
    folder = join(root, "postgres");
    cpSync(MIGRATIONS_FOLDER, folder, { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const add = (name: string, sql: string) => writeFileSync(join(folder, `${name}.sql`), sql);
  const tablesOf = async (schema: string) => {
    const { rows } = await server.run(
      `SELECT tablename FROM pg_tables WHERE schemaname = '${schema}'`,
    );
    return rows.map(({ tablename }) => tablename as string);
  };

  test("a store of this version has nothing pending", async () => {
    const { url, schema } = await newPostgresStore(server);
    expect(await migratePostgres({ url, schema })).toEqual({ applied: [], pending: [] });
    await again({ url, schema, folder });
  });

  test("a pending migration keeps the store shut until it is applied", async () => {
    const { url, schema } = await newPostgresStore(server);
    add("0101_extra", "CREATE TABLE extra (x text);");
    const error = await rejectsWith(
      "migration-pending",
      openPostgresStore({ url, schema, folder }),
    );
    expect(error.details.name).toBe("0101_extra");
    const pending = { applied: [], pending: ["0101_extra"] };
    expect(await migratePostgres({ url, schema, folder, dryRun: true })).toEqual(pending);
    expect(await tablesOf(schema)).not.toContain("extra");
    const done = { applied: ["0101_extra"], pending: [] };
    expect(await migratePostgres({ url, schema, folder })).toEqual(done);
    expect(await tablesOf(schema)).toContain("extra");
    const store = await again({ url, schema, folder });
    expect(store.identity.schema).toBe(101);
  });

  test("a lower number that was missing is applied too, by set difference", async () => {
    const { url, schema } = await newPostgresStore(server);
    add("0103_later", "CREATE TABLE later (x text);");
    await migratePostgres({ url, schema, folder });
    add("0102_between", "CREATE TABLE between_them (x text);");
    const done = { applied: ["0102_between"], pending: [] };
    expect(await migratePostgres({ url, schema, folder })).toEqual(done);
  });

  test("an edited migration stops everything, and the newer version's is not known", async () => {
    const { url, schema } = await newPostgresStore(server);
    add("0101_extra", "CREATE TABLE extra (x text);");
    await migratePostgres({ url, schema, folder });
    const missing = await rejectsWith("migration-missing", openPostgresStore({ url, schema }));
    expect(missing.details.name).toBe("0101_extra");
    await rejectsWith("migration-missing", migratePostgres({ url, schema }));
    appendFileSync(join(folder, "0001_house.sql"), "-- edited\n");
    const drift = await rejectsWith("migration-drift", openPostgresStore({ url, schema, folder }));
    expect(drift.details.name).toBe("0001_house");
    await rejectsWith("migration-drift", migratePostgres({ url, schema, folder }));
  });

  test("one that fails leaves those before it and nothing of its own", async () => {
    const { url, schema } = await newPostgresStore(server);
    add("0101_good", "CREATE TABLE good (x text);");
    add("0102_bad", "CREATE TABLE half (x text); SELECT no_such_function();");
    await rejectsWith("store-damaged", migratePostgres({ url, schema, folder }));
    const tables = await tablesOf(schema);
    expect(tables).toContain("good");
    expect(tables).not.toContain("half");
    const pending = { applied: [], pending: ["0102_bad"] };
    expect(await migratePostgres({ url, schema, folder, dryRun: true })).toEqual(pending);
  });

  test("two that migrate at once apply each file once", async () => {
    const { url, schema } = await newPostgresStore(server);
    for (const number of [1, 2, 3, 4]) add(`010${number}_t`, `CREATE TABLE t${number} (x text);`);
    const reports = await Promise.all(
      [1, 2, 3].map(() => migratePostgres({ url, schema, folder })),
    );
    const applied = reports.flatMap((report) => report.applied).sort();
    expect(applied).toEqual(["0101_t", "0102_t", "0103_t", "0104_t"]);
  });

  test("of three that create at once, one does", async () => {
    const schema = newSchema();
    const url = server.url();
    const settled = await Promise.allSettled(
      [1, 2, 3].map(() => createPostgresStore({ url, schema, ...clock })),
    );
    const made = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(made).toHaveLength(1);
    for (const store of made) await store.close();
    const codes = settled.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
    expect(codes).toEqual(["store-exists", "store-exists"]);
  });

  test("spreading over a cluster needs the cluster's extension, and says so", async () => {
    const { url, schema } = await newPostgresStore(server);
    const error = await rejectsWith("extension-missing", distributePostgres({ url, schema }));
    expect(error.details.name).toBe("citus");
    await again({ url, schema });
  });

  test("every table can be spread: keys hold the column, and nothing crosses a shard", async () => {
    const { schema } = await newPostgresStore(server);
    const sql = readFileSync(join(MIGRATIONS_FOLDER, "distribute.sql"), "utf8");
    const spread = new Map<string, string>(
      [...sql.matchAll(/create_distributed_table\('(\w+)', '(\w+)'/g)].map(([, t = "", c = ""]) => [
        t,
        c,
      ]),
    );
    const everywhere = [...sql.matchAll(/create_reference_table\('(\w+)'/g)].map(([, t]) => t);
    expect([...spread.keys(), ...everywhere].sort()).toEqual((await tablesOf(schema)).sort());
    const keys = await server.run(`SELECT c.relname AS name, array_agg(a.attname::text) AS columns
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
      WHERE n.nspname = '${schema}' AND i.indisunique GROUP BY i.indexrelid, c.relname`);
    expect(keys.rows.length).toBeGreaterThanOrEqual(spread.size);
    for (const { name, columns } of keys.rows) {
      const column = spread.get(name);
      if (column !== undefined) expect(columns, name).toContain(column);
    }
    const links = await server.run(`SELECT c.conrelid::regclass::text AS name,
      pg_get_constraintdef(c.oid) AS text FROM pg_constraint c
      JOIN pg_namespace n ON n.oid = c.connamespace
      WHERE n.nspname = '${schema}' AND c.contype = 'f'`);
    expect(links.rows.map(({ text }) => text.replaceAll(`${schema}.`, ""))).toEqual([
      "FOREIGN KEY (subject_id, ordinal) REFERENCES record(subject_id, ordinal)",
    ]);
    expect(spread.get("payload")).toBe("subject_id");
    expect(spread.get("record")).toBe("subject_id");
    const sequences = await server.run(`SELECT 1 FROM pg_sequences WHERE schemaname = '${schema}'`);
    expect(sequences.rows).toEqual([]);
  });
});

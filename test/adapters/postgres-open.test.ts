/** What is wrong with the server, the way to it or the rights there, each by its own code. */
import type pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import {
  BUSY_TIMEOUT_MS,
  CLOCK_SKEW_MS_MAX,
  createPostgresStore,
  examinePostgres,
  openPostgresStore,
} from "../../src/adapters/postgres/index.js";
import { collected, rejectsWith } from "../../src/testing/expectation.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { withServer } from "../postgres-server.js";
import {
  again,
  eventIds,
  newClient,
  newPool,
  newPostgresStore,
  newSchema,
} from "./postgres-fixture.js";
import { clock } from "./sqlite-fixture.js";

const SECRET = "planted-password-51c9";

await withServer("a server", (server) => {
  const schema = "custody";
  const opening = (url: string) => openPostgresStore({ url, schema });

  test("nobody listens, no such host, no such database, and no store there", async () => {
    const nobody = await rejectsWith("store-unreachable", opening("postgres://127.0.0.1:1/x"));
    expect(nobody.details.reason).toBe("ECONNREFUSED");
    await rejectsWith("store-unreachable", opening("postgres://host.invalid/x"));
    await rejectsWith("store-missing", opening(server.url("no_such_database")));
    await rejectsWith("store-missing", opening(server.url()));
    await rejectsWith("store-missing", openPostgresStore({ url: server.url(), schema: "nowhere" }));
  });

  test("what is no URL of a server, or no way at all, is refused before anything is", async () => {
    for (const url of ["mysql://x/y", "postgres://[", "/var/lib/custody.db"]) {
      await rejectsWith("option-invalid", opening(url));
    }
    await rejectsWith("option-invalid", openPostgresStore({}));
    const pool = newPool(server, 3);
    await rejectsWith("option-invalid", openPostgresStore({ pool, url: server.url() }));
    await rejectsWith("option-invalid", opening(`${server.url()}?schema=Not%20plain`));
    const misspelt = { url: server.url(), shema: "x" };
    await rejectsWith("option-unknown", openPostgresStore(misspelt));
    await pool.end();
  });

  test("a wrong password and an unknown role are denied, and no secret is told", async () => {
    for (const role of [`postgres:${SECRET}`, `nobody:${SECRET}`]) {
      const error = await rejectsWith("store-denied", opening(server.url("postgres", role)));
      expect(error.details.reason).toBe("28P01");
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(SECRET);
      expect(error.details.place).toBe(`postgres://127.0.0.1:${server.port}/postgres/custody`);
    }
    const none = await rejectsWith("store-denied", opening(server.url("postgres", "postgres")));
    expect(none.details.reason).toBe("no password");
  });

  test("somebody else's schema is foreign, and stays as it is", async () => {
    await server.run("CREATE SCHEMA theirs; CREATE TABLE theirs.orders (x text)");
    const place = { url: server.url(), schema: "theirs" };
    await rejectsWith("store-foreign", openPostgresStore(place));
    await rejectsWith("store-foreign", createPostgresStore({ ...place, ...clock }));
    const { rows } = await server.run(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'theirs'",
    );
    expect(rows).toEqual([{ tablename: "orders" }]);
    await server.run("CREATE SCHEMA empty_one");
    const made = await createPostgresStore({ url: server.url(), schema: "empty_one", ...clock });
    await made.close();
    const taken = { url: server.url(), schema: "empty_one", ...clock };
    await rejectsWith("store-exists", createPostgresStore(taken));
  });

  test("a store whose identity is gone is damaged", async () => {
    const { url, schema: own } = await newPostgresStore(server);
    await server.run(`DELETE FROM ${own}.meta`);
    await rejectsWith("store-damaged", openPostgresStore({ url, schema: own }));
  });

  test("an encoding that cannot hold every text is refused, and no schema is made", async () => {
    await server.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'");
    const place = { url: server.url("latin"), schema: newSchema() };
    const error = await rejectsWith("store-unfit", createPostgresStore({ ...place, ...clock }));
    expect(error.details.reason).toBe("its encoding is LATIN1");
    await rejectsWith("store-unfit", openPostgresStore(place));
    const { rows } = await server.run(
      `SELECT 1 FROM pg_namespace WHERE nspname = '${place.schema}'`,
      "latin",
    );
    expect(rows).toEqual([]);
  });

  test("a server that only reads is opened to read, and refuses the rest", async () => {
    const { schema: own, store } = await newPostgresStore(server);
    const samples = new StoreSamples();
    await server.run("CREATE ROLE reader LOGIN SUPERUSER PASSWORD 'reading'");
    await server.run("ALTER ROLE reader SET default_transaction_read_only = on");
    const reading = server.url("postgres", "reader:reading");
    const error = await rejectsWith(
      "state-conflict",
      openPostgresStore({ url: reading, schema: own }),
    );
    expect(error.details.state).toBe("read-only");
    const making = { url: reading, schema: newSchema(), ...clock };
    await rejectsWith("state-conflict", createPostgresStore(making));
    const open = await again({ url: reading, schema: own, readOnly: true });
    expect(await open.size()).toBe(1);
    await rejectsWith("state-conflict", open.append(samples.batch([])));
    await rejectsWith("state-conflict", open.scrub());
    // A server that only reads from now on, and drops its connections as it restarts.
    await server.run("CREATE ROLE demoted LOGIN SUPERUSER PASSWORD 'demoted'");
    const demoted = server.url("postgres", "demoted:demoted");
    const writer = await again({ url: demoted, schema: own });
    await writer.append(samples.batch([]));
    await server.run("ALTER ROLE demoted SET default_transaction_read_only = on");
    await server.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'demoted'",
    );
    const put = samples.document();
    const late = await rejectsWith("state-conflict", writer.append(samples.batch([{ put }])));
    expect(late.details).toMatchObject({ state: "read-only", action: "append" });
    expect(await store.get({ table: "document", kind: "subject", id: put.id })).toBeUndefined();
    expect(await store.size()).toBe(2);
  });

  test("a role without the right to write is denied, with nothing half written", async () => {
    const { schema: own, store } = await newPostgresStore(server);
    const samples = new StoreSamples();
    await server.run("CREATE ROLE clerk LOGIN PASSWORD 'clerk'");
    const url = server.url("postgres", "clerk:clerk");
    await rejectsWith("store-denied", openPostgresStore({ url, schema: own }));
    await server.run(`GRANT USAGE ON SCHEMA ${own} TO clerk`);
    await server.run(`GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ${own} TO clerk`);
    await server.run(`REVOKE INSERT ON ${own}.payload FROM clerk`);
    const limited = await again({ url, schema: own });
    await limited.append(samples.batch([{ put: samples.document() }]));
    const record = samples.record();
    const batch = samples.batch([{ put: record }, { put: samples.payload(record.id) }]);
    const error = await rejectsWith("store-denied", limited.append(batch));
    expect(error.details.reason).toBe("42501");
    expect(await store.get({ table: "record", id: record.id })).toBeUndefined();
    expect(await store.size()).toBe(2);
    expect((await limited.scrub()).level).toBe("logical");
    await rejectsWith("store-denied", createPostgresStore({ url, schema: newSchema(), ...clock }));
  });

  test("a statement that takes too long is busy, and leaves nothing", async () => {
    const { url, schema: own, store } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const impatient = `${url}?options=${encodeURIComponent("-c statement_timeout=150")}`;
    const hurried = await again({ url: impatient, schema: own });
    const blocker = await lockHead(server.url(), own);
    const error = await rejectsWith("store-busy", hurried.append(samples.batch([])));
    expect(error.details.waitedMs).toBeGreaterThanOrEqual(100);
    await blocker.query("ROLLBACK");
    await hurried.append(samples.batch([]));
    expect(await store.size()).toBe(2);
  });

  test("whoever waits longer than it may for the head is busy, and may come again", async () => {
    const { url, schema: own } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const waiting = await again({ url, schema: own, busyTimeoutMs: 120 });
    const blocker = await lockHead(server.url(), own);
    const batch = samples.batch([{ put: samples.document() }]);
    const error = await rejectsWith("store-busy", waiting.append(batch));
    expect(error.details.waitedMs).toBeGreaterThanOrEqual(100);
    expect(error.details.waitedMs).toBeLessThan(BUSY_TIMEOUT_MS);
    await blocker.query("ROLLBACK");
    expect((await waiting.append(batch)).seq).toBe(1);
  });

  test("a pool with nothing left to lend is busy, within the time named", async () => {
    const { schema: own } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const pool = newPool(server, 3);
    onTestFinished(() => pool.end());
    const store = await again({ pool, schema: own, busyTimeoutMs: 150 });
    const held = [await pool.connect(), await pool.connect(), await pool.connect()];
    const error = await rejectsWith("store-busy", store.append(samples.batch([])));
    expect(error.details.waitedMs).toBeGreaterThanOrEqual(140);
    await rejectsWith("store-busy", store.size());
    for (const client of held) client.release();
    await store.append(samples.batch([]));
    expect(await store.size()).toBe(2);
    expect(pool.totalCount).toBeLessThanOrEqual(3);
  });

  test("more long scans than the pool can bear are refused, and leaving one frees it", async () => {
    const { schema: own, store: other } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const rows = Array.from({ length: 200 }, () => samples.record());
    await other.append(samples.batch(rows.map((put) => ({ put }))));
    const pool = newPool(server, 3);
    onTestFinished(() => pool.end());
    const store = await again({ pool, schema: own });
    const first = store.scan({ table: "record" })[Symbol.asyncIterator]();
    expect((await first.next()).done).toBe(false);
    const error = await rejectsWith("limit-exceeded", collected(store.scan({ table: "record" })));
    expect(error.details).toMatchObject({ limit: "SCANS_OPEN_MAX", max: 1 });
    await store.append(samples.batch([]));
    expect(await store.size()).toBe(3);
    await first.return?.();
    expect(await collected(store.scan({ table: "record" }))).toHaveLength(200);
  });

  test("the settings are read back: durable even where the server's default is not", async () => {
    const { url, schema: own } = await newPostgresStore(server);
    const samples = new StoreSamples();
    await server.run(`CREATE TABLE ${own}.seen (setting text)`);
    await server.run(`CREATE FUNCTION ${own}.see() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO ${own}.seen VALUES (current_setting('synchronous_commit'));
      RETURN NEW; END $$`);
    await server.run(`CREATE TRIGGER see BEFORE INSERT ON ${own}.ledger FOR EACH ROW
      EXECUTE FUNCTION ${own}.see()`);
    for (const [careless, expected] of [
      ["off", "on"],
      ["local", "on"],
      ["remote_apply", "remote_apply"],
    ] as const) {
      const options = encodeURIComponent(`-c synchronous_commit=${careless}`);
      const store = await again({ url: `${url}?options=${options}`, schema: own });
      await store.append(samples.batch([]));
      const { rows } = await server.run(`SELECT setting FROM ${own}.seen`);
      expect(rows.at(-1)).toEqual({ setting: expected });
    }
  });

  test("a server without fsync is reported, and refused where that is asked for", async () => {
    const { url, schema: own } = await newPostgresStore(server);
    const { findings, fsync } = await examinePostgres({ url, now: Date.now });
    expect(fsync).toBe(false);
    expect(findings.join(" ")).toContain("fsync is off");
    const error = await rejectsWith(
      "store-unfit",
      openPostgresStore({ url, schema: own, requireFsync: true }),
    );
    expect(error.details.reason).toBe("fsync is off");
  });

  test("clocks that differ are reported from the named limit on", async () => {
    const url = server.url();
    const same = await examinePostgres({ url, now: Date.now });
    expect(Math.abs(same.clockAheadMs)).toBeLessThan(CLOCK_SKEW_MS_MAX);
    expect(same.findings.join(" ")).not.toContain("clocks");
    for (const aside of [-2, 2]) {
      const now = () => Date.now() + aside * CLOCK_SKEW_MS_MAX;
      const { findings, clockAheadMs } = await examinePostgres({ url, now });
      expect(findings.join(" ")).toContain("the clocks differ");
      expect(Math.sign(clockAheadMs)).toBe(Math.sign(aside));
    }
    const broken = await examinePostgres({ url, now: () => Number.NaN });
    expect(broken.findings.join(" ")).toContain("the clocks differ");
  });

  test("a key longer than an index can hold is refused, and its neighbours are not", async () => {
    const { store } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const long = "x".repeat(2_001);
    const [refused, taken] = await Promise.allSettled([
      store.append(samples.batch([{ put: samples.edge(long, "parent") }])),
      store.append(samples.batch([{ put: samples.edge("y".repeat(1_900), "parent") }])),
    ]);
    expect(refused).toMatchObject({ status: "rejected", reason: { code: "limit-exceeded" } });
    expect(taken).toMatchObject({ status: "fulfilled" });
    expect(await eventIds(store)).toHaveLength(2);
  });
});

async function lockHead(connectionString: string, schema: string): Promise<pg.Client> {
  const client = await newClient(connectionString);
  onTestFinished(() => client.end());
  await client.query("BEGIN");
  await client.query(`SELECT * FROM ${schema}.head FOR UPDATE`);
  return client;
}

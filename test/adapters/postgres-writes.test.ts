/** Many writers, lost connections and lost answers: one order, no gap, nothing twice. */
import type pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { PgClient, PgPool, PgQuery } from "../../src/adapters/postgres/index.js";
import { placeOf } from "../../src/adapters/postgres/options.js";
import { Statements } from "../../src/adapters/postgres/statement.js";
import { PostgresStore } from "../../src/adapters/postgres/store.js";
import { isCustodyError } from "../../src/errors.js";
import type { Store } from "../../src/ports/store.js";
import { collected, rejectsWith } from "../../src/testing/expectation.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { type PostgresServer, withServer } from "../postgres-server.js";
import { again, eventIds, newClient, newPool, newPostgresStore } from "./postgres-fixture.js";

const WRITERS = 8;
const STATISTICS_MS_MAX = 10_000;

await withServer("on a real server", (server) => {
  test("eight writers that collide on one subject: each version once, in one order", async () => {
    const { store, schema, url } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const subject = samples.document();
    await store.append(samples.batch([{ put: subject }]));
    const writers = await writersOf(url, schema);
    let written = 1;
    let lost = 0;
    const climb = async (writer: Store) => {
      for (let turn = 0; turn < 10; turn += 1) {
        const key = { table: "document", kind: "subject", id: subject.id } as const;
        const version = ((await writer.get(key))?.version ?? 0) + 1;
        const expect = [{ kind: "subject", id: subject.id, version: version - 1 }] as const;
        const batch = samples.batch([{ put: { ...subject, version } }], expect);
        try {
          await writer.append(batch);
          written += 1;
        } catch (error) {
          if (!isCustodyError(error, "conflict")) throw error;
          lost += 1;
        }
      }
    };
    await Promise.all(writers.map(climb));
    expect(written + lost).toBe(1 + WRITERS * 10);
    expect(lost).toBeGreaterThan(0);
    const found = await store.get({ table: "document", kind: "subject", id: subject.id });
    expect(found?.version).toBe(written);
    const ids = await eventIds(store);
    expect(ids).toHaveLength(1 + written);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a revocation between the decision and the collect makes the collect a conflict", async () => {
    const { store, schema, url } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const subject = samples.document();
    await store.append(samples.batch([{ put: subject }]));
    const [one, two] = await Promise.all([again({ url, schema }), again({ url, schema })]);
    const at = [{ kind: "subject", id: subject.id, version: 1 }] as const;
    const record = samples.record();
    const collect = samples.batch([{ put: record }, { put: samples.payload(record.id) }], at);
    const revoke = samples.batch([{ put: { ...subject, version: 2 } }], at);
    const settled = await Promise.allSettled([one.append(revoke), two.append(collect)]);
    const revokedFirst = settled[1].status === "rejected";
    if (revokedFirst) {
      expect(settled[1]).toMatchObject({ reason: { code: "conflict" } });
      expect(await store.get({ table: "record", id: record.id })).toBeUndefined();
      expect(await collected(store.scan({ table: "record" }))).toEqual([]);
    } else expect(await store.get({ table: "record", id: record.id })).toBeDefined();
    expect(settled[0].status).toBe("fulfilled");
    const late = samples.batch([{ put: samples.record() }], at);
    await rejectsWith("conflict", two.append(late));
  });

  test("whoever holds the head and dies leaves no gap, no double and no half", async () => {
    const { store, schema, url } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const writers = await writersOf(url, schema);
    const acknowledged = new Map<string, number>();
    const codes = new Set<string>();
    let busy = writers.length;
    const write = async (writer: Store) => {
      for (let turn = 0; turn < 40; turn += 1) {
        const record = samples.record();
        const batch = samples.batch([{ put: record }, { put: samples.payload(record.id) }]);
        try {
          acknowledged.set(batch.event.id, (await writer.append(batch)).seq);
        } catch (error) {
          codes.add((error as { code?: string }).code ?? String(error));
        }
      }
      busy -= 1;
    };
    const holder = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'custody' AND state <> 'idle' AND xact_start IS NOT NULL
      ORDER BY xact_start LIMIT 1`;
    const kill = async () => {
      let killed = 0;
      while (busy > 0) killed += (await server.run(holder)).rowCount ?? 0;
      return killed;
    };
    const [killed] = await Promise.all([kill(), ...writers.map(write)]);
    expect(killed).toBeGreaterThan(3);
    expect([...codes].filter((code) => code !== "store-unreachable")).toEqual([]);
    const ids = await eventIds(store);
    expect(ids).toHaveLength(await store.size());
    expect(new Set(ids).size).toBe(ids.length);
    for (const [id, seq] of acknowledged) expect(ids[seq]).toBe(id);
    const records = await collected(store.scan({ table: "record" }));
    expect(records.map(({ ordinal }) => ordinal)).toEqual(records.map((_, index) => index + 1));
    expect(records).toHaveLength(ids.length - 1);
    for (const { id } of records) {
      const payloads = await collected(store.scan({ table: "payload", record: id }));
      expect(payloads).toHaveLength(1);
    }
    await store.append(samples.batch([]));
  });

  test("an answer that was lost after the commit is learnt, and the batch is there once", async () => {
    const { store, schema } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const { pool, cut } = cuttingPool(server, "after");
    const open = await again({ pool, schema });
    const record = samples.record();
    const batch = samples.batch([{ put: record }]);
    cut();
    const appended = await open.append(batch);
    expect(appended).toEqual({ seq: 1, ordinals: { [record.id]: 1 } });
    expect(await eventIds(store)).toHaveLength(2);
    await rejectsWith("conflict", open.append(batch));
  });

  test("a commit that never reached the server is made again, once", async () => {
    const { store, schema } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const { pool, cut } = cuttingPool(server, "before");
    const open = await again({ pool, schema });
    const batch = samples.batch([{ put: samples.document() }]);
    cut();
    expect((await open.append(batch)).seq).toBe(1);
    expect((await eventIds(store)).filter((id) => id === batch.event.id)).toHaveLength(1);
  });

  test("a commit of which nothing can be learnt poisons the store until it is reopened", async () => {
    const { store, schema } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const { pool, cut } = cuttingPool(server, "after", true);
    const open = await again({ pool, schema, busyTimeoutMs: 50 });
    const batch = samples.batch([{ put: samples.document() }]);
    cut();
    await rejectsWith("store-poisoned", open.append(batch));
    await rejectsWith("store-poisoned", open.append(samples.batch([])));
    await rejectsWith("store-poisoned", open.size());
    await rejectsWith("conflict", store.append(batch));
    expect(await store.size()).toBe(2);
  });

  test("a serialisation failure is tried again, and not for ever", async () => {
    const { store, schema, url } = await newPostgresStore(server);
    const samples = new StoreSamples();
    await server.run(`CREATE SEQUENCE ${schema}.tries`);
    await server.run(`CREATE FUNCTION ${schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF nextval('${schema}.tries') <= 3 OR NEW.child = 'always' THEN
      RAISE EXCEPTION 'again' USING ERRCODE = 'serialization_failure'; END IF; RETURN NEW; END $$`);
    await server.run(`CREATE TRIGGER fail BEFORE INSERT ON ${schema}.edge FOR EACH ROW
      EXECUTE FUNCTION ${schema}.fail()`);
    const open = await again({ url, schema });
    const first = await open.append(samples.batch([{ put: samples.edge("child", "parent") }]));
    expect(first.seq).toBe(1);
    const always = samples.batch([{ put: samples.edge("always", "parent") }]);
    await rejectsWith("store-busy", open.append(always));
    expect(await store.size()).toBe(2);
    expect((await open.append(samples.batch([]))).seq).toBe(2);
  });

  test("what the server refuses in one batch does not touch its neighbours", async () => {
    const { store, schema } = await newPostgresStore(server);
    const samples = new StoreSamples();
    await server.run(`ALTER TABLE ${schema}.edge ADD CONSTRAINT none CHECK (child <> 'bad')`);
    const batches = ["a", "b", "bad", "c"].map((child) =>
      samples.batch([{ put: samples.edge(child, "parent") }]),
    );
    const settled = await Promise.allSettled(batches.map((batch) => store.append(batch)));
    const states = settled.map(({ status }) => status);
    expect(states).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    const seqs = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value.seq] : []));
    expect(seqs).toEqual([1, 2, 3]);
    expect(await store.size()).toBe(4);
  });

  test("as over a cluster, what is only expected is locked, and a stale one is a conflict", async () => {
    const { store, schema, url } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const place = await placeOf({ url, schema, busyTimeoutMs: 2_000, prepare: true });
    const statements = new Statements(schema, true);
    const { identity } = store;
    const parts = { ...place, statements, identity, readOnly: false, distributed: true };
    const spread = new PostgresStore(parts);
    onTestFinished(() => spread.close());
    const subject = samples.document();
    await spread.append(samples.batch([{ put: subject }]));
    const expect1 = [{ kind: "subject", id: subject.id, version: 1 }] as const;
    const holder = await newClient(url);
    onTestFinished(() => holder.end());
    await holder.query("BEGIN");
    await holder.query(`SELECT 1 FROM ${schema}.document WHERE kind = 'subject' FOR UPDATE`);
    let ended = false;
    const waiting = spread.append(samples.batch([], expect1)).finally(() => {
      ended = true;
    });
    await store.size();
    expect(ended).toBe(false);
    await holder.query(`UPDATE ${schema}.document SET version = 2 WHERE kind = 'subject'`);
    await holder.query("COMMIT");
    await rejectsWith("conflict", waiting);
    const expect2 = [{ kind: "subject", id: subject.id, version: 2 }] as const;
    expect((await spread.append(samples.batch([], expect2))).seq).toBe(2);
    expect((await spread.scrub()).level).toBe("logical");
  });

  test("many batches share a commit, and few statements", async () => {
    const { schema } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const { pool, sent } = countingPool(server);
    const open = await again({ pool, schema });
    await open.append(samples.batch([]));
    const before = sent();
    const batches = Array.from({ length: 500 }, () => {
      const record = samples.record();
      return samples.batch([{ put: record }, { put: samples.payload(record.id) }]);
    });
    await Promise.all(batches.map((batch) => open.append(batch)));
    expect(sent() - before).toBeLessThan(20);
  });

  test("an append reads the ids it names, however many came in the same quarter of an hour", async () => {
    const { store, schema, url } = await newPostgresStore(server);
    const samples = new StoreSamples();
    for (let batch = 0; batch < 4; batch += 1) {
      const records = Array.from({ length: 5_000 }, () => ({ put: samples.record() }));
      await store.append(samples.batch(records));
    }
    await store.close();
    const before = await rowsRead(server, schema);
    const open = await again({ url, schema });
    const [turns, callers] = [10, 64];
    for (let turn = 0; turn < turns; turn += 1) {
      const batches = Array.from({ length: callers }, () =>
        samples.batch([{ put: samples.record() }]),
      );
      await Promise.all(batches.map((batch) => open.append(batch)));
    }
    await open.close();
    const after = await rowsRead(server, schema, before.scans + turns);
    expect(after.scans - before.scans).toBeGreaterThanOrEqual(turns);
    expect(after.rows - before.rows).toBeLessThan(turns * callers * 10);
  });

  test("a server that goes away in the middle is unreachable, and all is well after", async () => {
    const { store, schema, url } = await newPostgresStore(server);
    const samples = new StoreSamples();
    const rows = Array.from({ length: 300 }, () => samples.record());
    await store.append(samples.batch(rows.map((put) => ({ put }))));
    const scan = store.scan({ table: "record" })[Symbol.asyncIterator]();
    await scan.next();
    await server.stop();
    await rejectsWith("store-unreachable", store.append(samples.batch([])));
    await rejectsWith("store-unreachable", store.size());
    const rest = async () => {
      for (;;) if ((await scan.next()).done === true) return;
    };
    await rest().then(
      () => {},
      (error) => expect(error.code).toBe("store-unreachable"),
    );
    await server.start();
    expect(await store.size()).toBe(2);
    expect((await store.append(samples.batch([]))).seq).toBe(2);
    const other = await again({ url, schema });
    expect(await collected(other.scan({ table: "record" }))).toHaveLength(300);
  });
});

/**
 * What was read so far of the tables that are found by the beginning of an id. A connection tells it
 * when it ends, a moment after it was closed: asked again until there were so many scans.
 */
async function rowsRead(
  server: PostgresServer,
  schema: string,
  scansMin = 0,
): Promise<{ readonly scans: number; readonly rows: number }> {
  const sql = `SELECT sum(seq_scan + idx_scan)::int AS scans,
    sum(seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_all_tables
    WHERE schemaname = '${schema}' AND relname IN ('route', 'event')`;
  const until = performance.now() + STATISTICS_MS_MAX;
  for (;;) {
    const { scans, rows } = (await server.run(sql)).rows[0];
    if (scans >= scansMin || performance.now() > until) return { scans, rows };
  }
}

function writersOf(url: string, schema: string): Promise<readonly Store[]> {
  return Promise.all(Array.from({ length: WRITERS }, () => again({ url, schema })));
}

/** The real client, except that it sees what is sent on its way. */
function watched(
  client: pg.PoolClient,
  query: (given: PgQuery) => Promise<pg.QueryResult>,
): PgClient & { release: (destroy?: boolean) => void } {
  return {
    query: query as PgClient["query"],
    on: (event, listener) => client.on(event as "error", listener as (error: Error) => void),
    off: (event, listener) => client.off(event as "error", listener as (error: Error) => void),
    release: (destroy) => client.release(destroy),
  };
}

/**
 * A real pool whose next commit is cut off on its way there or on its way back; with `forGood` no
 * connection is to be had afterwards.
 */
function cuttingPool(
  server: PostgresServer,
  when: "before" | "after",
  forGood = false,
): { readonly pool: PgPool; readonly cut: () => void } {
  const real = newPool(server, 4);
  onTestFinished(() => real.end());
  let armed = false;
  let gone = false;
  const connect = async () => {
    if (gone && forGood) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const client = await real.connect();
    return watched(client, async (given) => {
      if (!armed || given.text !== "COMMIT") return client.query({ ...given });
      armed = false;
      gone = true;
      if (when === "after") await client.query("COMMIT");
      throw new Error("Connection terminated unexpectedly");
    });
  };
  const cut = () => {
    armed = true;
  };
  return { pool: { connect, options: { max: 4 } }, cut };
}

function countingPool(server: PostgresServer): {
  readonly pool: PgPool;
  readonly sent: () => number;
} {
  const real = newPool(server, 4);
  onTestFinished(() => real.end());
  let count = 0;
  const connect = async () => {
    const client = await real.connect();
    return watched(client, (given) => {
      count += 1;
      return client.query({ ...given });
    });
  };
  return { pool: { connect, options: { max: 4 } }, sent: () => count };
}

/** The keyring on a real server, with its wrapping key in a key service. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { NoncePool } from "../../src/adapters/keyring/data-cipher.js";
import { KeyCache } from "../../src/adapters/keyring/key-cache.js";
import {
  type ClosingStep,
  closeEpoch,
  epochKey,
} from "../../src/adapters/keyring-postgres/epochs.js";
import { KeyTables } from "../../src/adapters/keyring-postgres/key-tables.js";
import { PostgresKeyring } from "../../src/adapters/keyring-postgres/postgres-keyring.js";
import {
  createKeyringPostgres,
  keyringPostgresSetup,
  openKeyringPostgres,
} from "../../src/adapters/keyring-postgres.js";
import { createKmsFile, openKmsFile } from "../../src/adapters/kms-file.js";
import { createKmsMemory } from "../../src/adapters/kms-memory.js";
import { createKmsPkcs11, openKmsPkcs11 } from "../../src/adapters/kms-pkcs11.js";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { createPostgresStore } from "../../src/adapters/postgres/index.js";
import { clientSessions } from "../../src/adapters/postgres/sessions.js";
import { Statements } from "../../src/adapters/postgres/statement.js";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { createCustody } from "../../src/custody.js";
import type { KeyManagement } from "../../src/ports/key-management.js";
import type { Keyring } from "../../src/ports/keyring.js";
import { keyringContract } from "../../src/testing/keyring-contract.js";
import { type PostgresServer, withServer } from "../postgres-server.js";
import { codeOf, policy } from "../world.js";
import { BOUND, HEALTH, PLAIN, random, STORE } from "./keyring-places.js";
import { newSchema } from "./postgres-fixture.js";
import { withToken } from "./softhsm.js";

const WEEK_MS = 7 * 86_400_000;
const KEPT = { basis: "bas_kept", category: "health" } as const;

/** A role and a schema as the setup makes them; the URL is the role's. */
async function setUp(server: PostgresServer) {
  const schema = newSchema();
  await server.run(keyringPostgresSetup({ schema, role: schema }));
  await server.run(`ALTER ROLE ${schema} PASSWORD 'for-keys-only'`);
  return { url: server.url("postgres", `${schema}:for-keys-only`), schema };
}

async function madeOn(server: PostgresServer, kms: KeyManagement, storeId = STORE) {
  const place = await setUp(server);
  const options = { ...place, storeId, random, kms };
  const keyring = await createKeyringPostgres(options);
  onTestFinished(() => keyring.close());
  const again = async (): Promise<Keyring> => {
    const other = await openKeyringPostgres(options);
    onTestFinished(() => other.close());
    return other;
  };
  return { ...place, options, keyring, again };
}

const memoryKms = () => createKmsMemory({ keyId: "wrapping", random });
const opens = async (keyring: Keyring, sealed: Uint8Array, scope = KEPT) =>
  Buffer.from(await keyring.open(scope, sealed, BOUND)).equals(PLAIN);

await withServer("a keyring on PostgreSQL", (server) => {
  const contractOver = (
    name: string,
    make: () => Promise<{ kms: KeyManagement; again: () => Promise<KeyManagement> }>,
  ) =>
    describe(`with its wrapping key ${name} keeps the contract`, () => {
      const open = async () => {
        const { kms, again } = await make();
        const options = { ...(await setUp(server)), storeId: STORE, random };
        const keyring = await createKeyringPostgres({ ...options, kms });
        const opened = [keyring];
        return {
          keyring,
          reopen: async () => {
            await keyring.close();
            const other = await openKeyringPostgres({ ...options, kms: await again() });
            opened.push(other);
            return other;
          },
          dispose: async () => {
            for (const one of opened) await one.close();
          },
        };
      };
      for (const rule of keyringContract(open)) test(rule.name, rule.run);
    });

  contractOver("in memory", async () => {
    const kms = memoryKms();
    return { kms, again: async () => kms };
  });
  contractOver("in a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "custody-kms-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const options = { path: join(folder, "wrapping.key"), keyId: "wrapping", random };
    return { kms: await createKmsFile(options), again: () => openKmsFile(options) };
  });
  withToken("and a PKCS#11 token", ({ library, token, pin }) => {
    contractOver("in the token", async () => {
      const keyId = `key-${randomBytes(8).toString("hex")}`;
      const options = { library, token, pin, keyId, random };
      return { kms: await createKmsPkcs11(options), again: () => openKmsPkcs11(options) };
    });
  });

  test("a copy from before an epoch was closed opens for nobody, and one from now does", async () => {
    const kms = memoryKms();
    const { keyring, schema, options, url } = await madeOn(server, kms);
    const sealed = await keyring.seal(HEALTH, PLAIN, BOUND);
    const kept = await keyring.seal(KEPT, PLAIN, BOUND);
    const old = await copied(server, schema);
    const live = await openKeyringPostgres({ ...options, schema: old });
    expect(Buffer.from(await live.open(HEALTH, sealed, BOUND)).equals(PLAIN)).toBe(true);
    await live.close();
    await keyring.destroy(HEALTH.basis);
    expect(await keyring.rotate()).toBe(2);
    expect(await codeOf(openKeyringPostgres({ ...options, schema: old }))).toBe("epoch-closed");
    // Nor with what is stored now: the old epoch's key is nowhere, wrapped or not.
    const rows = await server.run(`SELECT epoch, state, wrapped FROM ${schema}.epoch ORDER BY 1`);
    expect(rows.rows).toMatchObject([{ state: "closed", wrapped: null }, { state: "open" }]);
    const present = await copied(server, schema);
    const copy = await openKeyringPostgres({ ...options, url, schema: present });
    expect(await opens(copy, kept)).toBe(true);
    expect(await codeOf(copy.open(HEALTH, sealed, BOUND))).toBe("key-destroyed");
    await copy.close();
  });

  test("another process' destruction and rotation are seen before the next use", async () => {
    const { keyring, again } = await madeOn(server, memoryKms());
    const other = await again();
    const sealed = await other.seal(HEALTH, PLAIN, BOUND);
    const kept = await other.seal(KEPT, PLAIN, BOUND);
    expect(await opens(keyring, kept)).toBe(true);
    await keyring.destroy(HEALTH.basis);
    expect(await codeOf(other.open(HEALTH, sealed, BOUND))).toBe("key-destroyed");
    expect(await codeOf(other.seal(HEALTH, PLAIN, BOUND))).toBe("key-destroyed");
    await keyring.rotate();
    await keyring.rotate();
    expect(await other.epoch()).toBe(3);
    expect(await opens(other, kept)).toBe(true);
    const later = { basis: "bas_later", category: "health" };
    const text = await other.seal(later, PLAIN, BOUND);
    expect(Buffer.from(await keyring.open(later, text, BOUND)).equals(PLAIN)).toBe(true);
  });

  test("first uses, destructions and rotations at once, from two processes, leave no wrong key", async () => {
    const { keyring, again } = await madeOn(server, memoryKms());
    const rings = [keyring, await again()];
    const scopes = Array.from({ length: 40 }, (_, n) => ({
      basis: `bas_${n}`,
      category: "health",
    }));
    const work = scopes.flatMap((scope, n) =>
      rings.map(async (ring) => {
        const sealed = await ring.seal(scope, PLAIN, BOUND).catch(() => undefined);
        if (n % 10 === 3) await ring.rotate();
        if (n % 10 === 7) await ring.destroy(scope.basis);
        return { scope, sealed, destroyed: n % 10 === 7 };
      }),
    );
    for (const { scope, sealed, destroyed } of await Promise.all(work)) {
      for (const ring of rings) {
        if (destroyed) {
          expect(await codeOf(ring.open(scope, sealed ?? BOUND, BOUND))).toBe("key-destroyed");
        } else {
          const plain = await ring.open(scope, sealed ?? new Uint8Array(0), BOUND);
          expect(Buffer.from(plain).equals(PLAIN)).toBe(true);
        }
      }
    }
    expect(await keyring.epoch()).toBe(9);
  });

  test("a crash at any step of closing an epoch leaves the old or the next, never neither", async () => {
    for (const at of ["versioned", "rewrapped", "committed", "destroyed"] as const) {
      const kms = memoryKms();
      const { keyring, schema, url, again } = await madeOn(server, kms);
      const sealed = await keyring.seal(KEPT, PLAIN, BOUND);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const sessions = clientSessions(client, {
        ...{ place: "here", busyTimeoutMs: 5_000, own: false },
        end: () => client.end(),
      });
      const tables = new KeyTables(sessions, new Statements(schema, false), 5_000);
      const ring = { tables, kms, storeId: STORE, random, nonces: new NoncePool(random) };
      const crash = new Error("crash");
      const onStep = (step: ClosingStep) => {
        if (step === at) throw crash;
      };
      await expect(closeEpoch(ring, onStep)).rejects.toBe(crash);
      await sessions.close();
      const committed = at === "committed" || at === "destroyed";
      const next = await again();
      expect(await next.epoch(), at).toBe(committed ? 2 : 1);
      expect(await opens(next, sealed), at).toBe(true);
      expect((await kms.inspect(1)).state, at).toBe(committed ? "destroyed" : "live");
      expect(await next.rotate(), at).toBe(committed ? 3 : 2);
      expect(await opens(keyring, sealed), at).toBe(true);
      // A version that an interrupted rotation left is used, not lost.
      expect(await kms.newest(), at).toBe(committed ? 3 : 2);
      expect((await next.inspect(KEPT.basis)).pending).toBeUndefined();
    }
  });

  test("unwrapped keys are forgotten at a destruction, here at once, elsewhere at the next use", async () => {
    const kms = memoryKms();
    const { keyring, schema, url } = await madeOn(server, kms);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const sessions = clientSessions(client, {
      ...{ place: "here", busyTimeoutMs: 5_000, own: false },
      end: () => client.end(),
    });
    const tables = new KeyTables(sessions, new Statements(schema, false), 5_000);
    const ring = { tables, kms, storeId: STORE, random, nonces: new NoncePool(random) };
    const key = await epochKey(ring, 1);
    if (key === undefined) throw new Error("no epoch key");
    const cache = new KeyCache({ maxKeys: 10, lifeMs: 60_000, now: () => 0 });
    const watched = new PostgresKeyring(ring, cache, { epoch: 1, key });
    onTestFinished(() => watched.close());
    await watched.seal(HEALTH, PLAIN, BOUND);
    await watched.seal(KEPT, PLAIN, BOUND);
    expect(cache.size).toBe(2);
    await watched.destroy(HEALTH.basis);
    expect(cache.size).toBe(0);
    await watched.seal(KEPT, PLAIN, BOUND);
    await watched.seal({ ...KEPT, category: "contact" }, PLAIN, BOUND);
    expect(cache.size).toBe(2);
    await keyring.destroy(KEPT.basis, "contact");
    await watched.seal(KEPT, PLAIN, BOUND);
    expect(cache.size).toBe(1);
  });

  test("a key service that waits is told as pending, and nothing is key-destroyed before", async () => {
    const clock = { ms: Date.parse("2026-01-01T00:00:00.000Z") };
    const now = () => clock.ms;
    const kms = createKmsMemory({ keyId: "wrapping", random, now, destroyAfterMs: WEEK_MS });
    const store = await createMemoryStore({ now, random });
    const { keyring, schema, options } = await madeOn(server, kms, store.identity.id);
    const app = await createCustody({
      ...{ policy, store, keyring, now, random },
      signer: createSignerMemory({ name: "pace.example" }),
    });
    const subject = await app.subjects.register({});
    const said = { kind: "birth-date", source: "sign-up-screen", value: "1980-01-02" } as const;
    await app.subjects.addEvidence({ subject, ...said });
    const values = { weightKg: 71.25 };
    await app.records.collect({ subject, collection: "intake", purpose: "training", values });
    const before = await copied(server, schema);
    const { id: purge } = await app.purges.plan({ subject });
    await app.purges.approve({ purge, by: { name: "A", title: "B" } });
    expect(await app.purges.run(purge)).toMatchObject({ state: "complete" });
    const steps: { level: string; notLookedAt: readonly string[] }[] = [];
    for await (const { body } of store.scan({ table: "document", kind: "step" })) {
      steps.push((body as unknown as { progress: (typeof steps)[number] }).progress);
    }
    expect(steps.map(({ level }) => level)).not.toContain("key-destroyed");
    expect(steps.flatMap(({ notLookedAt }) => notLookedAt).join("\n")).toContain("waiting time");
    const destroyed = await keyring.inspect("bas_one");
    expect(destroyed.pending).toEqual({ epoch: 1, until: "2026-01-08T00:00:00.000Z" });
    expect(await codeOf(openKeyringPostgres({ ...options, schema: before }))).toBe("epoch-closed");
    clock.ms += WEEK_MS;
    expect((await keyring.inspect("bas_one")).pending).toBeUndefined();
    const { rows } = await server.run(`SELECT state FROM ${schema}.epoch WHERE epoch = 1`);
    expect(rows).toEqual([{ state: "closed" }]);
  });

  test("another store's keyring, another wrapping key, none and a second one are refused", async () => {
    const { options, schema, again } = await madeOn(server, memoryKms());
    const other = "sto_0000000000000000000000000b";
    expect(await codeOf(openKeyringPostgres({ ...options, storeId: other }))).toBe(
      "keyring-foreign",
    );
    const kms = createKmsMemory({ keyId: "another", random });
    expect(await codeOf(openKeyringPostgres({ ...options, kms }))).toBe("keyring-foreign");
    expect(await codeOf(createKeyringPostgres(options))).toBe("duplicate");
    const nowhere = await setUp(server);
    expect(await codeOf(openKeyringPostgres({ ...options, ...nowhere }))).toBe("keyring-missing");
    // The same name and other keys: what it unwraps to is not this keyring's.
    const forged = createKmsMemory({ keyId: "wrapping", random });
    expect(await codeOf(openKeyringPostgres({ ...options, kms: forged }))).toBe("store-damaged");
    await server.run(`UPDATE ${schema}.datakey SET wrapped = '\\x00'`);
    expect(await (await again()).epoch()).toBe(1);
  });

  test("a role that can read the data store too is refused, unless that is allowed by name", async () => {
    const database = `apart_${randomBytes(4).toString("hex")}`;
    await server.run(`CREATE DATABASE ${database}`);
    const role = (name: string) => server.url(database, `${name}:for-keys-only`);
    const app = newSchema();
    await server.run(`CREATE ROLE ${app} LOGIN PASSWORD 'for-keys-only'`);
    await server.run(`CREATE SCHEMA ${app} AUTHORIZATION ${app}`, database);
    const store = await createPostgresStore({ url: role(app), schema: app, now: Date.now, random });
    await store.close();
    const keys = newSchema();
    await server.run(keyringPostgresSetup({ schema: keys, role: keys }), database);
    await server.run(`ALTER ROLE ${keys} PASSWORD 'for-keys-only'`);
    const options = { schema: keys, storeId: STORE, random, kms: memoryKms() };
    const keyring = await createKeyringPostgres({ ...options, url: role(keys), dataRole: app });
    await keyring.close();
    const open = (url: string, more: object = {}) =>
      openKeyringPostgres({ ...options, url, ...more }).then(
        async (opened) => {
          await opened.close();
          return "opened";
        },
        (error: { code: string }) => error.code,
      );
    expect(await open(role(keys))).toBe("opened");
    // The superuser, then the store's own role, which may read the keys by a grant.
    expect(await open(server.url(database))).toBe("keyring-shared");
    expect(await open(server.url(database), { unsafeSharedRole: true })).toBe("opened");
    await server.run(
      `GRANT USAGE ON SCHEMA ${keys} TO ${app};
      GRANT SELECT ON ALL TABLES IN SCHEMA ${keys} TO ${app}`,
      database,
    );
    expect(await open(role(keys))).toBe("keyring-shared");
    await server.run(`REVOKE ALL ON ALL TABLES IN SCHEMA ${keys} FROM ${app}`, database);
    expect(await open(role(keys))).toBe("opened");
    await server.run(`GRANT SELECT ON ${app}.payload TO ${keys}`, database);
    expect(await open(role(keys))).toBe("keyring-shared");
    await server.run(`REVOKE SELECT ON ${app}.payload FROM ${keys}`, database);
    expect(await open(role(keys), { dataRole: keys })).toBe("keyring-shared");
    await server.run(`GRANT ${app} TO ${keys}`);
    expect(await open(role(keys))).toBe("keyring-shared");
    expect(await open(role(keys), { dataRole: app })).toBe("keyring-shared");
    // In the store's own schema and role: refused before anything is made there.
    const shared = { ...options, url: role(app), schema: app };
    expect(await codeOf(createKeyringPostgres(shared))).toBe("duplicate");
    const mine = newSchema();
    await server.run(`CREATE SCHEMA ${mine} AUTHORIZATION ${app}`, database);
    const own = { ...options, url: role(app), schema: mine };
    expect(await codeOf(createKeyringPostgres(own))).toBe("keyring-shared");
    const made = await server.run(`SELECT 1 FROM pg_tables WHERE schemaname = '${mine}'`, database);
    expect(made.rows).toEqual([]);
  });

  test("the setup names no role or schema that would need quoting", () => {
    expect(keyringPostgresSetup()).toContain(
      "CREATE SCHEMA custody_keys AUTHORIZATION custody_keys",
    );
    expect(() => keyringPostgresSetup({ role: "a; DROP" })).toThrow(/option/);
  });

  test("one connection is enough, for closing an epoch too", async () => {
    const place = await setUp(server);
    const client = new pg.Client({ connectionString: place.url });
    await client.connect();
    onTestFinished(() => client.end());
    const options = { client, schema: place.schema, storeId: STORE, random, kms: memoryKms() };
    const keyring = await createKeyringPostgres(options);
    const sealed = await keyring.seal(KEPT, PLAIN, BOUND);
    expect(await keyring.rotate()).toBe(2);
    expect(await opens(keyring, sealed)).toBe(true);
    await keyring.close();
  });
});

/** The keyring's tables as they are now, in a schema of the same role: what a backup holds. */
async function copied(server: PostgresServer, schema: string): Promise<string> {
  const copy = newSchema();
  const tables = ["keyring", "epoch", "datakey", "tombstone"];
  await server.run(
    [
      `CREATE SCHEMA ${copy} AUTHORIZATION ${schema}`,
      ...tables.flatMap((table) => [
        `CREATE TABLE ${copy}.${table} (LIKE ${schema}.${table} INCLUDING ALL)`,
        `INSERT INTO ${copy}.${table} SELECT * FROM ${schema}.${table}`,
        `ALTER TABLE ${copy}.${table} OWNER TO ${schema}`,
      ]),
    ].join(";"),
  );
  return copy;
}

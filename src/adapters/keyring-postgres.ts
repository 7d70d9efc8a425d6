/**
 * A keyring in a schema of its own on PostgreSQL, under a role of its own, with its wrapping key in
 * a key service: many machines share it, and neither a copy of the data store, nor one of the
 * keyring, nor both open anything without the service.
 *
 * Closing an epoch destroys the version of the wrapping key under which the old epoch's key was
 * wrapped. From then on every dead row, log, backup and replica of the keyring is noise.
 * A service that destroys only after a waiting time (AWS KMS: 7 to 30 days) is told as `pending` by
 * `inspect`, and nothing is called destroyed before.
 */
import { performance } from "node:perf_hooks";
import { z } from "zod";
import { CustodyError, isCustodyError } from "../errors.js";
import type { RandomBytes } from "../lib/id.js";
import type { KeyManagement } from "../ports/key-management.js";
import type { Keyring } from "../ports/keyring.js";
import { NoncePool } from "./keyring/data-cipher.js";
import { KeyCache } from "./keyring/key-cache.js";
import { epochKey, newEpoch, type Ring, settleWherePossible } from "./keyring-postgres/epochs.js";
import { KeyTables } from "./keyring-postgres/key-tables.js";
import { PostgresKeyring } from "./keyring-postgres/postgres-keyring.js";
import { requireApart } from "./keyring-postgres/role.js";
import { KEYRING_SCHEMA, SQL, setupSql, TABLES } from "./keyring-postgres/tables.js";
import { readOptions } from "./option-reading.js";
import { blob } from "./postgres/column-batch.js";
import { beginAlone } from "./postgres/migrate.js";
import { makeSchema } from "./postgres/open.js";
import {
  functions,
  type Place,
  type PostgresPlaceOptions,
  parseUrl,
  placeOf,
  WHERE,
} from "./postgres/options.js";
import { useSession } from "./postgres/sessions.js";
import { SCHEMA_NAME, Statements } from "./postgres/statement.js";

export const CACHE_KEYS_MAX = 1_000_000;
export const CACHE_LIFE_MS_MAX = 3_600_000;
export const KEYRING_ROLE = "custody_keys";

/** The schema is "custody_keys" unless another is named. */
export interface CreateKeyringPostgresOptions extends PostgresPlaceOptions {
  /** The store the keyring belongs to, for good. */
  readonly storeId: string;
  /** Where the wrapping key is: for this keyring alone. Stays the caller's to close. */
  readonly kms: KeyManagement;
  /** Where keys and nonces come from: node's `randomBytes`, or something as unpredictable. */
  readonly random: RandomBytes;
  /** The role of the data store, where that lies in another database and cannot be seen. */
  readonly dataRole?: string | undefined;
  /**
   * Allows a role that can also read the data store, or is a superuser: whoever holds its password
   * then needs the key service alone. For tests and trials. @default false
   */
  readonly unsafeSharedRole?: boolean | undefined;
}

export interface OpenKeyringPostgresOptions extends CreateKeyringPostgresOptions {
  /** Unwrapped keys held in memory at most. @default 10 000, at most `CACHE_KEYS_MAX` */
  readonly cacheMaxKeys?: number | undefined;
  /** How long an unwrapped key is used without being unwrapped anew, in ms. @default 60 000 */
  readonly cacheLifeMs?: number | undefined;
  /** Milliseconds of a clock that does not stand still; only the cache reads it. */
  readonly now?: (() => number) | undefined;
}

const CreateOptions = z.strictObject({
  ...WHERE,
  storeId: z.string().min(1).max(200),
  kms: z.custom<KeyManagement>(
    (given) => typeof (given as { readonly unwrap?: unknown } | null)?.unwrap === "function",
  ),
  random: functions.random,
  dataRole: z.string().min(1).max(63).optional(),
  unsafeSharedRole: z.boolean().default(false),
});
const OpenOptions = CreateOptions.extend({
  cacheMaxKeys: z.int().min(1).max(CACHE_KEYS_MAX).default(10_000),
  cacheLifeMs: z.int().min(0).max(CACHE_LIFE_MS_MAX).default(60_000),
  now: functions.now.default(() => () => performance.now()),
});
const SetupOptions = z.strictObject({
  schema: z.string().regex(SCHEMA_NAME).default(KEYRING_SCHEMA),
  role: z.string().regex(SCHEMA_NAME).default(KEYRING_ROLE),
});

/**
 * What an administrator runs once before `createKeyringPostgres`.
 * @throws `option-invalid` for a name that would need quoting, `option-unknown`
 */
export function keyringPostgresSetup(
  options: { readonly schema?: string; readonly role?: string } = {},
): string {
  const { schema, role } = readOptions(SetupOptions, options, "keyring");
  return setupSql(schema, role);
}

/**
 * Makes the tables in the schema (and the schema, where the role may), in epoch 1, wrapped under
 * the key service's newest version, in one transaction; then opens them.
 * @throws `duplicate` when a keyring is there, `keyring-shared`, `kms-failed`, `store-denied`,
 * `store-unreachable`, `store-busy`, `option-invalid`, `option-unknown`
 */
export async function createKeyringPostgres(
  options: CreateKeyringPostgresOptions,
): Promise<Keyring> {
  const given = readOptions(CreateOptions, options, "keyring");
  const place = await keyPlace(given);
  try {
    await build(place, given);
  } finally {
    await place.sessions.close();
  }
  return openKeyringPostgres(options);
}

/**
 * Opens an existing keyring, and goes on with an interrupted closing of an epoch. A key destroyed,
 * or an epoch closed, by another process is unusable here from the next call on.
 * @throws `keyring-missing`, `keyring-foreign` (another store's, or another wrapping key's),
 * `keyring-shared`, `epoch-closed` (the tables are a copy from before an epoch was closed),
 * `store-damaged`, `kms-failed`, `store-denied`, `store-unreachable`, `store-busy`,
 * `option-invalid`, `option-unknown`
 */
export async function openKeyringPostgres(options: OpenKeyringPostgresOptions): Promise<Keyring> {
  const given = readOptions(OpenOptions, options, "keyring");
  const place = await keyPlace(given);
  try {
    const { kms, storeId, random } = given;
    const statements = new Statements(place.schema, place.prepare);
    const tables = new KeyTables(place.sessions, statements, place.busyTimeoutMs);
    const ring: Ring = { tables, kms, storeId, random, nonces: new NoncePool(random) };
    const present = await belonging(ring, place);
    await requireSeparate(place, given);
    await settleWherePossible(ring);
    const limits = { maxKeys: given.cacheMaxKeys, lifeMs: given.cacheLifeMs, now: given.now };
    return new PostgresKeyring(ring, new KeyCache(limits), present);
  } catch (error) {
    await place.sessions.close();
    throw error;
  }
}

const READ_ATTEMPTS_MAX = 8;

/** The present epoch's key: read again when a rotation elsewhere lies between. */
async function belonging({ tables, kms, storeId }: Ring, { sessions }: Place) {
  for (let attempt = 1; attempt <= READ_ATTEMPTS_MAX; attempt += 1) {
    const { store, keyId, epoch } = await found(tables, sessions.place);
    for (const [is, wanted] of [
      [store, storeId],
      [keyId, kms.keyId],
    ] as const) {
      if (is !== wanted) throw new CustodyError("keyring-foreign", { found: is, expected: wanted });
    }
    const key = await epochKey({ tables, kms, storeId }, epoch);
    if (key !== undefined) return { epoch, key };
  }
  throw new CustodyError("conflict", { id: storeId, attempts: READ_ATTEMPTS_MAX });
}

async function found(tables: KeyTables, place: string) {
  try {
    return await tables.state();
  } catch (cause) {
    if (!isCustodyError(cause, "store-missing")) throw cause;
    throw new CustodyError("keyring-missing", { place }, { cause });
  }
}

/** Its own schema, where none is named; one that holds a store is refused with the tables. */
function keyPlace(given: z.output<typeof CreateOptions>): Promise<Place> {
  const named = given.schema ?? (given.url === undefined ? undefined : parseUrl(given.url).schema);
  return placeOf({ ...given, schema: named ?? KEYRING_SCHEMA });
}

async function requireSeparate(
  { sessions, schema }: Place,
  { dataRole, unsafeSharedRole }: z.output<typeof CreateOptions>,
): Promise<void> {
  if (unsafeSharedRole) return;
  await useSession(sessions, (client) => requireApart(client, sessions.place, schema, dataRole));
}

async function build(place: Place, given: z.output<typeof CreateOptions>): Promise<void> {
  const { sessions, schema, busyTimeoutMs } = place;
  const { kms, storeId, dataRole, unsafeSharedRole } = given;
  const statements = new Statements(schema, false);
  await useSession(sessions, async (client) => {
    await beginAlone(client, statements, busyTimeoutMs);
    const sought = "SELECT 1 FROM pg_tables WHERE schemaname = $1";
    const taken = await client.query({ text: sought, values: [schema] });
    if (taken.rows.length > 0) throw new CustodyError("duplicate", { id: sessions.place });
    await makeSchema(client, schema);
    await client.query({ text: `SET LOCAL search_path = ${schema}` });
    await client.query({ text: TABLES });
    if (!unsafeSharedRole) await requireApart(client, sessions.place, schema, dataRole);
    const version = await kms.newest();
    const { wrapped } = await newEpoch(given, 1, version);
    await client.query(statements.once(SQL.start, [storeId, kms.keyId]));
    await client.query(statements.once(SQL.newEpoch, [1, version, blob(wrapped)]));
    await client.query({ text: "COMMIT" });
  });
}

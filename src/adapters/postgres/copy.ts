/** A schema of a database as the source and as the target of a copy. */
import { z } from "zod";
import { type CopyMarker, copyMarkerText, readCopyMarker } from "../../core/copy-marker.js";
import type { CopyKey, CopyRows, CopyTable } from "../../core/copy-row.js";
import { CustodyError } from "../../errors.js";
import type { StoreIdentity } from "../../ports/store.js";
import type { CopyPage, StoreCopySource, StoreCopyTarget } from "../../ports/store-copy.js";
import { type Migration, readMigrations, schemaNumber } from "../migrations.js";
import { readOptions } from "../option-reading.js";
import { type PgClient, sendAll } from "./client.js";
import { auditDerived } from "./copy-audit.js";
import { pageOf } from "./copy-pages.js";
import { copyQueries } from "./copy-write.js";
import { holdsStore, inspectSchema, readServer, requireFit } from "./inspect.js";
import { applyMigration, beginAlone, MIGRATIONS_FOLDER } from "./migrate.js";
import { makeSchema, requireWritable } from "./open.js";
import { type Place, type PostgresPlaceOptions, placeOf, WHERE } from "./options.js";
import { ask, readInOne, useSession } from "./sessions.js";
import { Statements } from "./statement.js";

const PLACE = z.strictObject(WHERE);
const SIZE = "SELECT ledger FROM {head} WHERE name = 'head'";
const MARKED = "SELECT name, value FROM {meta} WHERE name IN ('store', 'copy')";
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED";
const DURABLE = "SET LOCAL synchronous_commit = on";
const NEW_MARK = "INSERT INTO {meta} (name, value) VALUES ('copy', $1)";
const MARK = "UPDATE {meta} SET value = $1 WHERE name = 'copy' AND value = $2";
const UNMARK = "DELETE FROM {meta} WHERE name = 'copy' AND value = $1";
const NAME = "INSERT INTO {meta} (name, value) VALUES ('store', $1)";
const HEAD = `INSERT INTO {head} (name, ledger, ordinal)
  SELECT 'head', (SELECT coalesce(max(seq) + 1, 0) FROM {ledger}),
    (SELECT coalesce(max(ordinal), 0) FROM {record})`;
/** Everything that the migrations make. */
const DROP = `DROP TABLE {payload}, {record}, {document}, {route}, {event}, {ledger}, {edge},
  {member}, {head}, {migration}, {meta}`;

/**
 * Opens a store to be copied from; nothing of it is changed.
 * @throws what `openPostgresStore` throws
 */
export async function postgresCopySource(options: PostgresPlaceOptions): Promise<StoreCopySource> {
  const place = closing(await placeOf(readOptions(PLACE, options, "postgres")));
  try {
    const statements = new Statements(place.schema, place.prepare);
    const files = readMigrations(MIGRATIONS_FOLDER);
    const { identity, pending } = await inspectSchema(place.sessions, statements, files);
    if (pending[0] === undefined) return new PostgresSource(place, statements, identity);
    throw new CustodyError("migration-pending", { name: pending[0].name });
  } catch (error) {
    await place.sessions.close();
    throw error;
  }
}

/** Nothing is asked or made before it is used. @throws `option-invalid`, `option-unknown` */
export async function postgresCopyTarget(options: PostgresPlaceOptions): Promise<StoreCopyTarget> {
  const place = await placeOf(readOptions(PLACE, options, "postgres"));
  return new PostgresTarget(closing(place), readMigrations(MIGRATIONS_FOLDER));
}

/** The same place; once it is closed, whoever wants a turn gets `store-closed`. */
function closing(place: Place): Place {
  const { sessions } = place;
  let closed: Promise<void> | undefined;
  const lease = async () => {
    if (closed === undefined) return sessions.lease();
    throw new CustodyError("store-closed", { place: sessions.place });
  };
  const close = () => {
    closed ??= sessions.close();
    return closed;
  };
  return { ...place, sessions: { ...sessions, lease, close } };
}

class PostgresSource implements StoreCopySource {
  readonly identity: StoreIdentity;
  readonly #place: Place;
  readonly #statements: Statements;

  constructor(place: Place, statements: Statements, identity: StoreIdentity) {
    this.identity = Object.freeze({ ...identity });
    this.#place = place;
    this.#statements = statements;
  }

  async size(): Promise<number> {
    const [head] = await ask(this.#place.sessions, this.#statements.of(SIZE));
    return Number(head?.ledger);
  }

  page<T extends CopyTable>(table: T, after: CopyKey | undefined): Promise<CopyPage<T>> {
    return pageOf(this.#place.sessions, this.#statements, table, after);
  }

  close(): Promise<void> {
    return this.#place.sessions.close();
  }
}

class PostgresTarget implements StoreCopyTarget {
  readonly place: string;
  readonly schema: number;
  readonly #place: Place;
  readonly #files: readonly Migration[];
  readonly #statements: Statements;

  constructor(place: Place, files: readonly Migration[]) {
    this.place = place.sessions.place;
    this.schema = schemaNumber(files.map(({ name }) => name));
    this.#place = place;
    this.#files = files;
    this.#statements = new Statements(place.schema, place.prepare);
  }

  state(): Promise<CopyMarker | undefined> {
    return readInOne(this.#place.sessions, async (client) => {
      const server = await readServer(client);
      requireFit(server, this.place);
      requireWritable(server, this.place);
      if (!(await holdsStore(client, this.#statements, this.place))) return undefined;
      const { rows } = await client.query(this.#statements.once(MARKED));
      const copy = rows.find(({ name }) => name === "copy");
      if (copy === undefined) throw new CustodyError("store-exists", { place: this.place });
      const marker = readCopyMarker(String(copy.value));
      if (marker !== undefined) return marker;
      throw new CustodyError("store-damaged", { place: this.place, reason: "no copy marker" });
    });
  }

  begin(marker: CopyMarker): Promise<void> {
    const { sessions, schema, busyTimeoutMs } = this.#place;
    const statements = new Statements(schema, false);
    return useSession(sessions, async (client) => {
      await beginAlone(client, statements, busyTimeoutMs);
      if (await holdsStore(client, statements, this.place)) {
        throw new CustodyError("store-exists", { place: this.place });
      }
      await makeSchema(client, schema);
      for (const file of this.#files) await applyMigration(client, statements, file);
      await client.query(statements.once(NEW_MARK, [copyMarkerText(marker)]));
      await client.query({ text: "COMMIT" });
    });
  }

  write<T extends CopyTable>(
    before: CopyMarker,
    after: CopyMarker,
    table: T,
    rows: readonly CopyRows[T][],
  ): Promise<void> {
    const values = [copyMarkerText(after), copyMarkerText(before)];
    const queries = copyQueries(this.#statements, table, rows);
    return this.#commit(before, async (client) => {
      const moved = await client.query(this.#statements.once(MARK, values));
      if (moved.rowCount === 1) await sendAll(client, queries);
      return moved.rowCount;
    });
  }

  page<T extends CopyTable>(table: T, after: CopyKey | undefined): Promise<CopyPage<T>> {
    return pageOf(this.#place.sessions, this.#statements, table, after);
  }

  audit(): Promise<void> {
    return auditDerived(this.#place.sessions, this.#statements);
  }

  finish(marker: CopyMarker): Promise<void> {
    return this.#commit(marker, async (client) => {
      const statement = this.#statements;
      const unmarked = await client.query(statement.once(UNMARK, [copyMarkerText(marker)]));
      if (unmarked.rowCount !== 1) return unmarked.rowCount;
      await client.query(statement.once(HEAD));
      await client.query(statement.once(NAME, [marker.store]));
      return unmarked.rowCount;
    });
  }

  discard(marker: CopyMarker): Promise<void> {
    return this.#commit(marker, async (client) => {
      const unmarked = await client.query(this.#statements.once(UNMARK, [copyMarkerText(marker)]));
      if (unmarked.rowCount === 1) await client.query({ text: this.#statements.text(DROP) });
      return unmarked.rowCount;
    });
  }

  close(): Promise<void> {
    return this.#place.sessions.close();
  }

  /** `work` answers how often the marker was found as it was said to be. */
  #commit(marker: CopyMarker, work: (client: PgClient) => Promise<number | null>): Promise<void> {
    const { sessions, busyTimeoutMs } = this.#place;
    return useSession(sessions, async (client) => {
      const patience = `SET LOCAL lock_timeout = ${Math.max(1, busyTimeoutMs)}`;
      await sendAll(client, [{ text: BEGIN }, { text: DURABLE }, { text: patience }]);
      if ((await work(client)) !== 1) {
        throw new CustodyError("conflict", { id: marker.store, attempts: 1 });
      }
      await client.query({ text: "COMMIT" });
    });
  }
}

/** What a scrub of a schema would do, said before it begins. */
import { z } from "zod";
import type { ScrubOutlook } from "../../ports/store.js";
import { readMigrations } from "../migrations.js";
import { readOptions } from "../option-reading.js";
import { inspectSchema } from "./inspect.js";
import { MIGRATIONS_FOLDER } from "./migrate.js";
import { type PostgresPlaceOptions, placeOf, WHERE } from "./options.js";
import { SCRUBBED } from "./scrub.js";
import { ask } from "./sessions.js";
import { Statements } from "./statement.js";

const PLACE = z.strictObject(WHERE);
const BYTES = "SELECT pg_total_relation_size(($1::text || '.' || $2::text)::regclass) AS bytes";

const LOCKS = [
  "each table in turn is locked against readers and writers (ACCESS EXCLUSIVE) while copied",
  "payload, document and route are on the way of collect and read: both wait for their tables",
  "nothing is locked between two tables; who waits longer than its patience gets store-busy",
  "an older transaction in the database keeps dead rows: the table is tried again, bounded",
];
const NOT_LOOKED_AT = [
  "the write-ahead log: recycled segments keep old pages; no switch and no checkpoint erases them",
  "archives of the write-ahead log and base backups made before now: let them expire, or drop them",
  "physical replicas: they replay the rewrite, and keep a write-ahead log of their own",
  "logical replicas and slots: the rewrite does not reach them; scrub each on its own",
  "temporary files of the server, and free blocks of the file system",
];
const CLUSTER = "the workers of the cluster do not say what they kept, so the level stays logical";

/**
 * Asks for sizes; nothing is locked and nothing changed.
 * @throws what `openPostgresStore` throws, `migration-pending` excepted
 */
export async function postgresScrubOutlook(options: PostgresPlaceOptions): Promise<ScrubOutlook> {
  const place = await placeOf(readOptions(PLACE, options, "postgres"));
  const { sessions, schema } = place;
  try {
    const statements = new Statements(schema, false);
    const files = readMigrations(MIGRATIONS_FOLDER);
    const { distributed } = await inspectSchema(sessions, statements, files);
    const parts: { readonly name: string; readonly bytes: number }[] = [];
    for (const table of SCRUBBED) {
      const [row] = await ask(sessions, { text: BYTES, values: [schema, table] });
      parts.push({ name: `${schema}.${table}`, bytes: Number(row?.bytes) });
    }
    // One table is copied at a time, indexes included.
    const roomBytes = Math.max(...parts.map(({ bytes }) => bytes));
    const notLookedAt = [...NOT_LOOKED_AT, ...(distributed ? [CLUSTER] : [])];
    return { parts, roomBytes, locks: [...LOCKS], notLookedAt };
  } finally {
    await sessions.close();
  }
}

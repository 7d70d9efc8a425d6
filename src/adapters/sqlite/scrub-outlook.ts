/** What a scrub of a file would do, said before it begins. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import type { ScrubOutlook } from "../../ports/store.js";
import { readMigrations } from "../migrations.js";
import { readOptions } from "../option-reading.js";
import { inspectFile } from "./inspect.js";
import { MIGRATIONS_FOLDER } from "./migrate.js";
import { BUSY_TIMEOUT_MS, PATH_CHARACTERS_MAX } from "./open.js";

const PLACE = z.strictObject({ path: z.string().min(1).max(PATH_CHARACTERS_MAX) });
/** The copy itself, and the log through which it comes back into the file. */
const COPIES = 2;

const LOCKS = [
  "other writers are locked out while the file is copied; they wait, then get store-busy",
  "readers go on; one in the middle of a scan keeps the log from being emptied: tried again",
  "the process that scrubs does nothing else meanwhile (about 200 MB a second)",
];
const NOT_LOOKED_AT = [
  "free blocks of the file system: deleted pages lie there until overwritten or trimmed",
  "backups and replicas of the file made before now: let them expire, or drop them",
];

/** @throws what `openSqliteStore` throws, `migration-pending` excepted */
export async function sqliteScrubOutlook(options: {
  readonly path: string;
}): Promise<ScrubOutlook> {
  const { path } = readOptions(PLACE, options, "sqlite");
  await inspectFile(path, readMigrations(MIGRATIONS_FOLDER), BUSY_TIMEOUT_MS);
  const name = basename(path);
  const parts = ["", "-wal"].map((end) => ({
    name: `${name}${end}`,
    bytes: statSync(`${path}${end}`, { throwIfNoEntry: false })?.size ?? 0,
  }));
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const roomBytes = COPIES * bytes;
  return { parts, roomBytes, locks: [...LOCKS], notLookedAt: [...NOT_LOOKED_AT] };
}

/** A store in a temporary folder of its own. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "../../src/adapters/sqlite/index.js";
import type { Store } from "../../src/ports/store.js";

export const clock = { now: Date.now, random: (n: number) => new Uint8Array(randomBytes(n)) };

export async function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "custody-sqlite-"));
}

export async function newStore(): Promise<{
  readonly folder: string;
  readonly path: string;
  readonly store: Store;
  readonly remove: () => Promise<void>;
}> {
  const folder = await newFolder();
  const path = join(folder, "store.db");
  const store = await createSqliteStore({ path, ...clock });
  return { folder, path, store, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A fresh store with a keyring for one scenario, gone without a trace afterwards. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyringMemory } from "../adapters/keyring-memory.js";
import { createMemoryStore } from "../adapters/memory/index.js";
import { hex } from "../lib/bytes.js";
import type { Keyring } from "../ports/keyring.js";
import type { Store } from "../ports/store.js";

/** Where a scenario plays; of a server, the URL of a database in which schemas may be made. */
export type StoreChoice = "memory" | "sqlite" | { readonly postgres: string };

export interface House {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly dispose: () => Promise<void>;
}

const SCHEMA_BYTES = 8;

/** @throws what creating a store of the kind throws */
export function openHouse(choice: StoreChoice, now: () => number): Promise<House> {
  if (choice === "memory") return inMemory(now);
  if (choice === "sqlite") return onDisk(now);
  return onServer(choice.postgres, now);
}

async function inMemory(now: () => number): Promise<House> {
  const store = await createMemoryStore({ now, random: randomBytes });
  const keyring = createKeyringMemory({ storeId: store.identity.id, random: randomBytes });
  return { store, keyring, dispose: async () => {} };
}

/** Loaded here, so that a run in memory needs no database driver. */
async function onDisk(now: () => number): Promise<House> {
  const { createSqliteStore } = await import("../adapters/sqlite/index.js");
  return withKeyring(async (folder) => {
    const path = join(folder, "custody.db");
    const store = await createSqliteStore({ path, now, random: randomBytes });
    return { store, remove: async () => {} };
  });
}

/** A schema for each scenario, dropped with everything in it. */
async function onServer(url: string, now: () => number): Promise<House> {
  const { createPostgresStore, dropPostgresStore } = await import("../adapters/postgres/index.js");
  const schema = `custody_replay_${hex(randomBytes(SCHEMA_BYTES))}`;
  return withKeyring(async () => {
    const store = await createPostgresStore({ url, schema, now, random: randomBytes });
    const remove = () => dropPostgresStore({ url, schema, storeId: store.identity.id });
    return { store, remove };
  });
}

interface Made {
  readonly store: Store;
  readonly remove: () => Promise<void>;
}

/** The keyring in files beside the store, as in an application. */
async function withKeyring(make: (folder: string) => Promise<Made>): Promise<House> {
  const { createKeyringFile, openKeyringFile } = await import("../adapters/keyring-file.js");
  const folder = mkdtempSync(join(tmpdir(), "custody-replay-"));
  let made: Made | undefined;
  const dispose = async () => {
    rmSync(folder, { recursive: true, force: true });
    await made?.remove();
  };
  try {
    made = await make(folder);
    const { store } = made;
    const places = { path: join(folder, "custody.keys"), epochPath: join(folder, "custody.epoch") };
    const opening = { ...places, storeId: store.identity.id, random: randomBytes };
    await (await createKeyringFile(opening)).close();
    return { store, keyring: await openKeyringFile(opening), dispose };
  } catch (error) {
    await made?.store.close();
    await dispose();
    throw error;
  }
}

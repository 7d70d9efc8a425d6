/** The store, keyring and journal that a scenario plays on, and copies of the store. */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJournalMemory } from "../adapters/journal-memory.js";
import { createKeyringMemory } from "../adapters/keyring-memory.js";
import { copyMemoryStore, createMemoryStore } from "../adapters/memory/memory-store.js";
import type { Journal } from "../ports/journal.js";
import type { Keyring } from "../ports/keyring.js";
import type { Store } from "../ports/store.js";

export type StoreKind = "memory" | "sqlite";

/** An old copy of the store, to be put in its place. */
export type Copy = () => Promise<Store>;

export interface House {
  /** The one in place now. */
  readonly store: () => Store;
  readonly keyring: Keyring;
  readonly journal: Journal;
  readonly copy: () => Promise<Copy>;
  readonly bringBack: (copy: Copy) => Promise<void>;
  readonly close: () => Promise<void>;
  readonly dispose: () => void;
}

interface Opened {
  readonly store: Store;
  readonly keyring: Keyring;
  /** Called while nothing is written. */
  readonly copy: (store: Store, n: number) => Copy;
  readonly dispose: () => void;
}

export async function openHouse(kind: StoreKind, now: () => number): Promise<House> {
  const opened = await (kind === "sqlite" ? onDisk(now) : inMemory(now));
  const { keyring, dispose } = opened;
  const journal = createJournalMemory({ storeId: opened.store.identity.id });
  let current = opened.store;
  let copies = 0;
  return Object.freeze({
    store: () => current,
    keyring,
    journal,
    copy: async () => {
      copies += 1;
      return opened.copy(current, copies);
    },
    bringBack: async (copy: Copy) => {
      await current.close();
      current = await copy();
    },
    close: async () => {
      await current.close();
      await keyring.close();
      dispose();
    },
    dispose,
  });
}

async function inMemory(now: () => number): Promise<Opened> {
  const store = await createMemoryStore({ now, random: randomBytes });
  const keyring = createKeyringMemory({ storeId: store.identity.id, random: randomBytes });
  const copy = (of: Store): Copy => {
    const kept = copyMemoryStore(of);
    return async () => copyMemoryStore(kept);
  };
  return { store, keyring, copy, dispose: () => {} };
}

const FILES = ["custody.db", "custody.db-wal"];

/** Loaded here, so that a run in memory needs no database driver. */
async function onDisk(now: () => number): Promise<Opened> {
  const { createSqliteStore, openSqliteStore } = await import("../adapters/sqlite/index.js");
  const { createKeyringFile, openKeyringFile } = await import("../adapters/keyring-file.js");
  const folder = mkdtempSync(join(tmpdir(), "custody-replay-"));
  const dispose = () => rmSync(folder, { recursive: true, force: true });
  try {
    const random = randomBytes;
    const path = join(folder, "custody.db");
    const store = await createSqliteStore({ path, now, random });
    const places = { path: join(folder, "custody.keys"), epochPath: join(folder, "custody.epoch") };
    const opening = { ...places, storeId: store.identity.id, random };
    await (await createKeyringFile(opening)).close();
    const copy = (_: Store, n: number): Copy => {
      replace(
        folder,
        (name) => name,
        (name) => `${n}-${name}`,
      );
      return async () => {
        replace(
          folder,
          (name) => `${n}-${name}`,
          (name) => name,
        );
        return openSqliteStore({ path });
      };
    };
    return { store, keyring: await openKeyringFile(opening), copy, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

type Naming = (name: string) => string;

/** The file with the log beside it: together they are the store of one moment. */
function replace(folder: string, from: Naming, to: Naming): void {
  for (const name of [...FILES, "custody.db-shm"]) {
    rmSync(join(folder, to(name)), { force: true });
  }
  for (const name of FILES) {
    const source = join(folder, from(name));
    if (existsSync(source)) copyFileSync(source, join(folder, to(name)));
  }
}

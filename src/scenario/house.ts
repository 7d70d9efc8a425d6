/** The store, keyring and journal that a scenario plays on, and copies of the store. */
import { randomBytes } from "node:crypto";
import { createJournalMemory } from "../adapters/journal-memory.js";
import { createKeyringMemory } from "../adapters/keyring-memory.js";
import { copyMemoryStore, createMemoryStore } from "../adapters/memory/memory-store.js";
import type { Journal } from "../ports/journal.js";
import type { Keyring } from "../ports/keyring.js";
import type { Store } from "../ports/store.js";
import type { Copy, Premises } from "./house-parts.js";

/** Where a scenario plays; of a server, the URL of a database in which schemas may be made. */
export type StoreChoice = "memory" | "sqlite" | { readonly postgres: string };

export interface House {
  /** The one in place now. */
  readonly store: () => Store;
  readonly keyring: Keyring;
  readonly journal: Journal;
  readonly copy: () => Promise<Copy>;
  readonly bringBack: (copy: Copy) => Promise<void>;
  /** Closes the store and the keyring, and leaves nothing behind. */
  readonly close: () => Promise<void>;
}

/** @throws what creating a store of the kind throws */
export async function openHouse(choice: StoreChoice, now: () => number): Promise<House> {
  const { store, keyring, copy, dispose } = await premisesOf(choice, now);
  const journal = createJournalMemory({ storeId: store.identity.id });
  let current = store;
  let copies = 0;
  return Object.freeze({
    store: () => current,
    keyring,
    journal,
    copy: () => {
      copies += 1;
      return copy(current, copies);
    },
    bringBack: async (old: Copy) => {
      await current.close();
      current = await old();
    },
    close: async () => {
      await current.close();
      await keyring.close();
      await dispose();
    },
  });
}

/** Loaded here, so that a run in memory needs no database driver. */
async function premisesOf(choice: StoreChoice, now: () => number): Promise<Premises> {
  if (choice === "memory") return inMemory(now);
  const { onDisk, onServer } = await import("./premises.js");
  return choice === "sqlite" ? onDisk(now) : onServer(choice.postgres, now);
}

async function inMemory(now: () => number): Promise<Premises> {
  const store = await createMemoryStore({ now, random: randomBytes });
  const keyring = createKeyringMemory({ storeId: store.identity.id, random: randomBytes });
  const copy = async (of: Store): Promise<Copy> => {
    const kept = copyMemoryStore(of);
    return async () => copyMemoryStore(kept);
  };
  return { store, keyring, copy, dispose: async () => {} };
}

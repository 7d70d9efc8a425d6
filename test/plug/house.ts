/**
 * Store, keyring and client of one process of the plug test, and the way back to work when the
 * store failed. Imported by name, as an application would: the process runs against the build.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CustodyError, createCustody, definePolicy, field, isCustodyError } from "custody";
import { createKeyringFile, openKeyringFile } from "custody/keyring-file";
import { createPostgresStore, openPostgresStore } from "custody/postgres";
import { createSignerFile, openSignerFile } from "custody/signer-file";
import { createSqliteStore, openSqliteStore } from "custody/sqlite";
import { scriptedVerifier } from "custody/testing";
import { z } from "zod";
import type { Say } from "./journal.js";

export const PLUG_POLICY = definePolicy({
  service: "Plug",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { coaching: { use: "service" }, training: { use: "first-party-training" } },
  collections: {
    intake: {
      retain: "P3Y",
      fields: {
        weightKg: field(z.number().positive(), "health"),
        nickname: field(z.string().min(1), "screen-name"),
      },
    },
    visits: { retain: "PT1S", fields: { place: field(z.string().min(1), "screen-name") } },
  },
});

/** Categories of each collection: so many payloads has a whole record. */
export const PAYLOADS: Readonly<Record<string, number>> = { intake: 2, visits: 1 };

export interface Place {
  /** Where keys are, and the file of SQLite. */
  readonly folder: string;
  /** A schema on a server, or else the file. */
  readonly postgres?: { readonly url: string; readonly schema: string };
}

/** How long a client waits for a server before it gives up. */
export const BUSY_TIMEOUT_MS = 1_500;
const MEND_MS_MAX = 60_000;
const MEND_PAUSE_MS = 20;
const ISSUER = "plug.example";
const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

type Store = Awaited<ReturnType<typeof openSqliteStore>>;

function keysOf({ folder }: Place, storeId: string) {
  const path = join(folder, "custody.keys");
  return { path, epochPath: join(folder, "custody.epoch"), storeId, random };
}

/** The empty store, its keys and its first notice. */
export async function makePlace(place: Place): Promise<void> {
  const made = { now: Date.now, random };
  const store =
    place.postgres === undefined
      ? await createSqliteStore({ path: join(place.folder, "custody.db"), ...made })
      : await createPostgresStore({ ...place.postgres, ...made });
  await (await createKeyringFile(keysOf(place, store.identity.id))).close();
  await createSignerFile({ path: join(place.folder, "signer.json"), name: ISSUER });
  await store.close();
  const house = await openPlace(place);
  const covers = ["coaching", "training"] as const;
  await house.app.notices.publish({ version: "v1", text: "What we do.", covers: [...covers] });
  await house.app.close();
}

function openStore(place: Place): Promise<Store> {
  return place.postgres === undefined
    ? openSqliteStore({ path: join(place.folder, "custody.db") })
    : openPostgresStore({ ...place.postgres, busyTimeoutMs: BUSY_TIMEOUT_MS });
}

export async function openPlace(place: Place, watch: (store: Store) => Store = (store) => store) {
  const store = await openStore(place);
  const keyring = await openKeyringFile(keysOf(place, store.identity.id));
  const signer = await openSignerFile({ path: join(place.folder, "signer.json"), name: ISSUER });
  const form = scriptedVerifier({ method: "signed-form" });
  const open = (opened: Store) =>
    createCustody({
      policy: PLUG_POLICY,
      store: watch(opened),
      keyring,
      signer,
      verifiers: [form],
      now: Date.now,
      random,
    });
  return { store, form, app: await open(store), open };
}

export type App = Awaited<ReturnType<typeof openPlace>>["app"];

/** The store as it is, except that what it acknowledges and what it rejects is written down. */
function watched(store: Store, say: Say): Store {
  return {
    identity: store.identity,
    append: async (batch) => {
      const event = batch.event.id;
      try {
        const appended = await store.append(batch);
        say({ is: "append", event, seq: appended.seq });
        return appended;
      } catch (error) {
        say({ is: "rejected", event, code: codeOf(error) });
        throw error;
      }
    },
    get: (key) => store.get(key),
    scan: (query) => store.scan(query),
    entries: (from, to) => store.entries(from, to),
    size: () => store.size(),
    everything: () => store.everything(),
    scrub: () => store.scrub(),
    close: () => store.close(),
  };
}

export function codeOf(error: unknown): string {
  return error instanceof CustodyError ? error.code : "";
}

export interface House {
  readonly app: () => App;
  readonly form: ReturnType<typeof scriptedVerifier>;
  /** Resolves when the store answers again; a poisoned one is opened anew. */
  readonly mend: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openHouse(place: Place, say: Say): Promise<House> {
  const opened = await openPlace(place, (store) => watched(store, say));
  let { store, app } = opened;
  let mending: Promise<void> | undefined;
  const once = async (): Promise<boolean> => {
    try {
      await store.size();
      return true;
    } catch (error) {
      if (!isCustodyError(error, "store-poisoned", "store-closed")) return false;
    }
    await store.close();
    try {
      store = await openStore(place);
      app = await opened.open(store);
      return true;
    } catch {
      return false;
    }
  };
  const mendNow = async () => {
    const until = performance.now() + MEND_MS_MAX;
    while (!(await once())) {
      if (performance.now() > until) throw new Error("the store does not come back");
      await pause(MEND_PAUSE_MS);
    }
    mending = undefined;
  };
  return {
    app: () => app,
    form: opened.form,
    mend: () => {
      mending ??= mendNow();
      return mending;
    },
    close: () => app.close(),
  };
}

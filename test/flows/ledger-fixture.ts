/**
 * A store with a short history of every kind of row, and a context that counts its own
 * milliseconds.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type BetterSqlite3 from "better-sqlite3";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { createSqliteStore, openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import type { Event, Write } from "../../src/core/event.js";
import type { RecordRow } from "../../src/core/row.js";
import type { Context } from "../../src/flows/context.js";
import { checkpoint } from "../../src/flows/ledger.js";
import { idFactory } from "../../src/lib/id.js";
import { instantText } from "../../src/lib/instant.js";
import type { Store } from "../../src/ports/store.js";

const START_MS = Date.UTC(2026, 5, 1);

export function newClock() {
  let ms = START_MS;
  let drawn = 0;
  return {
    now: () => {
      ms += 1;
      return ms;
    },
    random: (bytes: number) => {
      drawn += 1;
      return Uint8Array.from({ length: bytes }, (_, index) => (drawn * 31 + index * 7) % 251);
    },
  };
}

/** What a ledger and its certificates ask of a context: no keyring, no policy, no connectors. */
export function contextOf(store: Store, clock = newClock(), byte = 7): Context {
  const random = (bytes: number) => new Uint8Array(bytes).fill(byte);
  const partial: Partial<Context> = {
    store,
    ...clock,
    signer: createSignerMemory({ name: "custody.example", random }),
    newId: idFactory(clock),
    actor: "test",
    progress: () => undefined,
  };
  return partial as Context;
}

export const memoryContext = async (): Promise<Context> => {
  const clock = newClock();
  return contextOf(await createMemoryStore(clock), clock);
};

export async function act(
  context: Context,
  type: Event["type"],
  about: Event["about"],
  writes: readonly Write[],
): Promise<void> {
  const at = instantText(context.now());
  const id = context.newId("event");
  await context.store.append({ event: { id, type, at, actor: "test", about }, writes });
}

export const subjectRow = (id: string, version = 1) =>
  ({
    table: "document",
    kind: "subject",
    id,
    version,
    owner: "",
    due: "",
    body: { jurisdiction: "US", state: "A" },
  }) as const;

/**
 * 0 store, 1 subject a, 2 record with payload, 3 edge and member, 4 checkpoint of 4, 5 subject b,
 * 6 subject a again, 7 payload erased, 8 checkpoint of 8, 9 subject c.
 */
export async function history(context: Context): Promise<void> {
  const instant = instantText(START_MS);
  const record = context.newId("record");
  const recordRow: RecordRow = {
    table: "record",
    id: record,
    ordinal: 0,
    subject: context.newId("subject"),
    collection: "profile",
    purpose: "coaching",
    basis: context.newId("basis"),
    source: "app",
    taken: instant,
    collected: instant,
    due: instant,
    erasedAt: "",
  };
  const payload = { table: "payload", record, category: "health" } as const;
  await act(context, "subject-registered", {}, [{ put: subjectRow("sub_a") }]);
  await act(context, "record-collected", { record }, [
    { put: recordRow },
    { put: { ...payload, sealed: "c2VhbGVk", salt: "c2FsdA" } },
    { put: { ...payload, category: "contact", sealed: "c2VhbGVk", salt: "c2FsdA" } },
  ]);
  await act(context, "node-derived", {}, [
    { put: { table: "edge", child: "mod_a", parent: "dat_a", relation: "trained-on" } },
    { put: { table: "member", set: "dat_a", chunk: 0, bitmap: "AQID" } },
  ]);
  await checkpoint(context);
  await act(context, "subject-registered", {}, [{ put: subjectRow("sub_b") }]);
  await act(context, "evidence-added", {}, [{ put: subjectRow("sub_a", 2) }]);
  await act(context, "record-erased", { record }, [{ erase: payload }]);
  await checkpoint(context);
  await act(context, "subject-registered", {}, [{ put: subjectRow("sub_c") }]);
}

/** The history in a file, changed by SQL behind the store's back and opened again. */
export async function withChangedFile<T>(
  change: (db: BetterSqlite3.Database) => void,
  look: (context: Context) => Promise<T>,
  live: (context: Context) => Promise<void> = history,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "custody-ledger-"));
  const path = join(folder, "store.db");
  const clock = newClock();
  try {
    const store = await createSqliteStore({ path, ...clock });
    await live(contextOf(store, clock));
    await store.close();
    const db = new Database(path);
    change(db);
    db.close();
    const opened = await openSqliteStore({ path });
    try {
      return await look(contextOf(opened, clock));
    } finally {
      await opened.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import type BetterSqlite3 from "better-sqlite3";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import type { AuditReason } from "../../src/core/ledger-audit.js";
import type { LedgerVerdict } from "../../src/flows/ledger.js";
import { checkpoint, verifyLedger } from "../../src/flows/ledger.js";
import { hex } from "../../src/lib/bytes.js";
import { leafHash, rootOf } from "../../src/lib/merkle.js";
import type { Store } from "../../src/ports/store.js";
import { collected } from "../../src/testing/expectation.js";
import { verifyCheckpoint } from "../../src/verify.js";
import {
  act,
  contextOf,
  history,
  memoryContext,
  newClock,
  subjectRow,
  withChangedFile,
} from "./ledger-fixture.js";

async function leaves(store: Store, size: number): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = [];
  for await (const { bytes } of store.entries(0, size)) hashes.push(leafHash(bytes));
  return hashes;
}

test("a checkpoint is the signed root of all entries before its own event", async () => {
  const context = await memoryContext();
  await history(context);
  const key = await context.signer.publicJwk();
  const note = await checkpoint(context);
  const read = verifyCheckpoint(note, { keys: [key], name: "custody.example" });
  expect(read.origin).toBe(`custody.example/${context.store.identity.id}`);
  expect(read.size).toBe(10);
  expect(await context.store.size()).toBe(11);
  expect(hex(read.root)).toBe(hex(rootOf(await leaves(context.store, 10))));
});

test("the next checkpoint reads only what came since", async () => {
  const context = await memoryContext();
  await history(context);
  const from: number[] = [];
  const { store } = context;
  const watched = Object.assign(Object.create(store) as Store, {
    identity: store.identity,
    entries: (start: number, end?: number) => {
      from.push(start);
      return store.entries(start, end);
    },
    scan: store.scan.bind(store),
    size: () => store.size(),
    append: store.append.bind(store),
  });
  await checkpoint({ ...context, store: watched });
  expect(from).toEqual([8]);
});

test("an honest store verifies, and says that nobody witnesses it", async () => {
  const context = await memoryContext();
  await history(context);
  const root = hex(rootOf(await leaves(context.store, 10)));
  const said: number[] = [];
  const progress = ({ done }: { readonly done: number }) => said.push(done);
  expect(await verifyLedger(context, { progress })).toEqual({
    ok: true,
    size: 10,
    root,
    witnessed: false,
    notes: 2,
  });
  expect(said).toEqual([10]);
  expect(await verifyLedger({ store: context.store })).toMatchObject({ ok: true, notes: 0 });
});

test("a checkpoint signed by a key that is not given is named by its event", async () => {
  const context = await memoryContext();
  await history(context);
  const keys = [await contextOf(context.store, newClock(), 9).signer.publicJwk()];
  const { store, signer } = context;
  expect(await verifyLedger({ store, keys })).toEqual({
    ok: false,
    seq: 4,
    reason: "checkpoint-note",
  });
  const both = [...keys, await signer.publicJwk()];
  expect(await verifyLedger({ store, keys: both })).toMatchObject({ ok: true, notes: 2 });
});

test("what happens while the rows are read is not held against the store", async () => {
  const context = await memoryContext();
  await history(context);
  const { store } = context;
  const everything = async function* () {
    await act(context, "evidence-added", {}, [{ put: subjectRow("sub_c", 2) }]);
    await act(context, "node-derived", {}, [
      { erase: { table: "member", set: "dat_a", chunk: 0 } },
    ]);
    const rows = [];
    for await (const row of store.everything()) rows.push(row);
    await act(context, "evidence-added", {}, [{ put: subjectRow("sub_c", 3) }]);
    await act(context, "subject-registered", {}, [{ put: subjectRow("sub_d") }]);
    yield* rows;
  };
  const busy = Object.assign(Object.create(store) as Store, {
    identity: store.identity,
    entries: store.entries.bind(store),
    scan: store.scan.bind(store),
    size: () => store.size(),
    everything,
  });
  expect(await verifyLedger({ store: busy })).toMatchObject({ ok: true, size: 10 });
  expect(await verifyLedger({ store })).toMatchObject({ ok: true, size: 14 });
});

test("a ledger of another store is found at its first entry", async () => {
  const one = await memoryContext();
  const store = Object.assign(Object.create(one.store) as Store, {
    identity: {
      id: (await createMemoryStore(newClock())).identity.id.replace(/.$/, "x"),
      schema: 1,
    },
    entries: one.store.entries.bind(one.store),
    scan: one.store.scan.bind(one.store),
    size: () => one.store.size(),
    everything: one.store.everything.bind(one.store),
  });
  expect(await verifyLedger({ store })).toEqual({ ok: false, seq: 0, reason: "store-foreign" });
});

test("no changed byte of a covered entry is without effect", async () => {
  const context = await memoryContext();
  await history(context);
  const { store } = context;
  const entries = await collected(store.entries(0));
  for (const { seq, bytes } of entries.slice(0, 8)) {
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = entries.map((entry) => ({ ...entry, bytes: entry.bytes.slice() }));
      const byte = changed[seq]?.bytes ?? new Uint8Array(0);
      byte[at] = (byte[at] ?? 0) ^ 1;
      const spoilt = Object.assign(Object.create(store) as Store, {
        identity: store.identity,
        scan: store.scan.bind(store),
        size: () => store.size(),
        everything: store.everything.bind(store),
        entries: async function* (from: number, to?: number) {
          yield* changed.slice(from, to);
        },
      });
      const verdict = await verifyLedger({ store: spoilt });
      expect(verdict.ok, `byte ${at} of entry ${seq}`).toBe(false);
    }
  }
});

/** Replaces text in the bytes of an entry; the lengths may differ. */
function edit(db: BetterSqlite3.Database, seq: number, change: (bytes: string) => string): void {
  const { bytes } = db.prepare("SELECT bytes FROM ledger WHERE seq = ?").get(seq) as {
    bytes: Buffer;
  };
  const changed = change(bytes.toString("utf8"));
  if (changed === bytes.toString("utf8")) throw new Error("nothing was changed");
  db.prepare("UPDATE ledger SET bytes = ? WHERE seq = ?").run(Buffer.from(changed), seq);
}

function swap(db: BetterSqlite3.Database, a: number, b: number): void {
  db.prepare("UPDATE ledger SET seq = 1000 WHERE seq = ?").run(a);
  db.prepare("UPDATE ledger SET seq = ? WHERE seq = ?").run(a, b);
  db.prepare("UPDATE ledger SET seq = ? WHERE seq = 1000").run(b);
}

function swapBytes(db: BetterSqlite3.Database, a: number, b: number): void {
  const read = (seq: number) =>
    (db.prepare("SELECT bytes FROM ledger WHERE seq = ?").get(seq) as { bytes: Buffer }).bytes;
  const [first, second] = [read(a), read(b)];
  db.prepare("UPDATE ledger SET bytes = ? WHERE seq = ?").run(second, a);
  db.prepare("UPDATE ledger SET bytes = ? WHERE seq = ?").run(first, b);
}

type Change = (db: BetterSqlite3.Database) => void;
const body = (text: string, id: string): Change => {
  return (db) => db.prepare("UPDATE document SET body = ? WHERE id = ?").run(text, id);
};
const US_B = '{"jurisdiction":"US","state":"B"}';
const flipLast: Change = (db) =>
  edit(db, 9, (bytes) => bytes.replace(/"actor":"test"/, '"actor":"tesu"'));

const CHANGES: readonly (readonly [string, Change, number, AuditReason])[] = [
  ["a byte of a document", body(US_B, "sub_b"), 5, "row-changed"],
  ["a byte of a document written twice", body(US_B, "sub_a"), 6, "row-changed"],
  ["a byte that makes a document no JSON", body('{"jurisdiction"', "sub_b"), 5, "row-unreadable"],
  ["a record's purpose", (db) => db.exec("UPDATE record SET purpose = 'x'"), 2, "row-changed"],
  ["a payload's bytes", (db) => db.exec("UPDATE payload SET sealed = x'00'"), 2, "row-changed"],
  ["a bitmap", (db) => db.exec("UPDATE member SET bitmap = x'01'"), 3, "row-changed"],
  ["a row's writer", (db) => db.exec("UPDATE edge SET event = 5"), 3, "row-misplaced"],
  ["a row's writer to none", (db) => db.exec("UPDATE edge SET event = 99"), 3, "row-misplaced"],
  ["a row deleted", (db) => db.exec("DELETE FROM document WHERE id = 'sub_b'"), 5, "row-missing"],
  ["an edge deleted", (db) => db.exec("DELETE FROM edge"), 3, "row-missing"],
  [
    "a row added under a known event",
    (db) => db.exec("INSERT INTO edge VALUES ('mod_b', 'dat_a', 'trained-on', 5)"),
    5,
    "row-unknown",
  ],
  [
    "a row added under no event",
    (db) => db.exec("INSERT INTO edge VALUES ('mod_b', 'dat_a', 'trained-on', 77)"),
    10,
    "row-unknown",
  ],
  [
    "an erased row brought back",
    (db) => {
      db.exec("INSERT INTO payload SELECT record, 'health', sealed, salt, 2 FROM payload");
    },
    7,
    "row-changed",
  ],
  [
    "a digest in an entry",
    (db) => edit(db, 5, (bytes) => bytes.replace(/[0-9a-f]{64}/, "0".repeat(64))),
    5,
    "row-changed",
  ],
  [
    "a row's name in an entry",
    (db) => edit(db, 5, (bytes) => bytes.replace("subject/sub_b", "subject/sub_x")),
    5,
    "row-unknown",
  ],
  [
    "an entry that is no event any more",
    (db) => edit(db, 6, (bytes) => bytes.replace('"version":1', '"version":2')),
    6,
    "entry-not-an-event",
  ],
  [
    "white space in an entry",
    (db) => edit(db, 6, (bytes) => bytes.replace('"version":1', '"version": 1')),
    6,
    "entry-not-canonical",
  ],
  ["an entry repeated", (db) => edit(db, 7, () => entryText(db, 5)), 7, "event-repeated"],
  ["an entry deleted", (db) => db.exec("DELETE FROM ledger WHERE seq = 5"), 5, "entry-missing"],
  ["the last entry deleted", (db) => db.exec("DELETE FROM ledger WHERE seq = 9"), 9, "row-unknown"],
  ["two entries swapped", (db) => swap(db, 5, 6), 5, "row-misplaced"],
  ["the bytes of two entries swapped", (db) => swapBytes(db, 5, 7), 4, "checkpoint-root"],
  [
    "an actor in an entry that a checkpoint covers",
    (db) => edit(db, 5, (bytes) => bytes.replace('"actor":"test"', '"actor":"tesu"')),
    4,
    "checkpoint-root",
  ],
  [
    "a digit of a checkpoint",
    (db) =>
      db.exec(
        "UPDATE document SET body = replace(body, '\"size\":8', '\"size\":7')" +
          " WHERE kind = 'checkpoint'",
      ),
    8,
    "row-changed",
  ],
];

function entryText(db: BetterSqlite3.Database, seq: number): string {
  const row = db.prepare("SELECT bytes FROM ledger WHERE seq = ?").get(seq) as { bytes: Buffer };
  return row.bytes.toString("utf8");
}

test.each(CHANGES)("%s is found", async (_, change, seq, reason) => {
  const verdict = await withChangedFile(change, (context) => verifyLedger(context));
  expect(verdict).toEqual({ ok: false, seq, reason } satisfies LedgerVerdict);
});

test("an unchanged file verifies", async () => {
  const verdict = await withChangedFile(
    () => undefined,
    (context) => verifyLedger(context),
  );
  expect(verdict).toMatchObject({ ok: true, size: 10, notes: 2 });
});

test("what no row contradicts and no checkpoint covers is not found, until one does", async () => {
  expect(await withChangedFile(flipLast, (context) => verifyLedger(context))).toMatchObject({
    ok: true,
  });
  const covered = async (context: Parameters<typeof checkpoint>[0]) => {
    await history(context);
    await checkpoint(context);
  };
  const verdict = await withChangedFile(flipLast, (context) => verifyLedger(context), covered);
  expect(verdict).toEqual({ ok: false, seq: 8, reason: "checkpoint-root" });
});

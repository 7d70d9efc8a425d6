import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import type { RecordRow } from "../../src/core/row.js";
import { base64url } from "../../src/lib/bytes.js";
import type { Store } from "../../src/ports/store.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { newStore } from "./sqlite-fixture.js";

const RECORDS = 400;
const MARKER_BYTES = 24;

interface Marked {
  readonly record: RecordRow;
  readonly marker: Buffer;
}

let folder: string;
let store: Store;
let remove: () => Promise<void>;
let samples: StoreSamples;
let marked: readonly Marked[];

beforeEach(async () => {
  const made = await newStore();
  await made.store.close();
  ({ folder, remove } = made);
  store = await openSqliteStore({ path: made.path, busyTimeoutMs: 200 });
  samples = new StoreSamples();
  marked = Array.from({ length: RECORDS }, () => ({
    record: samples.record(),
    marker: randomBytes(MARKER_BYTES),
  }));
  for (const { record, marker } of marked) {
    const payload = { ...samples.payload(record.id), sealed: base64url(sealedWith(marker)) };
    void store.append(samples.batch([{ put: record }, { put: payload }]));
  }
  await store.append(samples.batch([]));
});

afterEach(async () => {
  await store.close();
  await remove();
});

/** As long as a real payload, so that pages split where they would. */
function sealedWith(marker: Buffer): Uint8Array {
  return new Uint8Array(Buffer.concat([randomBytes(120), marker, randomBytes(120)]));
}

/** How many of the markers can be read in the files of the folder. */
function residue(these: readonly Marked[]): number {
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return these.filter(({ marker }) => files.some((bytes) => bytes.includes(marker))).length;
}

async function erase(these: readonly Marked[]): Promise<void> {
  const keys = these.map(({ record }) => ({
    erase: { table: "payload", record: record.id, category: "health" } as const,
  }));
  await store.append(samples.batch(keys));
}

test("erased values lie in the files until they are scrubbed, and then do not", async () => {
  const erased = marked.filter((_, index) => index % 2 === 0);
  const kept = marked.filter((_, index) => index % 2 === 1);
  expect(residue(marked)).toBe(RECORDS);
  await erase(erased);
  expect(residue(erased), "deleting alone is not enough").toBeGreaterThan(0);
  const report = await store.scrub();
  expect(report).toEqual({
    level: "rewritten",
    lookedAt: ["store.db", "store.db-wal", "store.db-shm"],
    notLookedAt: ["free blocks of the file system", "backups and replicas of the file"],
  });
  expect(residue(erased)).toBe(0);
  expect(residue(kept)).toBe(kept.length);
});

test("values that a document or a bitmap lost by being rewritten are scrubbed too", async () => {
  const markers = Array.from({ length: 3 }, () => base64url(randomBytes(MARKER_BYTES)));
  const [body, bitmap, alias] = markers as [string, string, string];
  const document = samples.document({ body: { contactSealed: body } });
  const member = { ...samples.member("set", 1), bitmap };
  const old = samples.document({ kind: "alias", id: alias });
  const puts = [document, member, old];
  await store.append(samples.batch(puts.map((put) => ({ put }))));
  const found = () => {
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const forms = [Buffer.from(body), Buffer.from(bitmap, "base64url")];
    return forms.filter((form) => files.some((bytes) => bytes.includes(form))).length;
  };
  expect(found()).toBe(2);
  const tombstone = { ...document, version: 2, body: {} };
  await store.append(samples.batch([{ put: tombstone }, { put: samples.member("set", 1) }]));
  expect((await store.scrub()).level).toBe("rewritten");
  expect(found()).toBe(0);
});

test("while a reader is held open the level is logical, and afterwards rewritten", async () => {
  const reader = store.scan({ table: "record" })[Symbol.asyncIterator]();
  expect((await reader.next()).done).toBe(false);
  await erase(marked);
  const report = await store.scrub();
  expect(report.level).toBe("logical");
  expect(residue(marked), "and rightly so").toBeGreaterThan(0);
  const late = samples.batch([{ put: samples.record() }]);
  expect((await store.append(late)).seq, "writers are not held up").toBeGreaterThan(RECORDS);
  await reader.return?.();
  expect((await store.scrub()).level).toBe("rewritten");
  expect(residue(marked)).toBe(0);
});

test("a reader that ends in time is waited for", async () => {
  const reader = store.scan({ table: "record" })[Symbol.asyncIterator]();
  await reader.next();
  await erase(marked);
  const scrubbed = store.scrub();
  await new Promise((resolve) => setImmediate(resolve));
  await reader.return?.();
  expect((await scrubbed).level).toBe("rewritten");
  expect(residue(marked)).toBe(0);
});

/**
 * A client on a store with so many people in it, for the benchmark of stores. Imported by name: the
 * adapters find their migrations beside the build.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCustody, definePolicy, field } from "custody";
import { createKeyringFile, openKeyringFile } from "custody/keyring-file";
import { createPostgresStore, dropPostgresStore } from "custody/postgres";
import { createSignerFile, openSignerFile } from "custody/signer-file";
import { createSqliteStore } from "custody/sqlite";
import { scriptedVerifier } from "custody/testing";
import { z } from "zod";
import { hex } from "../src/lib/bytes.js";
import { idFactory, kindOfId } from "../src/lib/id.js";

/** People whom the benchmark deals with; all others only fill the tables. */
export const ACTORS = 64;
/** Writes of one batch of those others: the port takes 10,000. */
const WRITES_PER_BATCH = 8_000;
const BATCHES_AT_ONCE = 4;

const policy = definePolicy({
  service: "bench",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { coaching: { use: "service" }, training: { use: "first-party-training" } },
  collections: {
    intake: {
      retain: "P3Y",
      fields: {
        weightKg: field(z.number(), "health"),
        nickname: field(z.string(), "screen-name"),
      },
    },
  },
});

const random = (bytes: number) => new Uint8Array(randomBytes(bytes));

type Store = Awaited<ReturnType<typeof createSqliteStore>>;
type Batch = Parameters<Store["append"]>[0];
type Write = Batch["writes"][number];
type Row = Extract<Write, { readonly put: unknown }>["put"];
type App = Awaited<ReturnType<typeof clientOn>>["app"];
type SubjectId = Awaited<ReturnType<App["subjects"]["register"]>>;
type RecordId = Awaited<ReturnType<App["records"]["collect"]>>;

export interface World {
  readonly app: App;
  /** Children with consent, to collect from. */
  readonly writers: readonly SubjectId[];
  /** Others, each with one record that is in a dataset from which a model was made. */
  readonly readers: readonly { readonly subject: SubjectId; readonly record: RecordId }[];
  readonly dispose: () => Promise<void>;
}

/** @param url of a database, or undefined for a file */
export async function worldOf(url: string | undefined, people: number): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "custody-bench-"));
  const schema = `custody_bench_${hex(random(6))}`;
  const made = { now: Date.now, random };
  const store =
    url === undefined
      ? await createSqliteStore({ path: join(folder, "custody.db"), ...made })
      : await createPostgresStore({ url, schema, ...made });
  const { app, agreed } = await clientOn(store, folder);
  const writers = await Promise.all(Array.from({ length: ACTORS }, agreed));
  const subjects = await Promise.all(Array.from({ length: ACTORS }, agreed));
  const readers = await Promise.all(
    subjects.map(async (subject) => ({ subject, record: await collectFrom(app, subject) })),
  );
  const select = { subjects };
  const { id } = await app.datasets.seal({ name: "bench", purpose: "training", select });
  const from = [{ id, relation: "trained-on" }] as const;
  const model = await app.models.begin({ name: "bench", purpose: "training", from });
  await app.models.complete({ model, digest: "0".repeat(64), places: [] });
  const [pattern] = readers;
  if (pattern !== undefined) await fill(store, pattern.subject, people - 2 * ACTORS);
  const dispose = async () => {
    await app.close();
    if (url !== undefined) await dropPostgresStore({ url, schema, storeId: store.identity.id });
    rmSync(folder, { recursive: true, force: true });
  };
  return { app, writers, readers, dispose };
}

async function clientOn(store: Store, folder: string) {
  const storeId = store.identity.id;
  const places = { path: join(folder, "custody.keys"), epochPath: join(folder, "custody.epoch") };
  await (await createKeyringFile({ ...places, storeId, random })).close();
  const keyring = await openKeyringFile({ ...places, storeId, random });
  const form = scriptedVerifier({ method: "signed-form" });
  const keys = { path: join(folder, "signer.json"), name: "bench.example" };
  await createSignerFile(keys);
  const signer = await openSignerFile(keys);
  const app = await createCustody({ policy, store, keyring, signer, verifiers: [form] });
  const purposes = ["coaching", "training"] as const;
  await app.notices.publish({ version: "v1", text: "What we do.", covers: [...purposes] });
  const agreed = async () => {
    const subject = await app.subjects.register({});
    const said = { subject, kind: "birth-date", source: "parent", value: "2016-05-05" } as const;
    await app.subjects.addEvidence(said);
    const ask = { subject, purposes, method: "signed-form", contact: "p@example.org" } as const;
    const request = await app.consents.request(ask);
    const script = { outcome: "verified", reported: "signed-form", grants: purposes } as const;
    await app.consents.confirm({ request, response: form.answer(request, script) });
    return subject;
  };
  return { app, agreed };
}

export function collectFrom(app: App, subject: SubjectId): Promise<RecordId> {
  const values = { weightKg: 36.25, nickname: "otter" };
  return app.records.collect({ subject, collection: "intake", purpose: "coaching", values });
}

/**
 * Copies of one person under fresh ids, many in a batch. Their sealed values open under no key;
 * nobody reads them.
 */
async function fill(store: Store, pattern: SubjectId, people: number): Promise<void> {
  const rows = await rowsOf(store, pattern);
  const text = JSON.stringify(rows);
  const ids = [...new Set(text.match(/\b[a-z]{3}_[0-9a-z]{26}\b/g))].filter((id) =>
    isOwn(id, rows),
  );
  const newId = idFactory({ now: Date.now, random });
  const copy = (): readonly Write[] => {
    let copied = text;
    for (const id of ids) copied = copied.replaceAll(id, newId(kindOfId(id) ?? "subject"));
    return (JSON.parse(copied) as Row[]).map((put) => ({ put }));
  };
  const each = Math.floor(WRITES_PER_BATCH / rows.length);
  const batches = Math.ceil(Math.max(0, people) / each);
  const state = { next: 0 };
  const work = async () => {
    for (;;) {
      const batch = state.next++;
      if (batch >= batches) return;
      const some = Math.min(each, people - batch * each);
      const writes = Array.from({ length: some }, copy).flat();
      const at = new Date().toISOString();
      const about = { copies: some };
      const event = { id: newId("event"), type: "record-collected", at, actor: "bench", about };
      await store.append({ event: event as Batch["event"], writes });
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, work));
}

/** What belongs to one person, as new rows. */
async function rowsOf(store: Store, subject: string): Promise<readonly Row[]> {
  const own: Row[] = [];
  const records = new Set<string>();
  for await (const { row } of store.everything()) {
    if (row.table === "document" && (row.id === subject || row.owner === subject)) {
      own.push({ ...row, version: 1 });
    }
    if (row.table === "record" && row.subject === subject) {
      records.add(row.id);
      own.push({ ...row, ordinal: 0 });
    }
  }
  for await (const { row } of store.everything()) {
    if (row.table === "payload" && records.has(row.record)) own.push(row);
  }
  return own;
}

/** Ids that a copy has to have of its own: those of the rows themselves. */
function isOwn(id: string, rows: readonly Row[]): boolean {
  return rows.some((row) => "id" in row && row.id === id);
}

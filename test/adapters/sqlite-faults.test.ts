import { afterEach, beforeEach, expect, test } from "vitest";
import { openConnection } from "../../src/adapters/sqlite/connection.js";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { SqliteStore } from "../../src/adapters/sqlite/store.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { isCustodyError } from "../../src/errors.js";
import { collected, rejectsWith } from "../../src/testing/expectation.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { ended, startedWithFileLimit } from "./children/spawned.js";
import { newStore } from "./sqlite-fixture.js";
import { verified } from "./sqlite-verified.js";

/** Of 512 bytes: a few commits fit into the log, then the system refuses. */
const FILE_BLOCKS_MAX = 600;

let path: string;
let remove: () => Promise<void>;
const samples = new StoreSamples();

beforeEach(async () => {
  const made = await newStore();
  await made.store.close();
  ({ path, remove } = made);
});

afterEach(() => remove());

function large() {
  return { put: samples.document({ body: { text: "x".repeat(200_000) } }) };
}

test("a full disk is store-full for the whole group, and nothing is written", async () => {
  const connection = openConnection({ path, readOnly: false, busyTimeoutMs: 1_000 });
  const store = new SqliteStore(connection, { id: "sto_test", schema: 1 }, false);
  const pages = connection.db.pragma("page_count", { simple: true }) as number;
  connection.db.pragma(`max_page_count = ${pages + 20}`);
  const batches = [samples.batch([]), samples.batch([large()]), samples.batch([])];
  await Promise.all(batches.map((batch) => rejectsWith("store-full", store.append(batch))));
  expect(await store.size()).toBe(1);
  expect(await collected(store.everything())).toEqual([]);
  connection.db.pragma(`max_page_count = ${pages + 200}`);
  for (const batch of batches) await store.append(batch);
  expect(await store.size()).toBe(4);
  await store.close();
  const reopened = await openSqliteStore({ path });
  await verified(reopened);
  await reopened.close();
});

test("a write that the system refuses poisons the store for good", async () => {
  const child = startedWithFileLimit("limited.mjs", path, FILE_BLOCKS_MAX);
  const { code, out } = await ended(child);
  expect(code).toBe(0);
  const said = JSON.parse(out) as { acknowledged: number; code: string; later: readonly string[] };
  expect(said).toMatchObject({ code: "store-poisoned", reason: "SQLITE_IOERR_WRITE" });
  expect(said.later).toEqual(["store-poisoned", "store-poisoned", "store-poisoned"]);
  expect(said.acknowledged).toBeGreaterThan(0);
  const reopened = await openSqliteStore({ path });
  expect(await reopened.size()).toBe(1 + said.acknowledged);
  expect((await verified(reopened)).size).toBe(3 * said.acknowledged);
  await reopened.append(samples.batch([]));
  await reopened.close();
});

/** What everything that reads a document answers once its body was overwritten in the file. */
async function readingsOf(body: string) {
  const store = await openSqliteStore({ path });
  const whole = samples.document();
  const hurt = samples.document();
  const { kind } = hurt;
  await store.append(samples.batch([{ put: whole }, { put: hurt }]));
  const file = new Database(path);
  file.prepare("UPDATE document SET body = ? WHERE id = ?").run(body, hurt.id);
  file.close();
  const reads = {
    get: () => store.get({ table: "document", kind, id: hurt.id }),
    scan: () => collected(store.scan({ table: "document", kind })),
    everything: () => collected(store.everything()),
  };
  const answers = await Promise.all(
    Object.entries(reads).map(async ([name, read]) => {
      const error = await read().catch((thrown: unknown) => thrown);
      return [name, isCustodyError(error) ? error.toJSON() : error, JSON.stringify(error)] as const;
    }),
  );
  const neighbour = await store.get({ table: "document", kind, id: whole.id });
  await store.append(samples.batch([{ put: samples.document() }]));
  await store.close();
  return { answers, hurt, whole, neighbour };
}

for (const [what, body] of [
  ["is not JSON", '{"state":"planted-value'],
  ["is empty", ""],
  ["is JSON but no object", '"planted-value"'],
  ["is null", "null"],
  ["is a list", "[]"],
] as const) {
  test(`a document whose body ${what} is store-damaged and named, and nothing of it said`, async () => {
    const { answers, hurt, whole, neighbour } = await readingsOf(body);
    const reason = `the body of document/${hurt.kind}/${hurt.id} is not a JSON object`;
    const damage = { place: path, kind: hurt.kind, id: hurt.id, reason };
    for (const [name, error, said] of answers) {
      expect([name, error]).toMatchObject([name, { code: "store-damaged", details: damage }]);
      expect(said).not.toContain("planted-value");
    }
    expect(neighbour).toEqual(whole);
  });
}

test("a document whose body is a JSON object is read, whatever else it is", async () => {
  const { answers, hurt, whole } = await readingsOf('{"state":"changed"}');
  const changed = { ...hurt, body: { state: "changed" } };
  expect(answers.map(([name, read]) => [name, read])).toEqual([
    ["get", changed],
    ["scan", expect.arrayContaining([changed, whole])],
    ["everything", expect.arrayContaining([expect.objectContaining({ row: changed })])],
  ]);
});

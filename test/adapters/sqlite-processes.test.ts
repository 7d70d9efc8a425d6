import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import type { Store } from "../../src/ports/store.js";
import { rejectsWith } from "../../src/testing/expectation.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { ended, lines, started } from "./children/spawned.js";
import { newStore } from "./sqlite-fixture.js";
import { verified } from "./sqlite-verified.js";

const ROUNDS = 150;

let path: string;
let store: Store;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ path, store, remove } = await newStore());
});

afterEach(async () => {
  await store.close();
  await remove();
});

test("two processes that count one document up lose nothing and write no half", async () => {
  const children = [
    started("rival.mjs", path, String(ROUNDS)),
    started("rival.mjs", path, String(ROUNDS)),
  ];
  const endings = await Promise.all(children.map(ended));
  expect(endings.map(({ code }) => code)).toEqual([0, 0]);
  const outcomes = endings.map(
    ({ out }) => JSON.parse(out) as { won: number; conflicts: number; records: readonly string[] },
  );
  const shared = await store.get({ table: "document", kind: "subject", id: "shared" });
  expect(shared?.version).toBe(2 * ROUNDS);
  expect(await store.size()).toBe(1 + 2 * ROUNDS);
  const names = await verified(store);
  for (const id of outcomes.flatMap(({ records }) => records)) {
    expect(names.has(`record/${id}`) && names.has(`payload/${id}/health`)).toBe(true);
    expect(names.has(`document/step/${id}`)).toBe(true);
  }
  expect(names.size).toBe(1 + 3 * 2 * ROUNDS);
  expect(outcomes.reduce((sum, { conflicts }) => sum + conflicts, 0)).toBeGreaterThan(0);
});

test("a file held by another process is store-busy, bounded, and nothing is written", async () => {
  const samples = new StoreSamples();
  const impatient = await openSqliteStore({ path, busyTimeoutMs: 100 });
  const holder = started("holder.mjs", path);
  await lines(holder, 1);
  const batches = Array.from({ length: 3 }, () => samples.batch([{ put: samples.record() }]));
  const refusals = await Promise.all(
    batches.map((batch) => rejectsWith("store-busy", impatient.append(batch))),
  );
  for (const { details } of refusals) {
    expect(details.waitedMs).toBeGreaterThanOrEqual(100);
    expect(details.waitedMs).toBeLessThan(5_000);
  }
  expect(await impatient.size(), "reading goes on").toBe(1);
  expect((await impatient.scrub()).level).toBe("logical");
  const patient = store.append(samples.batch([{ put: samples.record() }]));
  const over = ended(holder);
  holder.stdin.end();
  await over;
  expect((await patient).seq).toBe(1);
  await impatient.append(samples.batch([]));
  expect(await store.size()).toBe(3);
  await impatient.close();
});

test("what another process committed is seen by the next read", async () => {
  const samples = new StoreSamples();
  const other = await openSqliteStore({ path });
  const document = samples.document();
  await store.append(samples.batch([{ put: document }]));
  const { kind, id } = document;
  expect(await other.get({ table: "document", kind, id })).toEqual(document);
  await rejectsWith("conflict", other.append(samples.batch([{ put: document }])));
  await other.append(samples.batch([{ put: { ...document, version: 2 } }]));
  const stale = samples.batch([], [{ kind, id, version: 1 }]);
  await rejectsWith("conflict", store.append(stale));
  await other.close();
});

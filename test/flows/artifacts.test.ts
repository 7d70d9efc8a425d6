/** Derived things: the strictest of their sources now and later, and gone with the first of them. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createCustody } from "../../src/custody.js";
import type { SubjectId } from "../../src/lib/id.js";
import { memoryConnector } from "../../src/testing/memory-connector.js";
import { codeOf, policy, random, type World, world } from "../world.js";

const open: World[] = [];
const BY = { name: "Gina Halloran", title: "General Counsel" } as const;

afterEach(async () => {
  for (const w of open.splice(0)) await w.dispose();
});

async function two(store: "memory" | "sqlite" = "memory") {
  const w = await world({ store });
  open.push(w);
  const kid = await w.born("2012-05-05");
  const consent = await w.agreed(kid);
  const record = await w.weigh(kid);
  const adult = await w.born("1980-01-01");
  const other = await w.weigh(adult);
  return { w, kid, consent, record, adult, other };
}

/** A table with a file of its own in the folder of the world. */
async function table(w: World, name: string, from: readonly string[], more: object = {}) {
  writeFileSync(join(w.folder, name), "x");
  const places = [{ connector: "filesystem", ref: name }];
  const input = { name, relation: "joined", from, places, ...more } as const;
  return w.app.artifacts.derive(input);
}

const statusOf = async (w: World, id: string) => (await w.app.artifacts.get(id)).status;

test.each(["memory", "sqlite"] as const)("a status follows its sources on %s", async (store) => {
  const { w, consent, record, other } = await two(store);
  const joint = await table(w, "joint", [record, other]);
  const copy = await table(w, "copy", [joint.id], { relation: "copied" });
  const own = await table(w, "own", [other]);
  expect([joint.status, copy.status, own.status]).toEqual(["admitted", "admitted", "admitted"]);
  await w.app.consents.revoke({ consent });
  expect(await statusOf(w, copy.id)).toBe("restricted");
  await w.app.consents.invalidate({ consent, reason: "not-the-parent" });
  expect(await statusOf(w, copy.id)).toBe("tainted");
  const hold = { records: [other], authority: "Court", instrument: "order 1" };
  await w.app.holds.place(hold);
  expect(await statusOf(w, own.id)).toBe("held");
  expect(await statusOf(w, copy.id)).toBe("tainted");
});

test("what is refused as a source is refused with its own code, and makes nothing", async () => {
  const { w, kid, record, other } = await two();
  const derive = (from: readonly string[], more = {}) => codeOf(table(w, "t", from, more));
  expect(await derive([])).toBe("lineage-missing");
  expect(await derive(["someone@example.org"])).toBe("id-invalid");
  expect(await derive([kid])).toBe("id-invalid");
  expect(await derive([other], { relation: "trained-on" })).toBe("option-invalid");
  expect(await derive([other], { kind: "table" })).toBe("option-invalid");
  expect(await derive([other], { colour: "red" })).toBe("option-unknown");
  expect(await derive([other], { deidentified: { method: "" } })).toBe("option-invalid");
  expect(await derive([other], { deidentified: { way: "x" } })).toBe("option-unknown");
  expect(await derive([other], { places: [{ connector: "moon", ref: "a" }] })).toBe(
    "connector-unknown",
  );
  await deleted(w, kid);
  expect(await derive([record, other])).toBe("record-erased");
  expect(await w.store.size()).toBeGreaterThan(0);
  for await (const row of w.store.scan({ table: "document", kind: "artifact" })) {
    expect(row).toBeUndefined();
  }
});

async function deleted(w: World, subject: SubjectId) {
  const planned = await w.app.purges.plan({ subject });
  await w.app.purges.approve({ purge: planned.id, by: BY });
  return { planned, ran: await w.app.purges.run(planned.id) };
}

test("a person's deletion takes what was derived from them, documented or not; models stay", async () => {
  const { w, kid, record, other } = await two();
  const joint = await table(w, "joint", [record, other]);
  const deidentified = { method: "counts", report: "r-1", by: "Jiwoo Han" };
  const counts = await table(w, "counts", [joint.id], { relation: "aggregated", deidentified });
  const own = await table(w, "own", [other]);
  const from = [{ id: joint.id, relation: "trained-on" }] as const;
  const model = await w.app.models.begin({ name: "m", purpose: "training", from });
  await w.app.models.complete({ model, digest: "a".repeat(64), places: [] });
  const invented = await table(w, "invented", [model], { relation: "generated-by" });
  const { planned, ran } = await deleted(w, kid);
  expect(planned.plan.artifacts).toEqual([joint.id, counts.id].sort());
  expect(ran.state).toBe("complete");
  for (const { id } of [joint, counts]) expect(await statusOf(w, id)).toBe("erased");
  for (const { id } of [own, invented]) expect(await statusOf(w, id)).toBe("admitted");
  expect(existsSync(join(w.folder, "joint"))).toBe(false);
  expect(existsSync(join(w.folder, "own"))).toBe(true);
  expect((await w.app.models.get(model)).state).toBe("since-withdrawn");
});

test("a sweep takes a joint item with its first source, and a documented copy stays", async () => {
  const { w, record, other } = await two();
  const joint = await table(w, "joint", [record, other]);
  const said = { method: "counts", report: "r-1" };
  const claimed = await table(w, "claimed", [record], { deidentified: said });
  const shown = await table(w, "shown", [record], { deidentified: { ...said, by: "Jiwoo Han" } });
  w.clock.ms = Date.parse("2023-12-01T00:00:00Z");
  const late = await w.born("1980-01-01");
  const fresh = await table(w, "fresh", [await w.weigh(late)]);
  w.clock.ms = Date.parse("2024-02-11T00:00:00Z");
  expect((await w.app.retention.sweep()).erased).toEqual([record, other]);
  for (const { id } of [joint, claimed]) expect(await statusOf(w, id)).toBe("erased");
  for (const { id } of [shown, fresh]) expect(await statusOf(w, id)).toBe("admitted");
  expect(existsSync(join(w.folder, "joint"))).toBe(false);
  expect(existsSync(join(w.folder, "shown"))).toBe(true);
});

test("a place out of reach keeps the item on the list, unusable, until a later sweep", async () => {
  const { w, other } = await two();
  const shelf = memoryConnector({ name: "shelf" });
  const { store, keyring, signer } = w;
  const connectors = [shelf];
  const now = () => w.clock.ms;
  const app = await createCustody({ policy, store, keyring, signer, connectors, now, random });
  shelf.place("rows", new Uint8Array([1]));
  const places = [{ connector: "shelf", ref: "rows" }];
  const from = [other];
  const { id } = await app.artifacts.derive({ name: "rows", relation: "copied", from, places });
  w.clock.ms = Date.parse("2024-02-11T00:00:00Z");
  shelf.unreachable();
  expect((await app.retention.sweep()).erased).toContain(other);
  expect((await app.artifacts.get(id)).status).toBe("restricted");
  expect((await app.trace(id)).places).toHaveLength(1);
  shelf.reachable();
  expect((await app.retention.sweep()).erased).toEqual([]);
  expect((await app.artifacts.get(id)).status).toBe("erased");
  expect((await app.trace(id)).places).toEqual([]);
});

test("of a sealed dataset it takes what is not erased, and is below nothing else of it", async () => {
  const { w, kid, record, other } = await two();
  const set = await w.app.datasets.seal({ name: "s", purpose: "training", select: {} });
  expect(set.count).toBe(2);
  const before = await table(w, "before", [set.id]);
  await deleted(w, kid);
  expect(await statusOf(w, before.id)).toBe("erased");
  const after = await table(w, "after", [set.id]);
  expect(after.status).toBe("admitted");
  expect((await w.app.trace(kid)).artifacts).toEqual([before.id]);
  expect((await w.app.trace(record)).artifacts).toEqual([before.id]);
  expect((await w.app.trace(other)).artifacts).toEqual([before.id, after.id].sort());
  const select = { subject: kid };
  const remedy = { data: { destroy: "P1D" }, freeze: "immediately" } as const;
  await w.app.orders.open({ title: "t", citation: "c", opened: "2021-02-10", select, remedy });
  expect(await statusOf(w, after.id)).toBe("admitted");
  const both = { collection: "intake" };
  await w.app.orders.open({
    title: "t",
    citation: "c",
    opened: "2021-02-10",
    select: both,
    remedy,
  });
  expect(await statusOf(w, after.id)).toBe("tainted");
});

test("tags that were dropped never come back, whatever is said later", async () => {
  const { w, other } = await two();
  const csv = await table(w, "csv", [other], { tagged: false });
  const again = await table(w, "again", [csv.id, other], { tagged: true });
  const train = (id: string) =>
    codeOf(
      w.app.models.begin({
        name: "m",
        purpose: "training",
        from: [{ id, relation: "trained-on" }],
      }),
    );
  expect(await train(csv.id)).toBe("untagged-input");
  expect(await train(again.id)).toBe("untagged-input");
  const tagged = await table(w, "tagged", [other], { tagged: true });
  const from = [{ id: tagged.id, relation: "trained-on" }] as const;
  expect(await w.app.models.begin({ name: "m", purpose: "training", from })).toMatch(/^mod_/);
});

test("what a withdrawn record's model wrote is closed to training, an erased term is not", async () => {
  const { w, consent, record, other } = await two();
  const learn = async (id: string) => {
    const from = [{ id, relation: "trained-on" }] as const;
    const model = await w.app.models.begin({ name: id, purpose: "training", from });
    const digest = Buffer.from(id).toString("hex").padEnd(64, "0").slice(-64);
    await w.app.models.complete({ model, digest, places: [] });
    return model;
  };
  const [young, grown] = [await learn(record), await learn(other)];
  const labels = await table(w, "labels", [young], { relation: "labelled-by" });
  const grownLabels = await table(w, "grown", [grown], { relation: "labelled-by" });
  await w.app.consents.revoke({ consent });
  expect(await statusOf(w, labels.id)).toBe("admitted");
  expect(await codeOf(learn(labels.id))).toBe("record-restricted");
  w.clock.ms = Date.parse("2024-02-11T00:00:00Z");
  expect((await w.app.retention.sweep()).erased).toContain(other);
  expect(await learn(grownLabels.id)).toMatch(/^mod_/);
});

test("a trace tells datasets and artifacts apart, and a limit is an error", async () => {
  const { w, kid, record } = await two();
  const rows = await table(w, "rows", [record], { kind: "dataset" });
  const figure = await table(w, "figure", [rows.id], { relation: "aggregated" });
  const traced = await w.app.trace(kid);
  expect(traced).toMatchObject({ records: [record], datasets: [rows.id], artifacts: [figure.id] });
  expect(traced.paths[figure.id]).toEqual([kid, rows.id, figure.id]);
  expect(traced.relations).toEqual({ [rows.id]: "joined", [figure.id]: "aggregated" });
  expect(traced.places.map(({ ref }) => ref)).toEqual(["rows", "figure"]);
  expect((await w.app.trace(rows.id)).artifacts).toEqual([figure.id]);
  expect(await codeOf(w.app.trace(kid, { nodesMax: 1 }))).toBe("limit-exceeded");
  expect((await w.app.trace(kid, { nodesMax: 2 })).artifacts).toEqual([figure.id]);
  for (const nodesMax of [0, 1.5, Number.NaN, 1_000_001]) {
    expect(await codeOf(w.app.trace(kid, { nodesMax }))).toBe("option-invalid");
  }
});

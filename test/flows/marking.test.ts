/** Marks that do not fit one commit: all at once for who asks, page by page in the store. */
import { afterEach, expect, test } from "vitest";
import type { Event, Write } from "../../src/core/event.js";
import type { Model } from "../../src/core/model.js";
import { MARKS_PER_COMMIT } from "../../src/flows/marking.js";
import { newId } from "../../src/lib/id.js";
import { codeOf, random, type World, world } from "../world.js";
import { house } from "./law-fixture.js";

const MODELS = 2 * MARKS_PER_COMMIT + 500;
const open: World[] = [];

afterEach(async () => {
  for (const w of open.splice(0)) await w.dispose();
});

/** Models of one dataset, written as rows: asking for each training is not what is tested here. */
async function crowd(
  w: Pick<World, "store" | "clock">,
  parent: string,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let writes: Write[] = [];
  const event = (): Event => ({
    id: newId("event", w.clock.ms, random),
    type: "model-completed",
    at: new Date(w.clock.ms).toISOString(),
    actor: "test",
    about: {},
  });
  for (let n = 0; n < MODELS; n += 1) {
    const id = newId("model", w.clock.ms, random);
    const at = new Date(w.clock.ms).toISOString();
    const parents = [{ id: parent, relation: "trained-on" as const }];
    const body: Model = {
      ...{ id, name: `m${n}`, purpose: "training", parents, digest: "", begunAt: at },
      ...{ completedAt: at, marks: [], measures: {} },
    };
    const row = { table: "document", kind: "model", id, version: 1, owner: "", due: "" } as const;
    writes.push({ put: { ...row, body: body as never } });
    writes.push({ put: { table: "edge", child: id, parent, relation: "trained-on" } });
    ids.push(id);
    if (writes.length < 4_000 && n < MODELS - 1) continue;
    await w.store.append({ event: event(), writes });
    writes = [];
  }
  return ids;
}

test("a freeze that reaches more than a commit holds freezes all of it, once each", async () => {
  const w = await world({ store: "sqlite" });
  open.push(w);
  const kid = await w.born("2012-05-05");
  const consent = await w.agreed(kid);
  await w.weigh(kid);
  const other = await w.born("2012-05-05");
  await w.agreed(other);
  await w.weigh(other);
  const seal = (subject: typeof kid) =>
    w.app.datasets.seal({ name: "s", purpose: "training", select: { subjects: [subject] } });
  const models = await crowd(w, (await seal(kid)).id);
  const from = [{ id: (await seal(other)).id, relation: "trained-on" }] as const;
  const twin = await w.app.models.begin({ name: "twin", purpose: "training", from });

  await w.app.consents.invalidate({ consent, reason: "not-the-parent" });
  for await (const { id, body } of w.store.scan({ table: "document", kind: "model" })) {
    const states = (body as unknown as Model).marks.map(({ state }) => state);
    expect(states).toEqual(id === twin ? [] : ["frozen"]);
  }
  const pending = await w.store.get({ table: "document", kind: "service", id: "lineage" });
  expect(pending?.body).toEqual({ pending: [] });
  expect((await w.app.models.mayServe(models.at(-1) ?? "")).state).toBe("frozen");
}, 120_000);

test("a process that dies between the pages leaves nothing that is served", async () => {
  const w = await world({ store: "sqlite" });
  open.push(w);
  const kid = await w.born("2012-05-05");
  const consent = await w.agreed(kid);
  await w.weigh(kid);
  const select = { subjects: [kid] };
  const set = await w.app.datasets.seal({ name: "s", purpose: "training", select });
  const models = await crowd(w, set.id);
  const append = w.store.append.bind(w.store);
  let died = false;
  w.store.append = async (batch) => {
    if (batch.event.type !== "model-state-changed" || died) return append(batch);
    died = true;
    throw new Error("killed");
  };
  await expect(w.app.consents.invalidate({ consent, reason: "not-the-parent" })).rejects.toThrow();
  expect(died).toBe(true);
  // The invalidation itself is there, and the rest of its marks comes with the next question.
  expect((await w.app.consents.get(consent)).status).toBe("invalidated");
  for (const model of [models[0], models.at(-1)]) {
    expect((await w.app.models.mayServe(model ?? "")).mayServe).toBe(false);
  }
  const again = { name: "x", purpose: "training", from: [{ id: set.id, relation: "trained-on" }] };
  expect(await codeOf(w.app.models.begin(again as never))).toBe("record-tainted");
  for await (const { body } of w.store.scan({ table: "document", kind: "model" })) {
    expect((body as unknown as Model).marks.map(({ state }) => state)).toEqual(["frozen"]);
  }
}, 120_000);

test("a pupil found out puts all that learned in doubt, page by page, and no evaluation", async () => {
  const law = {
    audience: "general",
    jurisdiction: "US-NY",
    regimes: ["coppa", "ny-cdpa"],
  } as const;
  const h = await house(law);
  const { store, app } = h;
  const subject = await h.born("2000-01-01");
  const values = { handle: "kip" };
  const taken = { subject, collection: "scores", purpose: "play", values };
  const record = await app.records.collect(taken);
  const select = { subjects: [subject] };
  const set = await app.datasets.seal({ name: "s", purpose: "training", select });
  const models = await crowd(h, set.id);
  const other = await app.records.collect({ ...taken, subject: await h.born("2000-01-01") });
  const from = [
    { id: other, relation: "trained-on" },
    { id: record, relation: "evaluated-on" },
  ] as const;
  const judged = await app.models.begin({ name: "judged", purpose: "training", from });
  const append = store.append.bind(store);
  const pages: number[] = [];
  store.append = async (batch) => {
    pages.push(batch.writes.length);
    return append(batch);
  };
  const late = { subject, kind: "birth-date", source: "school", value: "2010-01-01" } as const;
  const found = await app.subjects.addEvidence(late);
  expect(found).toMatchObject({ band: "teen", restricted: 0 });
  expect(found.suspect).toHaveLength(MODELS);
  expect(pages.length).toBeGreaterThan(2);
  for await (const { id, body } of store.scan({ table: "document", kind: "model" })) {
    const states = (body as unknown as Model).marks.map(({ state }) => state);
    expect(states).toEqual(id === judged ? [] : ["suspect"]);
  }
  const lineage = await store.get({ table: "document", kind: "service", id: "lineage" });
  expect(lineage?.body).toEqual({ pending: [] });
  for await (const { set: name } of store.scan({ table: "member", chunk: 0 })) {
    expect(name).not.toMatch(/^pending\//);
  }
  expect((await app.models.mayServe(models.at(-1) ?? "")).mayServe).toBe(false);
}, 120_000);

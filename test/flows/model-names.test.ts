/** Models of one digest are one artifact; a model found without lineage is nobody's to clear. */
import { afterEach, expect, test } from "vitest";
import type { RecordId } from "../../src/lib/id.js";
import { codeOf, type World, world } from "../world.js";

const open: World[] = [];
const PERSON = { name: "Liv Moen", title: "Head of Research", human: true } as const;
const digest = (letter: string) => letter.repeat(64);

afterEach(async () => {
  for (const w of open.splice(0)) await w.dispose();
});

async function start() {
  const w = await world();
  open.push(w);
  const kid = await w.born("2012-05-05");
  const consent = await w.agreed(kid);
  const record = await w.weigh(kid);
  const other = await w.weigh(await w.born("1980-01-01"));
  const train = async (id: RecordId | string, bytes: string, relation = "trained-on") => {
    const from = [{ id, relation }] as never;
    const model = await w.app.models.begin({ name: "m", purpose: "training", from });
    await w.app.models.complete({ model, digest: digest(bytes), places: [] });
    return model;
  };
  const stateOf = async (model: string) => (await w.app.models.get(model)).state;
  return { w, kid, consent, record, other, train, stateOf };
}

test("what is found against one name is against all, and against what any of them begot", async () => {
  const { w, kid, consent, record, other, train, stateOf } = await start();
  const first = await train(record, "a");
  const second = await train(other, "a");
  const child = await train(second, "b", "quantized-from");
  const apart = await train(other, "c");
  await w.app.consents.invalidate({ consent, reason: "not-the-parent" });
  for (const model of [first, second, child]) expect(await stateOf(model)).toBe("frozen");
  expect(await stateOf(apart)).toBe("clean");
  const traced = await w.app.trace(kid);
  expect(traced.models).toEqual([first, second, child].sort());
  expect(traced.paths[child]).toEqual([kid, first, second, child]);
  expect(traced.relations[second]).toBe("same-bytes");
});

test("a name that comes later bears what is known of the bytes, and hands on what it brings", async () => {
  const { w, consent, record, other, train, stateOf } = await start();
  const early = await train(other, "a");
  const begun = await w.app.models.begin({
    ...{ name: "m", purpose: "training" },
    from: [{ id: record, relation: "trained-on" }],
  });
  await w.app.consents.invalidate({ consent, reason: "not-the-parent" });
  expect(await stateOf(early)).toBe("clean");
  const done = { model: begun, digest: digest("a"), places: [] };
  expect((await w.app.models.complete(done)).state).toBe("frozen");
  expect(await stateOf(early)).toBe("frozen");
  expect(await stateOf(await train(other, "a"))).toBe("frozen");
  expect(await stateOf(await train(other, "d"))).toBe("clean");
});

test("a clearing is for the bytes under all names, and for what is built on them afterwards", async () => {
  const { w, consent, record, other, train, stateOf } = await start();
  const from = [
    { id: other, relation: "trained-on" },
    { id: record, relation: "evaluated-on" },
  ] as const;
  const base = await w.app.models.begin({ name: "m", purpose: "training", from });
  await w.app.models.complete({ model: base, digest: digest("a"), places: [] });
  const name = await train(other, "a");
  const before = await train(name, "b", "distilled-from");
  await w.app.consents.invalidate({ consent, reason: "not-the-parent" });
  const middle = await train(base, "c", "distilled-from");
  for (const model of [base, name, before, middle]) expect(await stateOf(model)).toBe("suspect");
  await w.app.models.clear({ model: name, by: PERSON, reason: "chosen again" });
  for (const model of [base, name]) expect(await stateOf(model)).toBe("cleared");
  for (const model of [before, middle]) expect(await stateOf(model)).toBe("suspect");
  expect(await stateOf(await train(base, "e", "converted"))).toBe("clean");
});

test("a model found without lineage is not served, not cleared, not built on, not a source", async () => {
  const { w, other, train, stateOf } = await start();
  const found = { name: "old", digest: digest("a"), places: [] };
  const { id, state } = await w.app.models.report(found);
  expect(state).toBe("suspect");
  expect((await w.app.models.mayServe(id)).mayServe).toBe(false);
  const clear = () => w.app.models.clear({ model: id, by: PERSON, reason: "it was fine" });
  expect(await codeOf(clear())).toBe("lineage-missing");
  expect(await codeOf(train(id, "b", "fine-tuned-from"))).toBe("lineage-missing");
  const derive = { name: "x", from: [id], relation: "generated-by" } as const;
  expect(await codeOf(w.app.artifacts.derive(derive))).toBe("lineage-missing");
  expect(await codeOf(w.app.models.report({ ...found, digest: "abc" }))).toBe("option-invalid");
  // Trained again to the same bytes: now it is shown what they came from.
  const shown = await train(other, "a");
  for (const model of [id, shown]) expect(await stateOf(model)).toBe("clean");
  expect(await stateOf(await train(id, "b", "fine-tuned-from"))).toBe("clean");
});

test("a found model with the bytes of a frozen one is that one under another name", async () => {
  const { w, consent, record, train } = await start();
  await train(record, "a");
  await w.app.consents.invalidate({ consent, reason: "not-the-parent" });
  const found = await w.app.models.report({ name: "old", digest: digest("a"), places: [] });
  expect(found.state).toBe("frozen");
  const other = await w.app.models.report({ name: "older", digest: digest("b"), places: [] });
  expect(other.state).toBe("suspect");
});

test("what is built on a model that was since withdrawn is since withdrawn, and served", async () => {
  const { w, consent, record, train, stateOf } = await start();
  const base = await train(record, "a");
  await w.app.consents.revoke({ consent });
  const tuned = await train(base, "b", "fine-tuned-from");
  expect(await stateOf(tuned)).toBe("since-withdrawn");
  expect((await w.app.models.mayServe(tuned)).mayServe).toBe(true);
});

test("an edge drawn while a mark walks down collides and is decided again", async () => {
  const { w, consent, record, train, stateOf } = await start();
  const base = await train(record, "a");
  const append = w.store.append.bind(w.store);
  let between: Promise<unknown> | undefined;
  w.store.append = async (batch) => {
    if (batch.event.type === "model-begun" && between === undefined) {
      between = w.app.consents.invalidate({ consent, reason: "not-the-parent" });
      await between;
    }
    return append(batch);
  };
  expect(await codeOf(train(base, "b", "fine-tuned-from"))).toBe("model-frozen");
  expect(between).toBeDefined();
  expect(await stateOf(base)).toBe("frozen");
});

import { afterEach, describe, expect, test } from "vitest";
import { APPROXIMATE_METHODS } from "../../src/core/unlearning.js";
import { isCustodyError } from "../../src/errors.js";
import { type DatasetId, type ModelId, requireId } from "../../src/lib/id.js";
import {
  type App,
  average,
  type Child,
  children,
  type Home,
  house,
  places,
  SHARDS,
  sealed,
  shardLine,
  trained,
} from "./shards.js";

const ULID = "01hzz000000000000000000000";
const open: Home[] = [];
afterEach(async () => {
  for (const { app } of open.splice(0)) await app.close();
});

interface Shop {
  readonly app: App;
  readonly child: Child;
  readonly others: readonly Child[];
  readonly shard: number;
  readonly dataset: DatasetId;
  readonly lines: readonly (readonly ModelId[])[];
  readonly model: ModelId;
}

/** A sharded model, and a child who entered after the first slice of a shard. */
async function shop(): Promise<Shop> {
  const home = await house();
  open.push(home);
  const { app } = home;
  const all = await children(home, 40);
  const dataset = await sealed(app);
  const lines: (readonly ModelId[])[] = [];
  for (let shard = 0; shard < SHARDS; shard += 1) lines.push(await shardLine(app, dataset, shard));
  const model = await average(app, lines);
  const at = await places(app, dataset);
  const slice = ({ records }: Child): number => at.get(records[0] ?? "")?.slice ?? -1;
  const child = all.find((one) => slice(one) === 1 || slice(one) === 2);
  if (child === undefined) throw new Error("nobody in the middle");
  const shard = at.get(child.records[0] ?? "")?.shard ?? -1;
  return { app, child, others: all.filter((one) => one !== child), shard, dataset, lines, model };
}

async function purged({ app, child }: Shop) {
  const order = await app.orders.open({
    title: "One child",
    citation: "none",
    opened: "2026-05-01",
    select: { subject: child.subject },
    remedy: {
      data: { destroy: "P30D" },
      models: { relation: "in-whole-or-in-part", destroy: "P30D" },
      freeze: "immediately",
    },
  });
  const { id, plan } = await app.purges.plan({ order: order.id });
  await app.purges.approve({ purge: id, by: { name: "Ada Quist", title: "Counsel" } });
  expect((await app.purges.run(id)).state).toBe("complete");
  return { order, plan };
}

/** The one shard again, from its last clean checkpoint, on the dataset without the child. */
async function again(made: Shop) {
  const { app, dataset, lines, shard, model, child } = made;
  const { id } = await app.datasets.rebuild({ dataset, name: "without" });
  const { shards } = await app.models.retraining({ model, without: child.subject });
  const [work] = shards;
  if (work === undefined || shards.length !== 1) throw new Error("one shard expected");
  const start = { after: work.resumeFrom, first: work.firstSlice };
  const line = await shardLine(app, id, shard, start);
  const all = lines.map((old, n) => (n === shard ? line : old));
  return { rebuilt: id, line, lines: all, by: await average(app, all) };
}

const reason = async (act: Promise<unknown>): Promise<string> => {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return "";
  if (!isCustodyError(error, "replacement-unproven")) throw error;
  return error.details.reason ?? "";
};

describe("a model trained again", () => {
  test("takes the place of the old one by the root of the members left, and both say so", async () => {
    const made = await shop();
    const { app, model, dataset, lines, shard } = made;
    const { plan } = await purged(made);
    const fell = plan.retraining?.shards[0];
    expect(fell).toMatchObject({ dataset, shard, leftOut: 1 });
    for (const [n, line] of lines.entries()) {
      for (const [slice, id] of line.entries()) {
        const { state } = await app.models.get(id);
        const gone = n === shard && slice >= (fell?.firstSlice ?? 0);
        expect(state).toBe(gone ? "destroyed" : "clean");
      }
    }
    const { by, rebuilt } = await again(made);
    const replaced = await app.models.replace({ model, by, dataset: rebuilt });
    expect(replaced.datasets).toMatchObject([{ was: dataset, is: rebuilt, erased: 1 }]);
    const [first] = replaced.datasets;
    expect(first?.root).toMatch(/^[0-9a-f]{64}$/);
    expect(await app.models.get(model)).toMatchObject({ state: "destroyed", replacedBy: by });
    expect(await app.models.get(by)).toMatchObject({ state: "clean", replaces: replaced });
    expect(await app.models.mayServe(by)).toMatchObject({ mayServe: true });
    expect((await app.ledger.verify()).ok).toBe(true);
    await expect(app.models.replace({ model, by, dataset: rebuilt })).rejects.toMatchObject({
      code: "state-conflict",
    });
  });

  test("does not, as long as nothing was erased", async () => {
    const made = await shop();
    const { app, model, child } = made;
    await app.consents.invalidate({ consent: child.consent, reason: "not-the-parent" });
    const { by, rebuilt } = await again(made);
    expect(await reason(app.models.replace({ model, by, dataset: rebuilt }))).toMatch(/is erased/);
  });

  test("does not, with a dataset that leaves out more than the erased", async () => {
    const made = await shop();
    const { app, model, others } = made;
    await purged(made);
    await app.consents.revoke({ consent: others[0]?.consent ?? made.child.consent });
    const { by, rebuilt } = await again(made);
    expect(await reason(app.models.replace({ model, by, dataset: rebuilt }))).toMatch(/root/);
  });

  test("does not, with a dataset that it was not trained on, or one too many", async () => {
    const made = await shop();
    const { app, model } = made;
    await purged(made);
    const { by, rebuilt } = await again(made);
    const { id: twin } = await app.datasets.rebuild({ dataset: made.dataset, name: "a twin" });
    const replace = (dataset: DatasetId | readonly DatasetId[]) =>
      reason(app.models.replace({ model, by, dataset }));
    expect(await replace(twin)).toMatch(/not trained on the dataset/);
    expect(await replace([rebuilt, made.dataset])).toMatch(/takes no other one's place/);
    expect(await replace([rebuilt])).toBe("");
  });

  test("does not, when a shard is missing or something else came in", async () => {
    const made = await shop();
    const { app, model } = made;
    await purged(made);
    const { lines, line, rebuilt } = await again(made);
    const replace = (by: ModelId) => reason(app.models.replace({ model, by, dataset: rebuilt }));
    const fewer = lines.filter((one, n) => one === line || n === (made.shard + 1) % SHARDS);
    expect(await replace(await average(app, fewer))).toMatch(/same slices/);
    const [last] = line.slice(-1);
    if (last === undefined) throw new Error("no checkpoint");
    const record = made.others[0]?.records[0];
    if (record === undefined) throw new Error("no record");
    const ends = lines.map((one) => ({ id: one.at(-1) ?? last, relation: "merged-from" }) as const);
    const extra = await trained(app, "more", [{ id: record, relation: "trained-on" }, ...ends]);
    expect(await replace(extra)).toMatch(/records that the old one was not/);
    const select = { subjects: [made.others[0]?.subject ?? made.child.subject] };
    const other = await app.datasets.seal({ name: "other", purpose: "training", select });
    const wider = await trained(app, "wider", [{ id: other.id, relation: "trained-on" }, ...ends]);
    expect(await replace(wider)).toMatch(/trained on something/);
    const copy = await app.artifacts.derive({ name: "copy", from: [other.id], relation: "copied" });
    const drawn = await trained(app, "drawn", [{ id: copy.id, relation: "trained-on" }, ...ends]);
    expect(await replace(drawn)).toMatch(/made from something/);
  });

  test("does not, resumed from a checkpoint that had read the erased, whose purge left it", async () => {
    const made = await shop();
    const { app, model, child, shard } = made;
    const { id } = await app.purges.plan({ subject: child.subject });
    await app.purges.approve({ purge: id, by: { name: "Ada Quist", title: "Counsel" } });
    expect((await app.purges.run(id)).state).toBe("complete");
    const unclean = made.lines[shard]?.at(-2);
    if (unclean === undefined) throw new Error("no checkpoint");
    expect((await app.models.get(unclean)).state).toBe("since-withdrawn");
    const { by, rebuilt } = await again(made);
    const late = await shardLine(app, rebuilt, shard, { after: unclean, first: 3 });
    const wrong = await average(
      app,
      made.lines.map((one, n) => (n === shard ? late : one)),
    );
    const replace = (one: ModelId) =>
      reason(app.models.replace({ model, by: one, dataset: rebuilt }));
    expect(await replace(wrong)).toMatch(/had read what was erased/);
    expect(await replace(by)).toBe("");
  });

  test("does not, when it is not finished, is the old one, or may not be served", async () => {
    const made = await shop();
    const { app, model } = made;
    await purged(made);
    const { lines, rebuilt } = await again(made);
    const replace = (by: ModelId) => reason(app.models.replace({ model, by, dataset: rebuilt }));
    const from = [{ id: lines[0]?.at(-1) ?? model, relation: "merged-from" }] as const;
    const begun = await app.models.begin({ name: "begun", purpose: "training", from });
    expect(await replace(begun)).toMatch(/not finished/);
    expect(await replace(model)).toMatch(/same model/);
    const fallen = made.lines[made.shard]?.at(-1);
    if (fallen === undefined) throw new Error("no checkpoint");
    expect(await replace(fallen)).toMatch(/may not be served/);
  });

  test.each(APPROXIMATE_METHODS)(
    "is not shown by %s: that is no erasure, and why",
    async (method) => {
      const home = await house();
      open.push(home);
      const model = requireId("model", `mod_${ULID}`, "model");
      const dataset = requireId("dataset", `dat_${ULID}`, "dataset");
      const ids = { model, by: model, dataset };
      const asked = home.app.models.replace({ ...ids, method });
      await expect(asked).rejects.toMatchObject({
        code: "unlearning-approximate",
        details: { method, reason: expect.stringMatching(/developed with the records/) },
      });
      const unknown = { ...ids, method: "prayer" } as never;
      await expect(home.app.models.replace(unknown)).rejects.toMatchObject({
        code: "option-invalid",
      });
    },
  );

  test("cannot be built on a frozen one, by whatever method: there is nothing to unlearn from", async () => {
    const made = await shop();
    await purged(made);
    const fallen = made.lines[made.shard]?.at(-1);
    if (fallen === undefined) throw new Error("no checkpoint");
    const from = [{ id: fallen, relation: "fine-tuned-from" }] as const;
    const tuned = made.app.models.begin({ name: "unlearned", purpose: "training", from });
    await expect(tuned).rejects.toMatchObject({ code: "model-frozen" });
  });
});

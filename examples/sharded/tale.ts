/** The tale: a model in shards, one child taken out of it, one shard trained again. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SetClock } from "../kurbo/clock.js";
import type { Story } from "../kurbo/story.js";
import { type Abacus, childSignsUp, type DatasetId, type ModelId } from "./abacus.js";
import { checkpointIn } from "./learner.js";
import { average, fromScratch, type Kept, SHARDS, SLICES, sha256, trainShard } from "./training.js";

type Child = Awaited<ReturnType<typeof childSignsUp>>;

export interface Scene extends Abacus {
  readonly story: Story;
  readonly clock: SetClock;
}

export interface Trained {
  readonly dataset: DatasetId;
  readonly lines: readonly (readonly Kept[])[];
  readonly model: Kept;
}

const short = (bytes: string): string => `${sha256(bytes).slice(0, 32)}...`;
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

export async function signUp(scene: Scene, count: number): Promise<readonly Child[]> {
  const { story } = scene;
  story.section("Children practise sums; each parent agreed to training");
  const children: Child[] = [];
  for (let n = 0; n < count; n += 1) {
    children.push(await childSignsUp(scene, n));
    story.progress("signed up", n + 1, count);
  }
  story.say(`${count} children, two evenings each: ${2 * count} records.`);
  return children;
}

export async function trainAll(scene: Scene, count: number): Promise<Trained> {
  const { story, app } = scene;
  story.section(`A dataset in ${SHARDS} shards of ${SLICES} slices, and a model trained on it`);
  const cells = { shards: SHARDS, slices: SLICES };
  const select = { collection: "sums" };
  const sealed = await app.datasets.seal({ name: "sums-1", purpose: "training", select, ...cells });
  story.say(`${sealed.id}: ${sealed.count} records, Merkle root ${sealed.root}`);
  story.check(sealed.count === 2 * count, "Every record is in it, each child's in one slice.");
  const lines: (readonly Kept[])[] = [];
  for (let shard = 0; shard < SHARDS; shard += 1) {
    lines.push(await trainShard(scene, { dataset: sealed.id, run: "first", shard }));
  }
  const model = await average(scene, "first", endsOf(lines));
  const { mayServe } = await app.models.mayServe(model.id);
  story.say(`${SHARDS * SLICES} checkpoints, one after each slice, and their average ${model.id}`);
  story.say(`sha256 ${sha256(model.bytes)}`);
  story.check(mayServe, "It may be served.");
  const again = await fromScratch(app, sealed.id);
  story.check(again.average === model.bytes, "Trained again on the same dataset: the same bytes.");
  return { dataset: sealed.id, lines, model };
}

const endsOf = (lines: readonly (readonly Kept[])[]): readonly Kept[] =>
  lines.flatMap((line) => line.slice(-1));

/** A child who entered after the first slice of a shard and before its last. */
export async function oneOf({ app }: Scene, children: readonly Child[], { dataset }: Trained) {
  for await (const { record, at } of app.datasets.read(dataset)) {
    if (at === undefined || at.slice === 0 || at.slice === SLICES - 1) continue;
    const child = children.find(({ records }) => records.includes(record));
    if (child !== undefined) return { child, at };
  }
  throw new Error("nobody lies in a middle slice: take more children");
}

export async function takenOut(
  scene: Scene,
  { child, at }: Awaited<ReturnType<typeof oneOf>>,
  made: Trained,
) {
  const { story, app, clock, files } = scene;
  story.section("One consent turns out to be a cousin's");
  clock.set("2026-03-02T15:00:00Z");
  story.say(`It is the one of ${child.subject}, who lies in shard ${at.shard}, slice ${at.slice}.`);
  await app.consents.invalidate({ consent: child.consent, reason: "not-the-parent" });
  const { frozen, clean } = await states(scene, made);
  story.answered(
    `${frozen.length} checkpoints frozen, ${clean.length} clean`,
    "Kurbo, Edmodo orders",
  );
  const hit = made.lines[at.shard]?.slice(at.slice) ?? [];
  const same = frozen.join() === hit.map(({ id }) => id).join();
  story.check(same, `Frozen are those of shard ${at.shard} from slice ${at.slice} on, no others.`);
  const served = await app.models.mayServe(made.model.id);
  story.check(!served.mayServe, "The average of all shards is not served any more.");
  const order = await app.orders.open({
    title: "A consent that was none",
    citation: "decided by Abacus itself",
    opened: "2026-03-02",
    select: { consent: child.consent },
    remedy: {
      data: { destroy: "P30D" },
      models: { relation: "in-whole-or-in-part", destroy: "P45D" },
      freeze: "immediately",
    },
  });
  const { id, plan } = await app.purges.plan({ order: order.id });
  const work = plan.retraining?.shards[0];
  if (work === undefined || plan.retraining === undefined) throw new Error("no retraining planned");
  story.asked("What goes, and what does it cost to have the model again?");
  story.answered(`${plan.records} records, ${plan.models.length} models and checkpoints`);
  story.say(`Shard ${work.shard}: resume from ${work.resumeFrom}, ${work.slices} slices again.`);
  await app.purges.approve({ purge: id, by: { name: "Bea Lindqvist", title: "Research Lead" } });
  const { state } = await app.purges.run(id);
  story.check(state === "complete", "The purge is complete: every place was seen empty.");
  const gone = await Promise.all(hit.map(({ ref }) => isGone(join(files, ref))));
  story.check(
    gone.every(Boolean),
    "The files of these checkpoints are gone; the others are there.",
  );
  return { order: order.id, work, retraining: plan.retraining };
}

async function states({ app }: Scene, { lines }: Trained) {
  const frozen: ModelId[] = [];
  const clean: ModelId[] = [];
  for (const { id } of lines.flat()) {
    const { state } = await app.models.get(id);
    if (state === "frozen") frozen.push(id);
    if (state === "clean") clean.push(id);
  }
  return { frozen, clean };
}

const isGone = (path: string): Promise<boolean> =>
  readFile(path).then(
    () => false,
    () => true,
  );

export async function trainedAgain(
  scene: Scene,
  made: Trained,
  { order, work }: Pick<Awaited<ReturnType<typeof takenOut>>, "order" | "work">,
): Promise<Trained> {
  const { story, app } = scene;
  story.section("One shard is trained again, from its last clean checkpoint");
  const rebuilt = await app.datasets.rebuild({ dataset: made.dataset, name: "sums-2" });
  story.say(`${rebuilt.id}: ${rebuilt.count} records, everybody where they were.`);
  const { shard, firstSlice } = work;
  const before = made.lines[shard]?.find(({ id }) => id === work.resumeFrom);
  const line = await trainShard(scene, {
    dataset: rebuilt.id,
    run: "second",
    shard,
    firstSlice,
    ...(before === undefined ? {} : { resume: before }),
  });
  const kept = made.lines[shard]?.slice(0, firstSlice) ?? [];
  const lines = made.lines.map((old, n) => (n === shard ? [...kept, ...line] : old));
  const model = await average(scene, "second", endsOf(lines));
  const told = await app.models.retraining({ model: made.model.id, without: order });
  story.answered(
    `${told.redone} of ${told.of} record readings: ${percent(told.fraction)} of training`,
  );
  let inTheseSlices = 0;
  for await (const { at } of app.datasets.read({ dataset: rebuilt.id, shard })) {
    if (at !== undefined && at.slice >= firstSlice) inTheseSlices += 1;
  }
  story.check(
    told.shards.length === 1 && told.redone === inTheseSlices,
    `That is shard ${shard} from slice ${firstSlice} on; the other shards were not touched.`,
  );
  const dataset = rebuilt.id;
  const replaced = await app.models.replace({ model: made.model.id, by: model.id, dataset });
  const [proof] = replaced.datasets;
  story.check(
    proof?.root === rebuilt.root && proof.erased === 2,
    "The new root is that of the old members less the two erased, hashed anew from what is left.",
  );
  return { dataset: rebuilt.id, lines, model };
}

export async function compared(
  scene: Scene,
  old: Trained,
  now: Trained,
  shard: number,
  at: number,
) {
  const { story, app } = scene;
  story.section("Is it the model that would be, had the child never been in it?");
  const scratch = await fromScratch(app, now.dataset);
  const unclean = old.lines[shard]?.[at];
  if (unclean === undefined) throw new Error("no checkpoint of the child's slice");
  const late = new Map([[shard, checkpointIn(unclean.bytes)]]);
  const tuned = await fromScratch(app, now.dataset, late);
  story.table([
    ["with the child", short(old.model.bytes), ""],
    ["one shard trained again", short(now.model.bytes), ""],
    ["all from nothing, without the child", short(scratch.average), ""],
    ["resumed one checkpoint too late", short(tuned.average), ""],
  ]);
  const all = now.lines.flat().map(({ bytes }) => bytes);
  story.check(
    now.model.bytes === scratch.average && all.join() === scratch.checkpoints.join(),
    `Byte for byte the same, and so are all ${all.length} checkpoints.`,
  );
  story.check(old.model.bytes !== scratch.average, "With the child it was another model.");
  story.check(tuned.average !== scratch.average, "Resumed too late, the child is still in it.");
  story.asked("And if the old model were only made to forget, by gradient ascent?");
  await story.refused("unlearning-approximate", () =>
    app.models.replace({
      model: old.model.id,
      by: now.model.id,
      dataset: now.dataset,
      method: "gradient-ascent",
    }),
  );
  const { mayServe } = await app.models.mayServe(now.model.id);
  story.check(
    mayServe && (await app.ledger.verify()).ok,
    "The new model is served; the ledger fits.",
  );
}

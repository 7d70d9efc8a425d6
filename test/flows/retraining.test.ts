/** The retrain set against trainings done again from nothing: it is exact, and none is smaller. */
import { afterEach, describe, expect, test } from "vitest";
import { fractionOf } from "../../src/core/retraining.js";
import { type ConsentId, requireId, type SubjectId } from "../../src/lib/id.js";
import { house } from "./law-fixture.js";
import { dice } from "./random-lineage.js";
import {
  behind,
  bytesWithout,
  ownRecords,
  type Person,
  randomTraining,
  recordsOf,
  type Trained,
} from "./random-runs.js";

const open: Trained[] = [];
const SEEDS = Array.from({ length: 24 }, (_, n) => n + 1);

afterEach(async () => {
  for (const { home } of open.splice(0)) await home.app.close();
});

async function opened(seed: number): Promise<Trained> {
  const trained = await randomTraining(seed);
  open.push(trained);
  return trained;
}

function somebody({ people }: Trained, roll: (n: number) => number): Person {
  const one = people[roll(people.length)];
  if (one === undefined) throw new Error("nobody");
  return one;
}

describe.each(SEEDS)("a random training of seed %i", (seed) => {
  test("made again as told has the bytes of one from nothing; less would not do", async () => {
    const trained = await opened(seed);
    const roll = dice(seed * 104_729);
    const { app } = trained.home;
    const whole = bytesWithout(trained, new Set());
    for (const model of trained.tops) {
      const person = somebody(trained, roll);
      const gone = recordsOf([person]);
      const told = await app.models.retraining({ model, without: person.subject });
      expect(new Set(told.records)).toEqual(gone);
      const again = new Set(told.again.map(({ id }) => id));
      const scratch = bytesWithout(trained, gone);
      const kept = new Map([...whole].filter(([id]) => !again.has(id)));
      expect(bytesWithout(trained, gone, kept).get(model)).toBe(scratch.get(model));
      // Exactly those whose bytes differ without the person: one fewer would keep what had read it.
      const differ = [...behind(trained, model)].filter((id) => whole.get(id) !== scratch.get(id));
      expect([...again].sort()).toEqual(differ.sort());
      expect(whole.get(model) === scratch.get(model)).toBe(!again.has(model));
      for (const { id, keeps } of told.again) {
        const sources = trained.runs.get(id)?.from.map((source) => source.id) ?? [];
        const stays = sources.filter((source) => trained.runs.has(source) && !again.has(source));
        expect(keeps).toEqual(stays);
      }
    }
  });

  test("costs what its own steps read, over what all steps read", async () => {
    const trained = await opened(seed);
    const person = somebody(trained, dice(seed * 7_919));
    const gone = recordsOf([person]);
    for (const model of trained.tops) {
      const told = await trained.home.app.models.retraining({ model, without: person.subject });
      const again = new Set(told.again.map(({ id }) => id));
      const work = (id: string): number => {
        const run = trained.runs.get(id);
        const own = run === undefined ? [] : ownRecords(trained, run);
        return own.filter((record) => !gone.has(record)).length;
      };
      const sum = (ids: Iterable<string>): number =>
        [...ids].reduce((all, id) => all + work(id), 0);
      expect(told.redone).toBe(sum(again));
      expect(told.of).toBe(sum(behind(trained, model)));
      expect(told.fraction).toBe(told.of === 0 ? 0 : told.redone / told.of);
      for (const { id, records } of told.again) expect(records).toBe(work(id));
      const inShards = told.shards.reduce((all, { records }) => all + records, 0);
      expect(inShards).toBe(told.redone);
    }
  });

  test("bears marks on what had read a person, by shard and slice, and nowhere else", async () => {
    const trained = await opened(seed);
    const { app } = trained.home;
    const person = somebody(trained, dice(seed * 31));
    const whole = bytesWithout(trained, new Set());
    const scratch = bytesWithout(trained, recordsOf([person]));
    const differ = [...trained.runs.keys()].filter((id) => whole.get(id) !== scratch.get(id));
    // Traced are also those that were only looked at with it.
    const looked = [...trained.runs.values()].filter(({ from }) =>
      from.some(({ relation }) => relation === "evaluated-on"),
    );
    const below = new Set([...differ, ...looked.map(({ id }) => id)]);
    expect((await app.trace(person.subject)).models).toEqual([...below].sort());
    await app.consents.invalidate({ consent: person.consent, reason: "not-the-parent" });
    for (const id of trained.runs.keys()) {
      const { state } = await app.models.get(id);
      const doubted = looked.some((run) => run.id === id) ? "suspect" : "clean";
      expect(state, id).toBe(differ.includes(id) ? "frozen" : doubted);
    }
  });
});

describe("the last clean checkpoint", () => {
  interface Child {
    readonly subject: SubjectId;
    readonly consent: ConsentId;
    readonly slice: number;
  }

  /** One shard of five slices with a checkpoint after each, and a child in one of the middle. */
  async function line(time: { statistics?: readonly ["tokenizer"]; order?: "unknown" } = {}) {
    const home = await house();
    const { app } = home;
    const children = new Map<string, Child>();
    for (let n = 0; n < 60; n += 1) {
      const subject = await home.born("2016-06-14", "US");
      const consent = await home.agreed(subject, ["play", "training"]);
      children.set(await home.score(subject), { subject, consent, slice: -1 });
    }
    const { id: dataset } = await app.datasets.seal({
      name: "all",
      purpose: "training",
      select: {},
      slices: 5,
    });
    const checkpoints: string[] = [];
    for (let slice = 0; slice < 5; slice += 1) {
      const data = { id: dataset, relation: "trained-on", at: { shard: 0, slice } } as const;
      const before = checkpoints.at(-1);
      const id = await app.models.begin({
        name: `after-${slice}`,
        purpose: "training",
        from: before === undefined ? [data] : [{ id: before, relation: "fine-tuned-from" }, data],
        ...time,
      });
      const digest = `${slice}`.repeat(64);
      await app.models.complete({ model: id, digest, places: [] });
      checkpoints.push(id);
    }
    const sizes = [0, 0, 0, 0, 0];
    for await (const { record, at } of app.datasets.read(dataset)) {
      const slice = at?.slice ?? -1;
      sizes[slice] = (sizes[slice] ?? 0) + 1;
      const child = children.get(record);
      if (child !== undefined) children.set(record, { ...child, slice });
    }
    const model = requireId("model", checkpoints[4], "model");
    const entered = (slice: number): Child => {
      const found = [...children.values()].find((child) => child.slice === slice);
      if (found === undefined) throw new Error("an empty slice");
      return found;
    };
    return { app, dataset, checkpoints, sizes, child: entered(2), entered, model };
  }

  test("is the one before the slice that the child entered at", async () => {
    const { app, dataset, checkpoints, sizes, child, model } = await line();
    const told = await app.models.retraining({ model, without: child.subject });
    const [, , third = 0, fourth = 0, fifth = 0] = sizes;
    expect(told.shards).toEqual([
      {
        dataset,
        shard: 0,
        resumeFrom: checkpoints[1],
        firstSlice: 2,
        slices: 3,
        records: third - 1 + fourth + fifth,
        leftOut: 1,
        checkpoints: checkpoints.slice(2),
      },
    ]);
    expect(told.leftOut).toBe(1);
    expect(told.redone).toBe(third - 1 + fourth + fifth);
    expect(told.of).toBe(59);
    expect(told.again.map(({ reads }) => reads)).toEqual(["slices", "slices", "slices"]);
    await app.close();
  });

  test.each([
    [{ statistics: ["tokenizer"] }, "statistics"],
    [{ order: "unknown" }, "order-unknown"],
  ] as const)("is none where every record counts from the start: %j", async (time, reads) => {
    const { app, checkpoints, child, model } = await line(time);
    const told = await app.models.retraining({ model, without: child.subject });
    expect(told.again.map(({ id }) => id)).toEqual(checkpoints);
    expect(new Set(told.again.map((one) => one.reads))).toEqual(new Set([reads]));
    expect(told.fraction).toBe(1);
    expect(told.shards.map(({ resumeFrom }) => resumeFrom)).toEqual([""]);
    await app.close();
  });

  test("is an earlier one where the one before cannot be built on for another reason", async () => {
    const { app, checkpoints, child, entered, model } = await line();
    const before = await app.models.retraining({ model, without: child.subject });
    expect(before.shards[0]?.resumeFrom).toBe(checkpoints[1]);
    const other = entered(1);
    await app.consents.invalidate({ consent: other.consent, reason: "not-the-parent" });
    const told = await app.models.retraining({ model, without: child.subject });
    expect(told.shards[0]?.resumeFrom).toBe(checkpoints[0]);
    expect(told.again.map(({ id }) => id)).toEqual(checkpoints.slice(1));
    await app.close();
  });

  test("a plan says what the models that it destroys cost, a person's own deletion nothing", async () => {
    const { app, checkpoints, child, model } = await line();
    const own = await app.purges.plan({ subject: child.subject });
    expect(own.plan.retraining).toBeUndefined();
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
    const { plan } = await app.purges.plan({ order: order.id });
    expect(plan.models).toEqual(checkpoints.slice(2));
    const { shards, again, leftOut } = plan.retraining ?? { shards: [], again: [], leftOut: 0 };
    expect(again.map(({ id }) => id)).toEqual(checkpoints.slice(2));
    expect(shards.map(({ resumeFrom }) => resumeFrom)).toEqual([checkpoints[1]]);
    expect(leftOut).toBe(1);
    const told = await app.models.retraining({ model, without: order.id });
    expect(told.fraction).toBe(fractionOf(plan.retraining ?? { redone: -1, of: 1 }));
    await app.close();
  });
});

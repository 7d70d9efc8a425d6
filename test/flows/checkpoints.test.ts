/** Time inside a run: at the beginning, while it runs, at its end and behind what it made. */
import { afterEach, describe, expect, test } from "vitest";
import type { Cell } from "../../src/core/layout.js";
import type { DatasetId } from "../../src/lib/id.js";
import {
  type App,
  type Child,
  children,
  type Home,
  house,
  places,
  SLICES,
  sealed,
  shardLine,
  trained,
} from "./shards.js";

const open: Home[] = [];
afterEach(async () => {
  for (const { app } of open.splice(0)) await app.close();
});

interface Shop {
  readonly app: App;
  readonly dataset: DatasetId;
  readonly child: Child;
  /** Where the child lies: neither in the first slice nor in the last. */
  readonly cell: Cell;
}

async function shop(): Promise<Shop> {
  const home = await house();
  open.push(home);
  const all = await children(home, 40);
  const dataset = await sealed(home.app);
  const at = await places(home.app, dataset);
  for (const child of all) {
    const cell = at.get(child.records[0] ?? "");
    if (cell === undefined || cell.slice === 0 || cell.slice === SLICES - 1) continue;
    return { app: home.app, dataset, child, cell };
  }
  throw new Error("nobody in the middle");
}

const invalidated = ({ app, child }: Shop) =>
  app.consents.invalidate({ consent: child.consent, reason: "not-the-parent" });

const begun = (
  { app, dataset }: Shop,
  at: Cell | undefined,
  time: Partial<Parameters<App["models"]["begin"]>[0]> = {},
) =>
  app.models.begin({
    name: "m",
    purpose: "training",
    from: [{ id: dataset, relation: "trained-on", ...(at === undefined ? {} : { at }) }],
    ...time,
  });

const SHA = (n: number): string => `${n}`.padStart(64, "0");

describe("a training that begins after the child's consent fell", () => {
  test("may read the slices before the child and other shards, not theirs", async () => {
    const made = await shop();
    await invalidated(made);
    const { shard, slice } = made.cell;
    await expect(begun(made, { shard, slice: slice - 1 })).resolves.toMatch(/^mod_/);
    const other = { shard: (shard + 1) % 3, slice: SLICES - 1 };
    await expect(begun(made, other)).resolves.toMatch(/^mod_/);
    for (const at of [{ shard, slice }, { shard, slice: slice + 1 }, undefined]) {
      await expect(begun(made, at)).rejects.toMatchObject({ code: "record-tainted" });
    }
  });

  test("may read nothing of it when the order is unknown or something is fitted on all", async () => {
    const made = await shop();
    await invalidated(made);
    const before = { shard: made.cell.shard, slice: made.cell.slice - 1 };
    for (const time of [{ order: "unknown" }, { statistics: ["feature-selection"] }] as const) {
      await expect(begun(made, before, time)).rejects.toMatchObject({ code: "record-tainted" });
    }
  });
});

describe("a training that runs while the child's consent falls", () => {
  test("ends clean before the child's slice and frozen from it on", async () => {
    const made = await shop();
    const { shard, slice } = made.cell;
    const early = await begun(made, { shard, slice: slice - 1 });
    const late = await begun(made, { shard, slice });
    const fitted = await begun(made, { shard, slice: slice - 1 }, { statistics: ["tokenizer"] });
    await invalidated(made);
    const complete = (model: typeof early, n: number) =>
      made.app.models.complete({ model, digest: SHA(n), places: [] });
    expect((await complete(early, 1)).state).toBe("clean");
    expect((await complete(late, 2)).state).toBe("frozen");
    expect((await complete(fitted, 3)).state).toBe("frozen");
  });

  test("completed before, it bears the same marks, and the source twice is the wider of the two", async () => {
    const made = await shop();
    const { app, dataset, cell } = made;
    const early = { shard: cell.shard, slice: cell.slice - 1 };
    const data = (at: Cell) => ({ id: dataset, relation: "trained-on", at }) as const;
    const one = await trained(app, "one", [data(early)]);
    const other = { shard: (cell.shard + 1) % 3, slice: SLICES - 1 };
    const both = await trained(app, "both", [data(early), data(other)]);
    const wide = await trained(app, "wide", [data(other), data(cell)]);
    await invalidated(made);
    expect((await app.models.get(one)).state).toBe("clean");
    expect((await app.models.get(both)).state).toBe("clean");
    expect((await app.models.get(wide)).state).toBe("frozen");
  });
});

describe("what a checkpoint made", () => {
  test("may be trained on when the checkpoint had not read the child yet", async () => {
    const made = await shop();
    const { app, dataset, child, cell } = made;
    const line = await shardLine(app, dataset, cell.shard);
    const labels = await Promise.all(
      [line[cell.slice - 1], line[cell.slice]].map((model) =>
        app.artifacts.derive({
          name: "labels",
          from: [model ?? ""],
          relation: "generated-by",
        }),
      ),
    );
    await app.consents.revoke({ consent: child.consent });
    const [early, late] = labels.map(({ id }) =>
      trained(app, "student", [{ id, relation: "trained-on" }]),
    );
    await expect(early).resolves.toMatch(/^mod_/);
    await expect(late).rejects.toMatchObject({ code: "record-restricted" });
  });
});

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  cellFrom,
  readLayout,
  requireCell,
  SHARDS_MAX,
  SLICES_MAX,
} from "../../src/core/layout.js";
import { hasSeen, readRunTime, seenOf } from "../../src/core/training-time.js";

const LAYOUT = { shards: 4, slices: 5, seed: "dat_1" };

describe("a layout", () => {
  test("is read with the other side as one where only one is given, and is none without both", () => {
    expect(readLayout({}, "seal")).toBeUndefined();
    expect(readLayout({ shards: 3 }, "seal")).toEqual({ shards: 3, slices: 1 });
    expect(readLayout({ slices: 3 }, "seal")).toEqual({ shards: 1, slices: 3 });
    expect(readLayout({ shards: SHARDS_MAX, slices: SLICES_MAX }, "seal")).toBeDefined();
  });

  test.each([0, -1, 1.5, SHARDS_MAX + 1, Number.NaN, "3", null])("refuses %j shards", (shards) => {
    expect(() => readLayout({ shards }, "seal")).toThrow(/seal\.shards/);
  });

  test("spreads people evenly, and shard and slice know nothing of each other", () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 20_000; n += 1) {
      const print = createHash("sha256").update(`${n}`).digest("hex");
      const { shard, slice } = cellFrom(print, LAYOUT);
      counts.set(`${shard}/${slice}`, (counts.get(`${shard}/${slice}`) ?? 0) + 1);
    }
    expect(counts.size).toBe(20);
    // A thousand each is expected; five standard deviations are 154.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(154);
  });

  test("has the cells from 0 to one less than its sides, and no others", () => {
    expect(requireCell({ shard: 3, slice: 4 }, LAYOUT, "at")).toEqual({ shard: 3, slice: 4 });
    for (const cell of [{ shard: 4, slice: 0 }, { shard: 0, slice: 5 }, { shard: 0 }, null]) {
      expect(() => requireCell(cell, LAYOUT, "at")).toThrow(/at/);
    }
    expect(() => requireCell({ shard: 0, slice: 0, step: 1 }, LAYOUT, "at")).toThrow(/at\.step/);
    expect(() => requireCell({ shard: 0, slice: 0 }, undefined, "at")).toThrow(/no shards/);
  });
});

describe("what a run had read", () => {
  const parents = [
    { id: "dat_1", relation: "trained-on", at: { shard: 1, slice: 2 } },
    { id: "dat_1", relation: "trained-on", at: { shard: 3, slice: 0 } },
    { id: "dat_2", relation: "trained-on" },
  ] as const;

  test("is every slice up to where it was, in that shard only", () => {
    const seen = seenOf({ parents }, "dat_1", "trained-on");
    for (const slice of [0, 1, 2]) expect(hasSeen(seen, { shard: 1, slice })).toBe(true);
    expect(hasSeen(seen, { shard: 3, slice: 0 })).toBe(true);
    for (const cell of [
      { shard: 1, slice: 3 },
      { shard: 3, slice: 1 },
      { shard: 0, slice: 0 },
    ]) {
      expect(hasSeen(seen, cell)).toBe(false);
    }
  });

  test("is all of it without a place, by a source or an edge that it does not name", () => {
    expect(seenOf({ parents }, "dat_2", "trained-on")).toBe("whole");
    expect(seenOf({ parents }, "dat_3", "trained-on")).toBe("whole");
    expect(seenOf({ parents }, "dat_1", "distilled-from")).toBe("whole");
    const both = [...parents, { id: "dat_1", relation: "trained-on" } as const];
    expect(seenOf({ parents: both }, "dat_1", "trained-on")).toBe("whole");
  });

  test("is all of it where the order is unknown or something was fitted on everything", () => {
    expect(seenOf({ parents, order: "slices" }, "dat_1", "trained-on")).not.toBe("whole");
    expect(seenOf({ parents, statistics: [] }, "dat_1", "trained-on")).not.toBe("whole");
    expect(seenOf({ parents, order: "unknown" }, "dat_1", "trained-on")).toBe("whole");
    expect(seenOf({ parents, statistics: ["tokenizer"] }, "dat_1", "trained-on")).toBe("whole");
  });

  test("is declared in known words", () => {
    expect(readRunTime({ order: undefined, statistics: [] })).toEqual({});
    expect(readRunTime({ order: "slices", statistics: ["other", "other"] })).toEqual({
      order: "slices",
      statistics: ["other"],
    });
    for (const wrong of [
      { order: "shuffled", statistics: undefined },
      { order: undefined, statistics: ["mean"] },
      { order: undefined, statistics: "tokenizer" },
    ]) {
      expect(() => readRunTime(wrong)).toThrow(/begin\./);
    }
  });
});

import { expect, test } from "vitest";
import { type Plan, planHash } from "../../src/core/purge.js";

const ITEM = { node: "bas_1", connector: "store", ref: "bas_1", records: 3 };
const HELD = { record: "rec_1", hold: "hld_1", authority: "court", instrument: "order 5" };
const PLAN: Plan = {
  cause: { kind: "order", id: "ord_1" },
  plannedAt: "2026-05-01T12:00:00.000Z",
  records: 3,
  subjects: 1,
  selection: "ab",
  datasets: ["dat_1"],
  models: ["mod_1"],
  items: [ITEM, { ...ITEM, node: "mod_1", records: 0 }],
  retained: [HELD],
};

test("the same plan has the same hash, however its members were ordered", () => {
  const shuffled = Object.fromEntries(Object.entries(PLAN).reverse()) as unknown as Plan;
  expect(planHash(shuffled)).toBe(planHash(PLAN));
  expect(planHash(PLAN)).toMatch(/^[0-9a-f]{64}$/);
});

test.each([
  ["cause.kind", { cause: { kind: "subject", id: "ord_1" } }],
  ["cause.id", { cause: { kind: "order", id: "ord_2" } }],
  ["plannedAt", { plannedAt: "2026-05-01T12:00:00.001Z" }],
  ["records", { records: 4 }],
  ["subjects", { subjects: 2 }],
  ["selection", { selection: "ac" }],
  ["datasets", { datasets: [] }],
  ["models", { models: ["mod_1", "mod_2"] }],
  ["retained", { retained: [] }],
  ["retained instrument", { retained: [{ ...HELD, instrument: "order 6" }] }],
  ["an item gone", { items: [ITEM] }],
  ["an item more", { items: [...PLAN.items, { ...ITEM, node: "dat_1" }] }],
  ["the order of items", { items: [...PLAN.items].reverse() }],
  ["an item's node", { items: [{ ...ITEM, node: "bas_2" }, PLAN.items[1]] }],
  ["an item's connector", { items: [{ ...ITEM, connector: "files" }, PLAN.items[1]] }],
  ["an item's ref", { items: [{ ...ITEM, ref: "x" }, PLAN.items[1]] }],
  ["an item's records", { items: [{ ...ITEM, records: 2 }, PLAN.items[1]] }],
])("the hash changes with %s", (_, change) => {
  expect(planHash({ ...PLAN, ...change } as Plan)).not.toBe(planHash(PLAN));
});

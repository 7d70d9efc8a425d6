import { expect, test } from "vitest";
import { fullHouse, type House, json, PLANTED_VALUE, within } from "./house.js";

const UNKNOWN = "mod_01jd0000000000000000000000";

async function frozenHouse(): Promise<House> {
  const house = await fullHouse();
  const opened = await within(house.folder, "order", "open", house.order);
  expect(opened.err).toBe("");
  return house;
}

test("a clean model may be served, and after an order it may not, by exit code", async () => {
  const { folder, model, order } = await fullHouse();
  const before = await within(folder, "model", "may-serve", model, "--json");
  expect(before.code).toBe(0);
  expect(json(before)).toEqual({ model, mayServe: true, state: "clean", because: "" });
  expect((await within(folder, "order", "open", order)).code).toBe(0);
  const after = await within(folder, "model", "may-serve", model, "--json");
  expect(after.code).toBe(1);
  expect(json(after)).toMatchObject({ model, mayServe: false, state: "frozen" });
  const said = await within(folder, "model", "may-serve", model);
  expect(said.code).toBe(1);
  expect(said.out).toMatch(/may be served {2}no\n.*frozen\n.*order ord_/);
});

test("a model that nobody knows may not be served, and is not shown", async () => {
  const { folder, model } = await fullHouse();
  const may = await within(folder, "model", "may-serve", UNKNOWN, "--json");
  expect(may.code).toBe(1);
  expect(json(may)).toMatchObject({ mayServe: false, state: "unknown", because: "not-found" });
  expect((await within(folder, "model", "show", UNKNOWN)).code).toBe(2);
  expect((await within(folder, "model", "show", model)).code).toBe(0);
});

test("a model that could not be looked at is not served either", async () => {
  const { folder, model } = await fullHouse();
  const run = await within(folder, "model", "may-serve", model, "--config", "nowhere.json");
  expect(run.code).toBe(3);
  expect((await within(folder, "model", "may-serve", "clean")).code).toBe(2);
});

test("a model is shown with its sources and every mark, and no value", async () => {
  const { folder, model, dataset } = await frozenHouse();
  const shown = await within(folder, "model", "show", model);
  expect(shown.code).toBe(0);
  expect(shown.out).toContain(dataset);
  expect(shown.out).toMatch(/frozen +order +ord_/);
  expect(shown.out).not.toContain(PLANTED_VALUE);
  const told = json(await within(folder, "model", "show", model, "--json"));
  expect(told).toMatchObject({ id: model, state: "frozen", mayServe: false });
});

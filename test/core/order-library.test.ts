import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { dutiesOf } from "../../src/core/order-duties.js";
import { libraryOrder, ORDER_LIBRARY } from "../../src/core/order-library/index.js";
import { orderTemplate } from "../../src/core/order-template.js";
import { readOrder } from "../../src/core/order-text.js";
import { type World, world } from "../world.js";

const OPENED = "2026-01-01";

function written(name: string) {
  const order = libraryOrder(name);
  if (order === undefined) throw new Error(name);
  const text = orderTemplate(order, OPENED);
  const read = parseAllDocuments(text, { schema: "core" });
  return {
    text,
    orders: [...(read as readonly { toJS(): unknown }[])].map((d) => readOrder(d.toJS())),
  };
}

/** Days to each duty, as reference/regulation.md has them; one map for each part. */
const DAYS: { readonly [name: string]: readonly { readonly [duty: string]: number }[] } = {
  "cambridge-analytica": [{ data: 10, models: 10, list: 10, attest: 30 }],
  "kogan-nix": [{ data: 10, models: 10, list: 10, attest: 30 }],
  everalbum: [{ data: 30 }, { embeddings: 90 }, { models: 90 }],
  kurbo: [{ data: 30, models: 90, attest: 90 }],
  edmodo: [{ data: 60, models: 90, attest: 90 }],
  "amazon-alexa": [{ data: 90 }],
  ring: [{ data: 30, embeddings: 90, models: 90, attest: 90 }],
  premom: [{ instruct: 45 }],
  "rite-aid": [{ data: 45, models: 45, instruct: 60, attest: 45 }],
  avast: [{ data: 20, models: 20, instruct: 20 }],
  "x-mode": [
    {
      ...{ data: 60, embeddings: 90, labels: 90, generated: 90, joins: 90, aggregates: 90 },
      ...{ models: 90, instruct: 90 },
    },
  ],
  inmarket: [
    { data: 90, aggregates: 120 },
    { data: 120, aggregates: 120 },
  ],
  cerebral: [{ data: 60, models: 60, instruct: 60 }],
  mobilewalla: [{ data: 90, models: 120 }],
  musically: [{ data: 365 }],
  xbox: [{ data: 14, attest: 396 }],
  epic: [{ data: 60, attest: 90 }],
  apitor: [{ data: 60, attest: 60 }],
};

const daysAfter = (day: string) => (Date.parse(day) - Date.parse(OPENED)) / 86_400_000;

test("every order has its days here, and no other", () => {
  expect(ORDER_LIBRARY.map(({ name }) => name).sort()).toEqual(Object.keys(DAYS).sort());
});

test.each(Object.entries(DAYS))(
  "%s: the written file is orders with the days of the source",
  (name, days) => {
    const { text, orders } = written(name);
    const found = orders.map((order) =>
      Object.fromEntries(
        Object.entries(dutiesOf(order)).map(([duty, day]) => [duty, daysAfter(day)]),
      ),
    );
    expect(found).toEqual(days);
    for (const unknown of libraryOrder(name)?.unknown ?? []) {
      expect(text.replaceAll(/\n# +/g, " ")).toContain(`UNKNOWN here, read your order: ${unknown}`);
    }
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  },
);

/** What the first part destroys of a record, its embedding, and the model made from that. */
const DESTROYS: { readonly [name: string]: readonly [string, string, string] } = {
  kurbo: ["erased", "erased", "destroyed"],
  "amazon-alexa": ["erased", "admitted", "clean"],
  premom: ["tainted", "tainted", "frozen"],
  epic: ["erased", "erased", "clean"],
  "rite-aid": ["erased", "erased", "destroyed"],
  "x-mode": ["erased", "erased", "destroyed"],
  musically: ["erased", "erased", "clean"],
};
const PARTS: readonly [string, number, readonly [string, string, string]][] = [
  ...Object.entries(DESTROYS).map(([name, what]) => [name, 0, what] as const),
  ["everalbum", 0, ["erased", "erased", "frozen"]],
  ["everalbum", 1, ["admitted", "erased", "clean"]],
  ["everalbum", 2, ["admitted", "admitted", "destroyed"]],
].map(([name, part, what]) => [name, part, what] as [string, number, [string, string, string]]);

async function made(w: World) {
  const subject = await w.born("1985-05-05");
  const record = await w.weigh(subject);
  const derived = { name: "v", kind: "artifact", from: [record], relation: "embedded-by" } as const;
  const places = [{ connector: "filesystem", ref: "v.bin" }];
  const { id: vector } = await w.app.artifacts.derive({ ...derived, places });
  const from = [{ id: vector, relation: "trained-on" }] as const;
  const model = await w.app.models.begin({ name: "m", purpose: "training", from });
  const digest = "ab".repeat(32);
  const laid = [{ connector: "filesystem", ref: "m.bin" }];
  await w.app.models.complete({ model, digest, places: laid });
  return { subject, record, vector, model };
}

describe("the differences, executed on one record, its embedding and a model made from it", () => {
  test.each(PARTS)("%s, part %i", async (name, part, what) => {
    const w = await world();
    const { subject, record, vector, model } = await made(w);
    const order = written(name).orders[part];
    if (order === undefined) throw new Error("no such part");
    const { id } = await w.app.orders.open({ ...order, select: { subject } });
    const planned = await w.app.purges.plan({ order: id });
    await w.app.purges.approve({ purge: planned.id, by: { name: "A", title: "B" } });
    await w.app.purges.run(planned.id);
    expect([
      (await w.app.records.status(record)).status,
      (await w.app.artifacts.get(vector)).status,
      (await w.app.models.get(model)).state,
    ]).toEqual(what);
    await w.dispose();
  });
});

import { expect, test } from "vitest";
import type { Write } from "../../src/core/event.js";
import { type Plan, planHash } from "../../src/core/purge.js";
import { PLAN_PAGE_CHARACTERS, pagesOf } from "../../src/flows/plan-pages.js";
import { idFactory } from "../../src/lib/id.js";
import { codeOf, random, type World, world } from "../world.js";

const PEOPLE = 10_500;

/** More people than a batch has writes: each has a basis, and so a step, of their own. */
async function crowd(options: Parameters<typeof world>[0]): Promise<World> {
  const w = await world({ ...options, store: "sqlite" });
  const record = await w.weigh(await w.born("1985-05-05"));
  const row = await w.store.get({ table: "record", id: record });
  if (row === undefined) throw new Error("no record");
  const one = await w.store.get({ table: "document", kind: "subject", id: row.subject });
  const basis = await w.store.get({ table: "document", kind: "basis", id: row.basis });
  if (one === undefined || basis === undefined) throw new Error("no person");
  const newId = idFactory({ now: () => w.clock.ms, random });
  for (let from = 1; from < PEOPLE; from += 1_000) {
    const writes: Write[] = [];
    for (let n = from; n < Math.min(PEOPLE, from + 1_000); n += 1) {
      const subject = newId("subject");
      const id = newId("basis");
      const body = { ...one.body, evidenceSealed: "" };
      writes.push({ put: { ...one, id: subject, version: 1, body } });
      writes.push({ put: { ...basis, id, owner: subject, body: { ...basis.body, id, subject } } });
      writes.push({ put: { ...row, id: newId("record"), ordinal: 0, subject, basis: id } });
    }
    const event = { type: "policy-adopted", actor: "x", about: {} } as const;
    const at = "2021-02-10T15:00:00.000Z";
    await w.store.append({ event: { ...event, id: newId("event"), at }, writes });
  }
  return w;
}

const order = {
  title: "In the matter of Pace",
  citation: "C-1",
  opened: "2021-02-10",
  select: { collection: "intake" },
  remedy: { data: { destroy: "P30D" } },
} as const;

test("a purge of more items than a batch or a row holds is planned, begun and gone on with", async () => {
  const w = await crowd({
    progress: ({ step }) => {
      if (step === "purge:step-intended") throw new Error("died");
    },
  });
  const { id: opened } = await w.app.orders.open(order);
  const planned = await w.app.purges.plan({ order: opened });
  expect(planned.plan.items).toHaveLength(PEOPLE);
  expect(planned.reach).toMatchObject({ records: PEOPLE, subjects: PEOPLE, unreachable: [] });
  await w.app.purges.approve({ purge: planned.id, by: { name: "A", title: "B" } });
  for (let times = 1; times <= 2; times += 1) {
    await expect(w.app.purges.run(planned.id)).rejects.toThrow("died");
    const nodes = new Set<unknown>();
    const steps = { table: "document", kind: "step", owner: planned.id } as const;
    for await (const { body } of w.store.scan(steps))
      nodes.add((body.item as { node: string }).node);
    expect(nodes.size).toBe(PEOPLE);
  }
  await w.dispose();
}, 120_000);

test("the pages of a plan hold each of its entries once, each page within its bound", () => {
  const items = Array.from({ length: 200_000 }, (_, n) => {
    return { node: `bas_${n}`, connector: "vault", ref: `prg_1/bas_${n}`, records: 1 };
  });
  const plan = { items, datasets: ["dat_1"], artifacts: [], models: [], retained: [] };
  const pages = [...pagesOf(plan as unknown as Plan)];
  expect(pages.flatMap(({ part, entries }) => (part === "items" ? entries : []))).toEqual(items);
  const longest = Math.max(...pages.map(({ entries }) => JSON.stringify(entries).length));
  expect(longest).toBeLessThan(PLAN_PAGE_CHARACTERS + 200);
  const other = { ...plan, items: [...items.slice(0, -1), { ...items[0], records: 2 }] };
  expect(planHash(plan as unknown as Plan)).not.toBe(planHash(other as unknown as Plan));
}, 60_000);

test("a page that was changed is found before anything is erased", async () => {
  const w = await world();
  const subject = await w.born("1985-05-05");
  await w.weigh(subject);
  const { id: opened } = await w.app.orders.open(order);
  const { id } = await w.app.purges.plan({ order: opened });
  await w.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
  for await (const row of w.store.scan({ table: "document", kind: "page", owner: id })) {
    const event = { id: `evt_${"0".repeat(26)}`, type: "policy-adopted", actor: "x" } as const;
    await w.store.append({
      event: { ...event, at: "2026-01-01T00:00:00.000Z", about: {} } as never,
      writes: [{ put: { ...row, version: 2, body: { part: "items", entries: [] } } }],
    });
  }
  expect(await codeOf(w.app.purges.run(id))).toBe("store-damaged");
  await w.dispose();
});

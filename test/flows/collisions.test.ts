import { afterEach, describe, expect, test } from "vitest";
import type { PurgeId } from "../../src/lib/id.js";
import { worldStores } from "../postgres-server.js";
import { codeOf, type StoreName, type World, world } from "../world.js";

const stores = await worldStores();

let open: World[] = [];
afterEach(async () => {
  for (const w of open) await w.dispose();
  open = [];
});

function gate() {
  let pass = () => {};
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  const one = {
    open: false,
    passed,
    pass: () => {
      one.open = true;
      pass();
    },
  };
  return one;
}

async function fresh(store: StoreName): Promise<World> {
  const w = await world({ store });
  open.push(w);
  return w;
}

describe.each(stores)("many at once on %s", (store) => {
  test("eighty late birth dates that put one model in doubt all arrive, and the model bears each", async () => {
    const w = await fresh(store);
    const subjects = await Promise.all(Array.from({ length: 80 }, () => w.born("2006-06-06")));
    await Promise.all(subjects.map((subject) => w.weigh(subject)));
    const set = await w.app.datasets.seal({ name: "all", purpose: "training", select: {} });
    const from = [{ id: set.id, relation: "trained-on" }] as const;
    const model = await w.app.models.begin({ name: "m", purpose: "training", from });
    await w.app.models.complete({ model, digest: "a".repeat(64), places: [] });
    const edit = { kind: "birth-date", source: "profile", value: "2011-11-11" } as const;
    const found = await Promise.all(
      subjects.map((subject) => w.app.subjects.addEvidence({ subject, ...edit })),
    );
    expect(found.every(({ restricted }) => restricted === 1)).toBe(true);
    expect((await w.app.models.get(model)).marks).toHaveLength(80);
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
  });

  test("a revocation that races a collect is seen, or came after: no record without a live consent", async () => {
    const w = await fresh(store);
    const child = await w.born("2012-12-12");
    const consent = await w.agreed(child);
    await w.weigh(child);
    const acts = Array.from({ length: 20 }, (_, i) =>
      i === 7 ? w.app.consents.revoke({ consent }) : w.weigh(child),
    );
    const ended = await Promise.allSettled(acts);
    const refused = ended.filter((one) => one.status === "rejected");
    expect(refused.every((one) => one.reason.code === "consent-withdrawn")).toBe(true);
    expect(await codeOf(w.weigh(child))).toBe("consent-withdrawn");
    const { records } = await w.app.subjects.get(child);
    expect(records).toEqual({ restricted: ended.length - refused.length });
  });

  test("two runners on one purge end as one", async () => {
    const w = await fresh(store);
    const child = await w.born("2012-12-12");
    await w.agreed(child);
    await Promise.all(Array.from({ length: 5 }, () => w.weigh(child)));
    const { id } = await w.app.purges.plan({ subject: child });
    await w.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
    const both = await Promise.all([w.app.purges.run(id), w.app.purges.run(id)]);
    expect(both.map(({ state }) => state)).toEqual(["complete", "complete"]);
    expect((await w.app.subjects.get(child)).records).toEqual({ erased: 5 });
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
  });

  test("a later runner takes nothing back that another has erased and is about to look at", async () => {
    const gates = { scrubbed: gate(), recorded: gate() };
    let id: PurgeId | undefined;
    let second: Promise<{ readonly state: string }> | undefined;
    const w = await world({
      store,
      progress: async ({ step, done }) => {
        if (step === "purge:step-intended" && done === 1 && second === undefined) {
          // The first runner has claimed its second step; the other takes it over and sees it through.
          second = w.app.purges.run(id as PurgeId);
          await gates.scrubbed.passed;
        } else if (step === "purge:scrubbed" && !gates.scrubbed.open) {
          gates.scrubbed.pass();
          await gates.recorded.passed;
        } else if (step === "purge:step-recorded" && done === 2 && gates.scrubbed.open) {
          gates.recorded.pass();
        }
      },
    });
    open.push(w);
    const child = await w.born("2012-12-12");
    await w.agreed(child, ["coaching"]);
    await w.weigh(child);
    await w.agreed(child);
    await w.weigh(child);
    const planned = await w.app.purges.plan({ subject: child });
    await w.app.purges.approve({ purge: planned.id, by: { name: "A", title: "B" } });
    id = planned.id;
    const first = await w.app.purges.run(id);
    expect(gates.recorded.open).toBe(true);
    expect([first.steps, first.state]).toEqual([2, "complete"]);
    expect((await second)?.state).toBe("complete");
  });

  test("nothing is collected of a person between their deletion's plan and its end", async () => {
    const codes: string[] = [];
    let again: (() => Promise<string>) | undefined;
    const w = await world({
      store,
      progress: async ({ step }) => {
        if (step === "purge:step-erased" && again !== undefined) codes.push(await again());
      },
    });
    open.push(w);
    const child = await w.born("2012-12-12");
    await w.agreed(child);
    await w.weigh(child);
    const { id } = await w.app.purges.plan({ subject: child });
    expect(await codeOf(w.weigh(child))).toBe("subject-suppressed");
    await w.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
    again = () => codeOf(w.weigh(child));
    expect((await w.app.purges.run(id)).state).toBe("complete");
    expect(codes).toEqual(["subject-suppressed"]);
    expect((await w.app.subjects.get(child)).records).toEqual({ erased: 1 });
  });
});

import { afterEach, describe, expect, test } from "vitest";
import { createCustody } from "../../src/custody.js";
import { type Progress, STEP_NAMES, type StepName } from "../../src/flows/context.js";
import type { PurgeId, RecordId, SubjectId } from "../../src/lib/id.js";
import type { Keyring } from "../../src/ports/keyring.js";
import type { Store } from "../../src/ports/store.js";
import { policy, random, type World, world } from "../world.js";

let open: World[] = [];
afterEach(async () => {
  for (const w of open) await w.dispose();
  open = [];
});

type Interruption = () => Promise<void>;

/** A custody that is interrupted at the first pass of a named step, once one is set. */
async function interrupted(store: "memory" | "sqlite") {
  const waiting = new Map<StepName, Interruption>();
  const progress = async ({ step }: Progress): Promise<void> => {
    const interruption = waiting.get(step);
    waiting.delete(step);
    await interruption?.();
  };
  const w = await world({ store, progress });
  open.push(w);
  const child = await w.born("2012-12-12");
  await w.agreed(child);
  return { w, child, waiting };
}

/** An order's purge of all that the person has now, approved: the person is not kept out by it. */
async function approved(w: World, subject: SubjectId): Promise<PurgeId> {
  const { id: order } = await w.app.orders.open({
    title: "In the matter of Pace",
    citation: "C-1",
    opened: "2021-02-10",
    select: { subject },
    remedy: { data: { destroy: "P30D" } },
  });
  const { id } = await w.app.purges.plan({ order });
  await w.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
  return id;
}

async function basisOf(w: World, record: RecordId): Promise<string> {
  return (await w.store.get({ table: "record", id: record }))?.basis ?? "none";
}

async function closed(w: World, basis: string): Promise<boolean> {
  return (await w.store.get({ table: "document", kind: "closure", id: basis })) !== undefined;
}

async function readable(w: World, record: RecordId): Promise<void> {
  const values = await w.app.records.read({ record, purpose: "coaching" });
  expect(values).toEqual({ weightKg: 41.25, nickname: "otter" });
}

/** A second client on the same store and keyring, with an interruption where it ends a basis. */
async function other(
  w: World,
  at: { readonly close?: Interruption; readonly destroy?: Interruption },
) {
  const store: Store = {
    identity: w.store.identity,
    append: async (batch) => {
      if (batch.event.type === "basis-closed") await at.close?.();
      return w.store.append(batch);
    },
    get: (key) => w.store.get(key),
    scan: (query) => w.store.scan(query),
    entries: (from, to) => w.store.entries(from, to),
    size: () => w.store.size(),
    everything: () => w.store.everything(),
    scrub: () => w.store.scrub(),
    close: () => w.store.close(),
  };
  const { keyring: own } = w;
  const keyring: Keyring = {
    storeId: own.storeId,
    epoch: () => own.epoch(),
    seal: (scope, plain, bound) => own.seal(scope, plain, bound),
    open: (scope, sealed, bound) => own.open(scope, sealed, bound),
    destroy: async (basis, category) => {
      await at.destroy?.();
      return own.destroy(basis, category);
    },
    inspect: (basis) => own.inspect(basis),
    rotate: () => own.rotate(),
    index: (use, value) => own.index(use, value),
    close: () => own.close(),
  };
  const { signer, clock } = w;
  return createCustody({ policy, store, keyring, signer, now: () => clock.ms, random });
}

type Client = Awaited<ReturnType<typeof other>>;

/** What ends a basis: a purge of its records, or a sweep once their time is over. */
const ENDINGS = {
  purge: async (w: World, child: SubjectId) => {
    const purge = await approved(w, child);
    return async (app: Client | World["app"]) => {
      expect((await app.purges.run(purge)).state).toBe("complete");
    };
  },
  sweep: async (w: World) => async (app: Client | World["app"]) => {
    w.clock.ms = Date.parse("2024-02-10T15:00:00.000Z");
    expect((await app.retention.sweep()).erased).toHaveLength(1);
  },
} as const;

describe.each(["memory", "sqlite"] as const)("the end of a basis' keys on %s", (store) => {
  for (const [name, ending] of Object.entries(ENDINGS)) {
    test(`a collect that sealed before a ${name} destroyed its keys is sealed under others`, async () => {
      const { w, child, waiting } = await interrupted(store);
      const gone = await w.weigh(child);
      const end = await ending(w, child);
      waiting.set("collect:sealed", () => end(w.app));
      const kept = await w.weigh(child);
      expect(waiting.size).toBe(0);
      const before = await basisOf(w, gone);
      expect(await basisOf(w, kept)).not.toBe(before);
      expect((await w.keyring.inspect(before)).live).toEqual([]);
      expect(await closed(w, before)).toBe(true);
      await readable(w, kept);
      expect((await w.app.records.status(gone)).status).toBe("erased");
      expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
    });

    test(`a record that comes in between a ${name}'s look and its close keeps its keys`, async () => {
      const { w, child } = await interrupted(store);
      const gone = await w.weigh(child);
      const basis = await basisOf(w, gone);
      const end = await ending(w, child);
      const came: RecordId[] = [];
      const collected = async (): Promise<void> => void came.push(await w.weigh(child));
      await end(await other(w, { close: collected }));
      const [last = gone] = came;
      expect(came).toHaveLength(1);
      expect(await basisOf(w, last)).toBe(basis);
      await readable(w, last);
      expect((await w.keyring.inspect(basis)).destroyed).toEqual([]);
      // It was the last: the basis is closed all the same, and goes with the next purge.
      expect(await closed(w, basis)).toBe(true);
      expect(await basisOf(w, await w.weigh(child))).not.toBe(basis);
      await w.app.purges.run(await approved(w, child));
      expect((await w.keyring.inspect(basis)).live).toEqual([]);
      expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
    });

    test(`a record that comes in between a ${name}'s close and the keys' end has other keys`, async () => {
      const { w, child } = await interrupted(store);
      const gone = await w.weigh(child);
      const end = await ending(w, child);
      const came: RecordId[] = [];
      const collected = async (): Promise<void> => void came.push(await w.weigh(child));
      await end(await other(w, { destroy: collected }));
      const [kept = gone] = came;
      expect(came).toHaveLength(1);
      expect(await basisOf(w, kept)).not.toBe(await basisOf(w, gone));
      await readable(w, kept);
      expect((await w.keyring.inspect(await basisOf(w, gone))).live).toEqual([]);
    });
  }

  test("a basis of which something is left stays open and takes more", async () => {
    const { w, child } = await interrupted(store);
    const gone = await w.weigh(child);
    const held = await w.weigh(child);
    const hold = { records: [held], authority: "County Court", instrument: "subpoena-7" };
    await w.app.holds.place(hold);
    await w.app.purges.run(await approved(w, child));
    expect((await w.app.records.status(gone)).status).toBe("erased");
    const basis = await basisOf(w, gone);
    expect(await closed(w, basis)).toBe(false);
    const more = await w.weigh(child);
    expect(await basisOf(w, more)).toBe(basis);
    await readable(w, more);
  });

  test.each(STEP_NAMES.filter((step) => step.startsWith("purge:") && step !== "purge:planned"))(
    "a collect at %s of another's purge is readable afterwards",
    async (step) => {
      const { w, child, waiting } = await interrupted(store);
      const gone = await w.weigh(child);
      const purge = await approved(w, child);
      const came: RecordId[] = [];
      waiting.set(step, async () => void came.push(await w.weigh(child)));
      expect((await w.app.purges.run(purge)).state).toBe("complete");
      expect(came).toHaveLength(1);
      for (const record of came) await readable(w, record);
      expect((await w.app.records.status(gone)).status).toBe("erased");
    },
  );

  test("twenty collects that race a purge are each readable, or were erased by it", async () => {
    const { w, child } = await interrupted(store);
    await w.weigh(child);
    const purge = await approved(w, child);
    const [run, ...records] = await Promise.all([
      w.app.purges.run(purge),
      ...Array.from({ length: 20 }, () => w.weigh(child)),
    ]);
    expect(run.state).toBe("complete");
    for (const record of records) await readable(w, record);
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
  });

  test("what comes in after each of several purges in one moment has keys of its own", async () => {
    const { w, child } = await interrupted(store);
    const bases = new Set<string>();
    for (let round = 1; round <= 4; round += 1) {
      const record = await w.weigh(child);
      bases.add(await basisOf(w, record));
      await readable(w, record);
      expect(bases.size).toBe(round);
      await w.app.purges.run(await approved(w, child));
    }
  });
});

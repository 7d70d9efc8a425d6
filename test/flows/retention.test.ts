import { describe, expect, test } from "vitest";
import { z } from "zod";
import { field } from "../../src/core/policy.js";
import { createCustody } from "../../src/custody.js";
import { STEP_NAMES, type StepName } from "../../src/flows/context.js";
import type { RecordId } from "../../src/lib/id.js";
import type { Store } from "../../src/ports/store.js";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

const MIXED = { audience: "mixed" } as const;

describe("retention", () => {
  test("erases on the day and not before, and the values are gone with their key", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play"]);
    const record = await h.score(kid);
    h.at("2027-05-01T11:59:59.000Z");
    expect((await h.app.retention.sweep()).erased).toEqual([]);
    h.at("2027-05-01T12:00:00.000Z");
    expect((await h.app.retention.sweep()).erased).toEqual([record]);
    expect((await h.app.retention.sweep()).erased).toEqual([]);
    expect((await h.app.records.status(record)).status).toBe("erased");
    expect(await codeOf(h.app.records.read({ record, purpose: "play" }))).toBe("record-erased");
    const payloads = [];
    for await (const row of h.store.scan({ table: "payload", record })) payloads.push(row);
    expect(payloads).toEqual([]);
  });

  test("counts from the person's last own entry, which a background sync is not", async () => {
    const h = await house();
    const eat = (subject: string, meal: string, source?: string) =>
      h.app.records.collect({
        subject: subject as never,
        collection: "meals",
        purpose: "play",
        values: { meal },
        ...(source === undefined ? {} : { source }),
      });
    const gus = await h.app.subjects.register();
    const fay = await h.app.subjects.register();
    for (const one of [gus, fay]) await h.agreed(one, ["play"]);
    const soup = await eat(gus, "soup");
    const rice = await eat(fay, "rice");
    h.days(29);
    const copy = await eat(gus, "soup", "background");
    const beans = await eat(fay, "beans");
    h.days(2);
    expect((await h.app.retention.sweep()).erased).toEqual([soup, copy]);
    expect((await h.app.records.status(rice)).status).toBe("admitted");
    h.days(28);
    expect((await h.app.retention.sweep()).erased).toEqual([rice, beans]);
  });

  test("that ran out leaves room for the same again, under keys of its own", async () => {
    const h = await house();
    const sam = await h.app.subjects.register();
    const say = () =>
      h.app.records.collect({
        subject: sam,
        collection: "clips",
        purpose: "play",
        values: { clip: "d2h5" },
        exception: "c9",
      });
    const bases = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const records = [await say(), await say()];
      for (const id of records) {
        bases.add((await h.store.get({ table: "record", id }))?.basis ?? "");
        expect(await h.app.records.read({ record: id, purpose: "play" })).toEqual({ clip: "d2h5" });
      }
      expect(bases.size).toBe(round + 1);
      h.clock.ms += 60_000;
      expect((await h.app.retention.sweep()).erased).toEqual(records);
    }
  });

  test("leaves what a hold keeps", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play"]);
    const held = await h.score(kid);
    const other = await h.score(kid);
    const hold = { records: [held], authority: "Court", instrument: "subpoena 7" };
    await h.app.holds.place(hold);
    h.days(400);
    expect((await h.app.retention.sweep()).erased).toEqual([other]);
    expect((await h.app.records.status(held)).status).toBe("held");
  });
});

describe("an import", () => {
  const bring = async (h: Awaited<ReturnType<typeof house>>, subject: string) =>
    h.app.records.collect({
      subject: subject as never,
      collection: "scores",
      purpose: "play",
      values: { handle: "old" },
      source: "import",
      taken: "2026-03-01T09:00:00.000Z",
    });

  test("of unknown age is used for forty-five days, then restricted, then erased", async () => {
    const fields = { handle: field(z.string(), "screen-name") };
    const h = await house({ ...MIXED, collections: { scores: { retain: "P6Y", fields } } });
    const silent = await h.app.subjects.register();
    const grown = await h.app.subjects.register();
    const lost = await bring(h, silent);
    const kept = await bring(h, grown);
    expect(await h.app.records.read({ record: lost, purpose: "play" })).toEqual({ handle: "old" });
    h.days(45);
    expect(await h.app.records.status(lost)).toMatchObject({
      status: "restricted",
      cause: "age-unknown",
    });
    expect(await codeOf(h.score(silent))).toBe("age-unknown");
    const adult = { kind: "birth-date", source: "document", value: "1988-04-04" } as const;
    await h.app.subjects.addEvidence({ subject: grown, ...adult });
    expect((await h.app.records.status(kept)).status).toBe("admitted");
    h.at("2027-06-14T12:00:00.000Z");
    expect((await h.app.retention.sweep()).erased).toEqual([]);
    h.at("2027-06-15T12:00:00.000Z");
    expect((await h.app.retention.sweep()).erased).toEqual([lost]);
    expect((await h.app.records.status(kept)).status).toBe("admitted");
  });

  test("of a child has no basis: it is stored, and restricted; a grown-up's is admitted", async () => {
    const h = await house(MIXED);
    const kid = await h.born("2016-01-01");
    await h.agreed(kid, ["play"]);
    expect((await h.app.records.status(await bring(h, kid))).status).toBe("restricted");
    const grown = await h.born("1990-01-01");
    expect((await h.app.records.status(await bring(h, grown))).status).toBe("admitted");
  });
});

describe("exceptions", () => {
  const device = { collection: "devices", values: { device: "x1" }, exception: "c7" } as const;
  const clip = { collection: "clips", values: { clip: "d2h5" }, exception: "c9" } as const;

  test("do not combine while the other's data lives, and do once it is gone", async () => {
    const h = await house();
    const sam = await h.app.subjects.register();
    const spoken = await h.app.records.collect({ subject: sam, purpose: "play", ...clip });
    const bare = () => h.app.records.collect({ subject: sam, purpose: "stats", ...device });
    expect(await codeOf(bare())).toBe("exception-combined");
    h.clock.ms += 60_000;
    expect((await h.app.retention.sweep()).erased).toEqual([spoken]);
    await bare();
    await bare();
  });

  test("(c)(4) ends with a notice that bounced, and goes on in silence", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const put = (exception: "c2" | "c4") =>
      h.app.records.collect({
        subject: kid,
        collection: "contacts",
        purpose: "play",
        values: { email: "a@example.org" },
        exception,
      });
    const read = (record: Awaited<ReturnType<typeof put>>) =>
      h.app.records.read({ record, purpose: "play" });
    const [bounced, refused, silent] = [await put("c4"), await put("c4"), await put("c4")];
    await h.app.records.parentNotice({ record: bounced, outcome: "bounced" });
    await h.app.records.parentNotice({ record: refused, outcome: "refused" });
    await h.app.records.parentNotice({ record: silent, outcome: "no-answer" });
    expect(await codeOf(read(bounced))).toBe("notice-undelivered");
    expect(await codeOf(read(refused))).toBe("consent-refused");
    expect(await read(silent)).toEqual({ email: "a@example.org" });
    const other = { record: await put("c2"), outcome: "bounced" } as const;
    expect(await codeOf(h.app.records.parentNotice(other))).toBe("exception-not-allowed");
  });
});

describe("a deletion that is asked for", () => {
  test("restricts at once, and suppresses unless the account is kept", async () => {
    const h = await house();
    const [ines, bram] = [await h.app.subjects.register(), await h.app.subjects.register()];
    for (const one of [ines, bram]) await h.agreed(one, ["play"]);
    const record = await h.score(ines);
    const ask = h.app.subjects.requestDeletion;
    expect(await codeOf(ask({ subject: ines, by: "unverified" }))).toBe("guardian-unverified");
    expect((await h.app.records.status(record)).status).toBe("admitted");
    expect(await ask({ subject: ines, by: "subject", keepAccount: true })).toEqual({
      due: { data: "2026-05-31" },
    });
    await ask({ subject: bram, by: "parent" });
    expect((await h.app.records.status(record)).status).toBe("restricted");
    expect(await codeOf(h.score(bram))).toBe("subject-suppressed");
    const fresh = await h.score(ines);
    expect((await h.app.records.status(fresh)).status).toBe("admitted");
    await ask({ subject: ines, by: "parent", keepAccount: true });
    expect((await h.app.records.status(fresh)).status).toBe("restricted");
  });

  test("carried out with the account kept leaves room for new data, and else for none", async () => {
    const h = await house();
    const [ines, bram] = [await h.app.subjects.register(), await h.app.subjects.register()];
    const old = [];
    for (const subject of [ines, bram]) {
      await h.agreed(subject, ["play"]);
      old.push(await h.score(subject));
      const keepAccount = subject === ines;
      await h.app.subjects.requestDeletion({ subject, by: "parent", keepAccount });
      const { id } = await h.app.purges.plan({ subject });
      await h.app.purges.approve({ purge: id, by: { name: "Ada King", title: "Officer" } });
      expect((await h.app.purges.run(id)).state).toBe("complete");
    }
    for (const record of old) expect((await h.app.records.status(record)).status).toBe("erased");
    expect((await h.app.records.status(await h.score(ines))).status).toBe("admitted");
    expect(await codeOf(h.score(bram))).toBe("subject-suppressed");
  });
});

/** Two clients on one store and one keyring, the first of which dies at a named step. */
async function dying(step: StepName) {
  const h = await house();
  const bases = new Set<string>();
  const records: RecordId[] = [];
  for (let n = 0; n < 3; n += 1) {
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play"]);
    const record = await h.score(kid);
    records.push(record);
    bases.add((await h.store.get({ table: "record", id: record }))?.basis ?? "");
  }
  const other = await createCustody({
    policy: h.policy,
    store: h.store,
    keyring: h.keyring,
    signer: h.signer,
    now: () => h.clock.ms,
    progress: (progress) => {
      if (progress.step === step) throw new Error("died");
    },
  });
  const living = async (): Promise<number> => {
    const all = await Promise.all([...bases].map((basis) => h.keyring.inspect(basis)));
    return all.filter(({ live }) => live.length > 0).length;
  };
  return { h, other, records, living };
}

describe("a sweep that dies", () => {
  const steps = STEP_NAMES.filter((step) => step.startsWith("sweep:"));

  test.each(steps)("at %s is finished by the next one, keys and all", async (step) => {
    const { h, other, records, living } = await dying(step);
    expect(await living()).toBe(3);
    h.days(400);
    await expect(other.retention.sweep()).rejects.toThrow("died");
    expect(await living()).toBe(step === "sweep:erased" ? 3 : 0);
    const before = await h.keyring.epoch();
    expect((await h.app.retention.sweep()).erased).toEqual([]);
    expect(await living()).toBe(0);
    expect(await h.keyring.epoch()).toBe(before + 1);
    for (const id of records) {
      expect(await h.store.get({ table: "record", id })).toMatchObject({ due: "" });
    }
    const size = await h.store.size();
    await h.app.retention.sweep();
    expect(await h.store.size()).toBe(size);
    expect(await h.keyring.epoch()).toBe(before + 1);
  });
});

describe("an erasure while retention is moved", () => {
  test("stays, whichever of the two read first", async () => {
    const h = await house();
    const gus = await h.app.subjects.register();
    await h.agreed(gus, ["play"]);
    const eat = (meal: string) =>
      h.app.records.collect({
        subject: gus,
        collection: "meals",
        purpose: "play",
        values: { meal },
      });
    const records = [await eat("soup")];
    h.days(29);
    records.push(await eat("rice"));
    h.days(2);
    const { id } = await h.app.purges.plan({ subject: gus });
    await h.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
    let moves = 0;
    // Between the last look of the sweep and its commit, everything is erased.
    const store: Store = {
      ...h.store,
      append: async (batch) => {
        if (batch.event.type !== "retention-moved") return h.store.append(batch);
        moves += 1;
        if (moves === 1) expect((await h.app.purges.run(id)).state).toBe("complete");
        return h.store.append(batch);
      },
      get: (key) => h.store.get(key),
      scan: (query) => h.store.scan(query),
      scrub: () => h.store.scrub(),
    };
    const { policy, keyring, signer } = h;
    const slow = await createCustody({ policy, store, keyring, signer, now: () => h.clock.ms });
    expect((await slow.retention.sweep()).erased).toEqual([]);
    expect(moves).toBe(1);
    for (const id of records) {
      expect((await h.app.records.status(id)).status).toBe("erased");
      expect((await h.store.get({ table: "record", id }))?.due).toBe("");
    }
    const later = await eatLater(h);
    expect((await h.app.records.status(later)).status).toBe("admitted");
  });
});

/** What nobody erases is moved on as before. */
async function eatLater(h: Awaited<ReturnType<typeof house>>): Promise<RecordId> {
  const fay = await h.app.subjects.register();
  await h.agreed(fay, ["play"]);
  const eat = () =>
    h.app.records.collect({
      subject: fay,
      collection: "meals",
      purpose: "play",
      values: { meal: "beans" },
    });
  const first = await eat();
  h.days(29);
  await eat();
  h.days(2);
  expect((await h.app.retention.sweep()).erased).toEqual([]);
  const row = await h.store.get({ table: "record", id: first });
  expect((row?.due ?? "") > new Date(h.clock.ms).toISOString()).toBe(true);
  return first;
}

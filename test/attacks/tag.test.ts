import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Database } from "../../src/adapters/sqlite-driver.js";
import type { Write } from "../../src/core/event.js";
import type { DocumentRow, PayloadRow, RecordRow } from "../../src/core/row.js";
import { packPayload, payloadBinding, unpackPayload } from "../../src/core/seal.js";
import { idFactory, type RecordId } from "../../src/lib/id.js";
import { instantText } from "../../src/lib/instant.js";
import { worldStores } from "../postgres-server.js";
import { codeOf, random, type StoreName, type World, world } from "../world.js";

const stores = await worldStores();

let open: World[] = [];
afterEach(async () => {
  for (const w of open) await w.dispose();
  open = [];
});

async function opened(store: StoreName): Promise<World> {
  const w = await world({ store });
  open.push(w);
  return w;
}

/** What somebody with the store in hand can do: write what they like, with an event of their own. */
async function forge(w: World, ...batches: readonly (readonly Write[])[]): Promise<void> {
  const newId = idFactory({ now: () => w.clock.ms, random });
  for (const writes of batches) {
    const id = newId("event");
    const event = { id, type: "record-collected", at: instantText(w.clock.ms) } as const;
    await w.store.append({ event: { ...event, actor: "thief", about: {} }, writes });
  }
}

async function payload(w: World, record: string, category: string): Promise<PayloadRow> {
  const row = await w.store.get({ table: "payload", record, category });
  if (row === undefined) throw new Error("no payload");
  return row;
}

async function recordRow(w: World, id: string): Promise<RecordRow> {
  const row = await w.store.get({ table: "record", id });
  if (row === undefined) throw new Error("no record");
  return row;
}

async function basisRow(w: World, record: string): Promise<DocumentRow> {
  const { basis } = await recordRow(w, record);
  const row = await w.store.get({ table: "document", kind: "basis", id: basis });
  if (row === undefined) throw new Error("no basis");
  return row;
}

/** Puts this in the place of a record's payload in one category. */
async function swap(w: World, record: RecordId, category: string, row: Partial<PayloadRow>) {
  const old = await payload(w, record, category);
  const erase = { table: "payload", record, category } as const;
  await forge(w, [{ erase }], [{ put: { ...old, ...row, record, category } }]);
}

const read = (w: World, record: RecordId) => w.app.records.read({ record, purpose: "coaching" });

describe.each(stores)("a payload on %s", (store) => {
  async function two() {
    const w = await opened(store);
    const subject = await w.born("1980-05-03");
    const one = await w.weigh(subject, 81.5);
    const other = await w.weigh(subject, 82.5);
    const stranger = await w.weigh(await w.born("1981-05-03"), 83.5);
    return { w, one, other, stranger };
  }

  test("opens in its own place, put back there by whoever", async () => {
    const { w, one } = await two();
    await swap(w, one, "health", {});
    expect(await read(w, one)).toEqual({ weightKg: 81.5, nickname: "otter" });
  });

  test("moved to another record of the same person and basis does not open", async () => {
    const { w, one, other } = await two();
    expect((await recordRow(w, one)).basis).toBe((await recordRow(w, other)).basis);
    const { sealed } = await payload(w, one, "health");
    await swap(w, other, "health", { sealed });
    expect(await codeOf(read(w, other))).toBe("payload-damaged");
    expect(await read(w, one)).toMatchObject({ weightKg: 81.5 });
  });

  test("moved to a record of another basis does not open", async () => {
    const { w, one, stranger } = await two();
    expect((await recordRow(w, one)).basis).not.toBe((await recordRow(w, stranger)).basis);
    const { sealed } = await payload(w, one, "health");
    await swap(w, stranger, "health", { sealed });
    expect(await codeOf(read(w, stranger))).toBe("payload-damaged");
  });

  test("moved to another category of its record does not open", async () => {
    const { w, one } = await two();
    const { sealed } = await payload(w, one, "health");
    await swap(w, one, "screen-name", { sealed });
    expect(await codeOf(read(w, one))).toBe("payload-damaged");
  });

  test("called by the names of other fields does not open", async () => {
    const { w, one } = await two();
    const packed = unpackPayload((await payload(w, one, "health")).sealed);
    if (packed === undefined) throw new Error("not packed");
    const renamed = (fields: readonly string[]) => ({ sealed: packPayload(fields, packed.sealed) });
    await swap(w, one, "health", renamed(["heightCm"]));
    expect(await codeOf(read(w, one))).toBe("payload-damaged");
    await swap(w, one, "health", renamed(["heightCm", "weightKg"]));
    expect(await codeOf(read(w, one))).toBe("payload-damaged");
    await swap(w, one, "health", renamed(["weightKg"]));
    expect(await read(w, one)).toMatchObject({ weightKg: 81.5 });
  });

  test("stays with its basis: no store hangs a record on another one, person or day", async () => {
    const { w, one, stranger } = await two();
    const row = await recordRow(w, one);
    const { basis } = await recordRow(w, stranger);
    const { subject } = await recordRow(w, stranger);
    const others = [{ basis }, { subject }, { purpose: "training" }, { taken: row.due }] as const;
    for (const change of others) {
      expect(await codeOf(forge(w, [{ put: { ...row, ...change } }]))).toBe("conflict");
    }
    expect(await recordRow(w, one)).toEqual(row);
    await forge(w, [{ put: { ...row, due: "" } }]);
    expect(await recordRow(w, one)).toEqual({ ...row, due: "" });
  });
});

test("record, basis, category and fields are each bound, beside the key of their own", () => {
  // Another basis or category has another key already; the binding must not rest on that alone.
  const own = {
    record: "rec_a",
    basis: "bas_a",
    category: "health",
    fields: ["b", "a"] as readonly string[],
  };
  const text = (of: Partial<typeof own>) =>
    Buffer.from(payloadBinding({ ...own, ...of })).toString();
  for (const [part, other] of [
    ["record", { record: "rec_b" }],
    ["basis", { basis: "bas_b" }],
    ["category", { category: "screen-name" }],
    ["fields", { fields: ["a"] }],
  ] as const) {
    expect(text(other), part).not.toBe(text({}));
  }
  expect(text({ fields: ["a", "b"] })).toBe(text({}));
});

describe.each(stores)("a consent given later, on %s,", (store) => {
  async function liar() {
    const w = await opened(store);
    const subject = await w.born("2000-05-03");
    const before = await w.weigh(subject, 41.5);
    const edit = { subject, kind: "birth-date", source: "profile", value: "2011-05-03" } as const;
    await w.app.subjects.addEvidence(edit);
    return { w, subject, before };
  }

  test("does not clean what came before it, and covers what comes after", async () => {
    const { w, subject, before } = await liar();
    const tag = await basisRow(w, before);
    expect((await w.app.records.status(before)).status).toBe("restricted");
    w.clock.ms += 60_000;
    const consent = await w.agreed(subject);
    w.clock.ms += 60_000;
    const after = await w.weigh(subject, 42.5);

    expect((await w.app.records.status(before)).cause).toBe("found-out");
    expect(await codeOf(read(w, before))).toBe("record-restricted");
    expect(await read(w, after)).toMatchObject({ weightKg: 42.5 });
    const set = await w.app.datasets.seal({ name: "all", purpose: "training", select: {} });
    expect(set).toMatchObject({ count: 1, excluded: { "record-restricted": 1 } });

    expect(await basisRow(w, before)).toEqual(tag);
    const later = await basisRow(w, after);
    expect(later.id).not.toBe(tag.id);
    expect(later.body).toMatchObject({ kind: "consent", consent });
    expect(tag.body).toMatchObject({ kind: "none", consent: "" });
  });

  test("opens nothing for what a device took earlier and sends now", async () => {
    const { w, subject } = await liar();
    const taken = instantText(w.clock.ms);
    w.clock.ms += 60_000;
    await w.agreed(subject);
    w.clock.ms += 60_000;
    const late = (at?: string) =>
      w.app.records.collect({
        subject,
        collection: "intake",
        purpose: "coaching",
        values: { weightKg: 41.5 },
        ...(at === undefined ? {} : { taken: at }),
      });
    expect(await codeOf(late(taken))).toBe("consent-required");
    expect(await read(w, await late())).toEqual({ weightKg: 41.5 });
  });

  test("is another's when it is named for somebody else, and is not taken for their own", async () => {
    const { w, subject } = await liar();
    const sibling = await w.born("2011-06-06");
    const consent = await w.agreed(sibling);
    const intake = {
      collection: "intake",
      purpose: "coaching",
      values: { weightKg: 41.5 },
    } as const;
    const borrowed = w.app.records.collect({ ...intake, subject, consent });
    expect(await codeOf(borrowed)).toBe("wrong-subject");
    await w.app.records.collect({ ...intake, subject: sibling, consent });
  });
});

describe("a tag put again differently", () => {
  async function tagged(store: StoreName) {
    const w = await opened(store);
    const subject = await w.born("2011-05-03");
    const consent = await w.agreed(subject, ["coaching"]);
    const record = await w.weigh(subject, 41.5);
    const tag = await basisRow(w, record);
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
    return { w, subject, consent, record, tag };
  }

  test.each(stores)("by an event of its own is found, on %s", async (store) => {
    const { w, tag } = await tagged(store);
    await w.born("1980-05-03");
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
    const seq = await w.store.size();
    const body = { ...tag.body, band: "adult", kind: "none" };
    await forge(w, [{ put: { ...tag, version: tag.version + 1, body } }]);
    expect(await w.app.ledger.verify()).toEqual({ ok: false, seq, reason: "basis-rewritten" });
  });

  test("by an event of its own is found even when it was erased in between", async () => {
    const { w, tag } = await tagged("sqlite");
    const seq = await w.store.size();
    const erase = { table: "document", kind: "basis", id: tag.id } as const;
    const body = { ...tag.body, band: "adult" };
    await forge(w, [{ erase }], [{ put: { ...tag, version: 1, body } }]);
    expect(await w.app.ledger.verify()).toEqual({ ok: false, seq, reason: "basis-rewritten" });
  });

  test.each([
    ["the consent it rests on", { consent: "", consents: [] }],
    ["the band as known then", { band: "adult" }],
    ["the kind", { kind: "none" }],
    ["the method", { method: "video-conference" }],
  ])("past the ledger, in %s, is found", async (_, change) => {
    const { w, tag } = await tagged("sqlite");
    const db = new Database(join(w.folder, "custody.db"));
    const body = JSON.stringify({ ...tag.body, ...change });
    const put = db.prepare("UPDATE document SET body = ? WHERE kind = 'basis' AND id = ?");
    expect(put.run(body, tag.id).changes).toBe(1);
    db.close();
    expect(await w.app.ledger.verify()).toMatchObject({ ok: false, reason: "row-changed" });
    const back = new Database(join(w.folder, "custody.db"));
    const same = back.prepare("UPDATE document SET body = ? WHERE kind = 'basis' AND id = ?");
    same.run(JSON.stringify(tag.body), tag.id);
    back.close();
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
  });

  test("in a record's row past the ledger is found, and opens nothing", async () => {
    const { w, record, subject } = await tagged("sqlite");
    const later = await w.agreed(subject);
    const wider = await w.weigh(subject, 42.5);
    const { basis } = await recordRow(w, wider);
    expect((await basisRow(w, wider)).body).toMatchObject({ consent: later });
    const db = new Database(join(w.folder, "custody.db"));
    db.prepare("UPDATE record SET basis = ? WHERE id = ?").run(basis, record);
    db.close();
    const training = { record, purpose: "training" } as const;
    expect(await codeOf(w.app.records.read(training))).toBe("payload-damaged");
    expect(await w.app.ledger.verify()).toMatchObject({ ok: false, reason: "row-changed" });
  });
});

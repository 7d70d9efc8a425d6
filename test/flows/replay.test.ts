import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createJournalFile, openJournalFile } from "../../src/adapters/journal-file.js";
import { createJournalMemory } from "../../src/adapters/journal-memory.js";
import { createKeyringFile, openKeyringFile } from "../../src/adapters/keyring-file.js";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { createSqliteStore, openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { createCustody } from "../../src/custody.js";
import type { RecordId, SubjectId } from "../../src/lib/id.js";
import type { Journal } from "../../src/ports/journal.js";
import type { Store } from "../../src/ports/store.js";
import { codeOf, policy, random } from "../world.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const WEIGHT = 63.0907;
const NICKNAME = "the-otter-nobody-else-is";

/** A service on real files, whose store file can be copied and brought back. */
async function service() {
  const folder = mkdtempSync(join(tmpdir(), "custody-journal-"));
  folders.push(folder);
  const clock = { ms: Date.parse("2026-06-01T12:00:00.000Z") };
  const now = () => clock.ms;
  const path = join(folder, "custody.db");
  let store: Store = await createSqliteStore({ path, now, random });
  const storeId = store.identity.id;
  const keys = { path: join(folder, "custody.keys"), epochPath: join(folder, "custody.epoch") };
  await (await createKeyringFile({ ...keys, storeId, random })).close();
  const keyring = await openKeyringFile({ ...keys, storeId, random });
  const at = { path: join(folder, "custody.journal"), storeId };
  await (await createJournalFile(at)).close();
  const signer = createSignerMemory({ name: "pace.example" });
  const open = async (journal: Journal) => {
    const options = { policy, store, keyring, signer, now, random, journal };
    return createCustody(options);
  };
  let app = await open(await openJournalFile(at));
  const files = ["custody.db", "custody.db-wal"];
  return {
    folder,
    clock,
    at,
    app: () => app,
    store: () => store,
    copy: (): (() => void) => {
      const copies = files
        .filter((name) => existsSync(join(folder, name)))
        .map((name) => [name, readFileSync(join(folder, name))] as const);
      return () => {
        for (const name of [...files, "custody.db-shm"])
          rmSync(join(folder, name), { force: true });
        for (const [name, bytes] of copies) writeFileSync(join(folder, name), bytes);
      };
    },
    /** The store alone: the keyring and the journal were never away. */
    reopen: async (back: () => void = () => {}, journal?: Journal) => {
      await store.close();
      back();
      store = await openSqliteStore({ path });
      app = await open(journal ?? (await openJournalFile(at)));
      return app;
    },
    adult: async (): Promise<SubjectId> => {
      const subject = await app.subjects.register({ timeZone: "America/New_York" });
      const said = { subject, kind: "birth-date", source: "sign-up-screen" } as const;
      await app.subjects.addEvidence({ ...said, value: "1985-05-05" });
      return subject;
    },
    weigh: (subject: SubjectId) =>
      app.records.collect({
        subject,
        collection: "intake",
        purpose: "coaching",
        values: { weightKg: WEIGHT, nickname: NICKNAME },
      }),
    erase: async (subject: SubjectId) => {
      const { id } = await app.purges.plan({ subject });
      await app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
      expect((await app.purges.run(id)).state).toBe("complete");
    },
  };
}

/** Ids of payload rows, wherever one lies. */
async function payloads(store: Store): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { row } of store.everything()) {
    if (row.table === "payload") found.push(row.record);
  }
  return found;
}

describe("an old copy of a store file", () => {
  test("comes back without what was erased since, in no row and in no file", async () => {
    const s = await service();
    const [gone, kept] = [await s.adult(), await s.adult()];
    const [erased, stays] = [await s.weigh(gone), await s.weigh(kept)];
    const back = s.copy();
    const sealed: string[] = [];
    for await (const row of s.store().scan({ table: "payload", record: erased })) {
      sealed.push(row.sealed);
    }
    await s.erase(gone);
    const app = await s.reopen(back);
    expect((await app.records.status(erased)).status).toBe("erased");
    expect(await app.records.read({ record: stays, purpose: "coaching" })).toEqual({
      weightKg: WEIGHT,
      nickname: NICKNAME,
    });
    expect(new Set(await payloads(s.store()))).toEqual(new Set([stays]));
    expect(sealed.length).toBeGreaterThan(0);
    for (const name of ["custody.db", "custody.db-wal", "custody.journal", "custody.keys"]) {
      if (!existsSync(join(s.folder, name))) continue;
      const bytes = readFileSync(join(s.folder, name));
      for (const text of sealed) {
        expect(bytes.includes(Buffer.from(text)), name).toBe(false);
        expect(bytes.includes(Buffer.from(text, "base64url")), name).toBe(false);
      }
      expect(bytes.includes(Buffer.from(NICKNAME)), name).toBe(false);
    }
    expect(await app.ledger.verify()).toMatchObject({ ok: true });
    expect(await app.purges.replay()).toEqual({ rows: 0, erased: 0, lost: 0 });
    await app.close();
  });

  test("the twin: without its journal the copy has the row again, unreadable but there", async () => {
    const s = await service();
    const gone = await s.adult();
    const erased = await s.weigh(gone);
    const back = s.copy();
    await s.erase(gone);
    await s.store().close();
    back();
    const store = await openSqliteStore({ path: join(s.folder, "custody.db") });
    expect(new Set(await payloads(store))).toEqual(new Set([erased]));
    await store.close();
  });

  test("keeps the trace of what came in since, whose values no copy has", async () => {
    const s = await service();
    const person = await s.adult();
    const before = await s.weigh(person);
    const back = s.copy();
    const [lost, late] = [await s.weigh(person), await s.weigh(person)];
    const set = { name: "all", purpose: "coaching", select: {} } as const;
    const dataset = await s.app().datasets.seal(set);
    const app = await s.reopen(back);
    expect((await app.records.status(before)).status).toBe("admitted");
    for (const record of [lost, late]) {
      expect((await app.records.status(record)).status).toBe("erased");
    }
    expect((await app.trace(dataset.id)).records).toEqual([before, lost, late]);
    const next = await s.weigh(person);
    expect((await s.store().get({ table: "record", id: next }))?.ordinal).toBe(4);
    expect(await app.ledger.verify()).toMatchObject({ ok: true });
    await app.close();
  });

  test("a replay that was cut short is done again, and a second copy after it as well", async () => {
    const s = await service();
    const people = [await s.adult(), await s.adult(), await s.adult()] as const;
    const records: RecordId[] = [];
    for (const person of people) records.push(await s.weigh(person));
    const back = s.copy();
    await s.erase(people[0]);
    await s.erase(people[1]);
    const whole = await openJournalFile(s.at);
    const failing: Journal = {
      ...whole,
      append: async () => {
        throw new Error("the disk is full");
      },
    };
    await expect(s.reopen(back, failing)).rejects.toThrow("the disk is full");
    const app = await s.reopen();
    const statuses = async () =>
      Promise.all(records.map(async (id) => (await s.app().records.status(id)).status));
    expect(await statuses()).toEqual(["erased", "erased", "admitted"]);
    await app.subjects.requestDeletion({ subject: people[2], by: "subject" });
    const again = await s.reopen(back);
    expect(await statuses()).toEqual(["erased", "erased", "restricted"]);
    await again.close();
  });

  test("that went on without its journal is refused, and so is another store's journal", async () => {
    const s = await service();
    const person = await s.adult();
    const back = s.copy();
    await s.weigh(person);
    await s.store().close();
    back();
    const path = join(s.folder, "custody.db");
    const bare = await openSqliteStore({ path });
    const event = { id: `evt_${"0".repeat(25)}1`, type: "policy-adopted", actor: "x" } as const;
    const at = "2026-06-02T00:00:00.000Z";
    await bare.append({ event: { ...event, at, about: {} } as never, writes: [] });
    await bare.close();
    expect(await codeOf(s.reopen())).toBe("store-forked");
    const other = createJournalMemory({ storeId: "sto_other" });
    expect(await codeOf(s.reopen(undefined, other))).toBe("journal-foreign");
    await s.store().close();
  });
});

describe("a journal", () => {
  test("catches up with a store that was used without it", async () => {
    const s = await service();
    const person = await s.adult();
    const record = await s.weigh(person);
    const back = s.copy();
    const early = readFileSync(s.at.path);
    await s.erase(person);
    // The journal lost its last lines: the store is ahead of it, and tells it what it missed.
    writeFileSync(s.at.path, early);
    await (await s.reopen()).records.status(record);
    const app = await s.reopen(back);
    expect((await app.records.status(record)).status).toBe("erased");
    await app.close();
  });

  test("that is new takes in all that the store has, and half a line at its end is none", async () => {
    const s = await service();
    const person = await s.adult();
    await s.weigh(person);
    await s.store().close();
    rmSync(s.at.path);
    await (await createJournalFile(s.at)).close();
    const app = await s.reopen();
    const back = s.copy();
    const record = await s.weigh(person);
    await s.erase(person);
    writeFileSync(s.at.path, `${readFileSync(s.at.path, "utf8")}{"version":1,"gen`);
    const after = await s.reopen(back);
    expect((await after.records.status(record)).status).toBe("erased");
    await app.close().catch(() => {});
  });

  test("holds no payload and no value", async () => {
    const s = await service();
    await s.weigh(await s.adult());
    const text = readFileSync(s.at.path, "utf8");
    expect(text).not.toContain(NICKNAME);
    expect(text).not.toContain(String(WEIGHT));
    expect(text).not.toContain('"table":"payload"');
    expect(text).toContain('"table":"record"');
    await s.app().close();
  });

  test("is opened at its own place only", async () => {
    const s = await service();
    await s.app().close();
    const missing = { ...s.at, path: join(s.folder, "none") };
    expect(await codeOf(openJournalFile(missing))).toBe("journal-missing");
    expect(await codeOf(createJournalFile(s.at))).toBe("duplicate");
    expect(await codeOf(openJournalFile({ ...s.at, storeId: "sto_x" }))).toBe("journal-foreign");
    copyFileSync(join(s.folder, "custody.epoch"), missing.path);
    expect(await codeOf(openJournalFile(missing))).toBe("store-damaged");
  });
});

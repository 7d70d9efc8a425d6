import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openKeyringFile } from "../../src/adapters/keyring-file.js";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { codeOf, random, type World, world } from "../world.js";

const WEIGHT = 47.1283;
const NICKNAME = "zanzibar-otter-seventeen";
const CONTACT = "wanda.parent@example.org";
const EXTERNAL = "external-user-4711-zz";
const BIRTH = "2010-05-17";

/** Every way in which a planted value could lie in a file: as text, in both cases, in base64, as a float. */
function needles(): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const text of [NICKNAME, CONTACT, EXTERNAL, BIRTH, String(WEIGHT)]) {
    found.set(text, Buffer.from(text));
    // The inner characters of a base64 rendering are the same wherever it starts, for one of three alignments.
    for (const shift of [0, 1, 2]) {
      const code = Buffer.from(`${"x".repeat(shift)}${text}`).toString("base64url");
      found.set(`${text} in base64, shifted ${shift}`, Buffer.from(code.slice(shift + 1, -3)));
    }
  }
  const float = Buffer.alloc(8);
  float.writeDoubleBE(WEIGHT);
  found.set("the weight as a float", Buffer.from(float));
  found.set("the weight as a float, reversed", Buffer.from(float).reverse());
  return found;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Which planted values are found in which file. */
function found(folder: string): readonly string[] {
  const hits: string[] = [];
  for (const path of filesBelow(folder)) {
    const bytes = readFileSync(path);
    for (const [name, needle] of needles()) {
      if (bytes.includes(needle)) hits.push(`${path.slice(folder.length + 1)}: ${name}`);
    }
  }
  return hits;
}

async function planted(): Promise<{ w: World; record: string; purge: () => Promise<void> }> {
  const w = await world({ store: "sqlite" });
  const subject = await w.app.subjects.register({ externalId: EXTERNAL, timeZone: "Asia/Tokyo" });
  const evidence = { subject, kind: "birth-date", source: "sign-up-screen", value: BIRTH } as const;
  await w.app.subjects.addEvidence(evidence);
  const request = await w.app.consents.request({
    subject,
    purposes: ["coaching", "training"],
    method: "signed-form",
    contact: CONTACT,
  });
  const grants = ["coaching", "training"];
  const response = w.form.answer(request, { outcome: "verified", reported: "signed-form", grants });
  await w.app.consents.confirm({ request, response });
  const values = { weightKg: WEIGHT, nickname: NICKNAME };
  const record = await w.app.records.collect({
    subject,
    collection: "intake",
    purpose: "coaching",
    values,
  });
  const dataset = await w.app.datasets.seal({ name: "all", purpose: "training", select: {} });
  await w.app.datasets.export({ dataset: dataset.id, connector: "filesystem", ref: "all.jsonl" });
  const purge = async (): Promise<void> => {
    const { id } = await w.app.purges.plan({ subject });
    await w.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
    expect((await w.app.purges.run(id)).state).toBe("complete");
  };
  return { w, record, purge };
}

test("before the purge values lie in the deliberate export and nowhere else in the clear", async () => {
  const { w } = await planted();
  const hits = found(w.folder);
  expect(hits.length).toBeGreaterThan(0);
  expect(hits.every((hit) => hit.startsWith("all.jsonl:"))).toBe(true);
  await w.dispose();
});

test("after the purge no planted value is in any file, and an old copy of the store is without it", async () => {
  const { w, record, purge } = await planted();
  const old = join(w.folder, "..", `${w.folder.split("/").at(-1)}-backup`);
  mkdirSync(old);
  const names = ["custody.db", "custody.db-wal", "custody.keys", "custody.keys-wal"];
  for (const name of names) {
    if (filesBelow(w.folder).includes(join(w.folder, name))) {
      copyFileSync(join(w.folder, name), join(old, name));
    }
  }
  await purge();
  expect(found(w.folder)).toEqual([]);

  // The backup has the sealed payload still, and the keyring of that day, but no key opens that keyring any more.
  const store = await openSqliteStore({ path: join(old, "custody.db") });
  expect(await store.get({ table: "payload", record, category: "health" })).toBeDefined();
  const { id: storeId } = store.identity;
  const epochPath = join(w.folder, "custody.epoch");
  const opened = openKeyringFile({ path: join(old, "custody.keys"), epochPath, storeId, random });
  expect(await codeOf(opened)).toBe("epoch-closed");
  await store.close();
  rmSync(old, { recursive: true });
  await w.dispose();
});

test("the twin: without the purge the old copy of store and keyring opens", async () => {
  const { w } = await planted();
  const old = join(w.folder, "copy");
  mkdirSync(old);
  for (const name of ["custody.keys", "custody.keys-wal"]) {
    if (filesBelow(w.folder).includes(join(w.folder, name))) {
      copyFileSync(join(w.folder, name), join(old, name));
    }
  }
  const epochPath = join(w.folder, "custody.epoch");
  const { id: storeId } = w.store.identity;
  const opened = await openKeyringFile({
    path: join(old, "custody.keys"),
    epochPath,
    storeId,
    random,
  });
  expect(await opened.epoch()).toBe(1);
  await opened.close();
  await w.dispose();
});

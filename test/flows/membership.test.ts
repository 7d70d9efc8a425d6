import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { DatasetId, RecordId } from "../../src/lib/id.js";
import { verifyMembership } from "../../src/verify.js";
import { codeOf, type World, world } from "../world.js";

const open: World[] = [];
afterEach(async () => {
  for (const w of open.splice(0)) await w.dispose();
});

async function house(store: "memory" | "sqlite" = "memory") {
  const w = await world({ store });
  open.push(w);
  const { app } = w;
  const trained: RecordId[] = [];
  const subjects = [];
  for (let child = 0; child < 3; child += 1) {
    const subject = await w.born("2012-06-01");
    await w.agreed(subject);
    subjects.push(subject);
    trained.push(await w.weigh(subject));
  }
  const kept = await w.born("2012-06-01");
  await w.agreed(kept, ["coaching"]);
  const outside = await w.weigh(kept);
  const set = await app.datasets.seal({ name: "a", purpose: "training", select: {} });
  const prove = (record: RecordId, dataset: DatasetId = set.id) =>
    app.datasets.prove({ dataset, record });
  return { w, app, trained, subjects, outside, set, prove };
}

test.each(["memory", "sqlite"] as const)(
  "a sealed dataset (%s) proves who is in and who is out",
  async (store) => {
    const { trained, outside, set, prove } = await house(store);
    expect(set.count).toBe(3);
    for (const record of trained) {
      const proof = await prove(record);
      const said = verifyMembership(proof, { root: set.root });
      expect(said).toEqual({ dataset: set.id, record, member: true });
      const others = trained.filter((one) => one !== record);
      for (const other of [...others, outside]) expect(JSON.stringify(proof)).not.toContain(other);
    }
    const proof = await prove(outside);
    expect(verifyMembership(proof, { root: set.root }).member).toBe(false);
    for (const record of trained) expect(JSON.stringify(proof)).not.toContain(record);
  },
);

test("the root is the one in the manifest beside an export", async () => {
  const { w, app, trained, set, prove } = await house();
  const file = await app.datasets.export({ dataset: set.id, connector: "filesystem", ref: "a" });
  const { root } = JSON.parse(readFileSync(join(w.folder, file.manifest), "utf8"));
  expect(verifyMembership(await prove(trained[0] as RecordId), { root }).member).toBe(true);
});

test("an erased member, and everybody else, is still provable: by the id, without a value", async () => {
  const { app, trained, subjects, outside, set, prove } = await house();
  const [gone, stays] = trained as [RecordId, RecordId];
  const before = await prove(gone);
  const subject = subjects[0];
  if (subject === undefined) throw new Error("no subject");
  await app.subjects.requestDeletion({ subject, by: "parent" });
  const { id } = await app.purges.plan({ subject });
  await app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
  expect((await app.purges.run(id)).state).toBe("complete");
  expect(await app.records.status(gone)).toMatchObject({ status: "erased" });
  expect(await prove(gone)).toEqual(before);
  expect(verifyMembership(await prove(stays), { root: set.root }).member).toBe(true);
  expect(verifyMembership(await prove(outside), { root: set.root }).member).toBe(false);
  const rebuilt = await app.datasets.rebuild({ dataset: set.id, name: "b" });
  const out = verifyMembership(await prove(gone, rebuilt.id), { root: rebuilt.root });
  expect(out).toMatchObject({ dataset: rebuilt.id, member: false });
  const kept = verifyMembership(await prove(stays, rebuilt.id), { root: rebuilt.root });
  expect(kept.member).toBe(true);
});

test("what is asked about must exist, and a proof goes with its own root only", async () => {
  const { app, trained, set, prove } = await house();
  const nobody = `rec_${"0".repeat(26)}` as RecordId;
  expect(await codeOf(prove(nobody))).toBe("not-found");
  expect(await codeOf(prove("kip" as RecordId))).toBe("id-invalid");
  const again = await app.datasets.seal({ name: "b", purpose: "training", select: {} });
  expect(again.root).not.toBe(set.root);
  const proof = await prove(trained[0] as RecordId);
  const check = (root: unknown) => async () =>
    verifyMembership(proof, { root } as { root: string });
  expect(await codeOf(check(again.root)())).toBe("proof-invalid");
  expect(await codeOf(check("")())).toBe("option-invalid");
  expect(await codeOf(check(undefined)())).toBe("option-invalid");
});

test("a list of members that is not the sealed one is told instead of proven from", async () => {
  const { w, trained, set, prove } = await house();
  const row = await w.store.get({ table: "document", kind: "dataset", id: set.id });
  if (row === undefined) throw new Error("no row");
  const put = async (body: typeof row.body, version: number) => {
    await w.store.append({
      event: {
        id: `evt_${String(version).padStart(26, "0")}`,
        type: "dataset-sealed",
        at: "2021-02-10T15:00:00.000Z",
        actor: "test",
        about: {},
      },
      expect: [],
      writes: [{ put: { ...row, version, body } }],
    } as unknown as Parameters<typeof w.store.append>[0]);
  };
  await put({ ...row.body, root: "ab".repeat(32) }, 2);
  expect(await codeOf(prove(trained[0] as RecordId))).toBe("payload-damaged");
  const { tree, ...old } = row.body;
  expect(tree).toBeDefined();
  await put(old, 3);
  expect(await codeOf(prove(trained[0] as RecordId))).toBe("state-conflict");
  await put(row.body, 4);
  expect((await prove(trained[0] as RecordId)).member).toBe(true);
});

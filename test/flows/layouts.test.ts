import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createKeyringMemory } from "../../src/adapters/keyring-memory.js";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { LAYOUT_USE, layoutText } from "../../src/core/layout.js";
import { utf8 } from "../../src/lib/bytes.js";
import type { SubjectId } from "../../src/lib/id.js";
import { world } from "../world.js";
import { dice } from "./random-lineage.js";
import { children, type Home, house, places, SHARDS, SLICES, sealed } from "./shards.js";

const open: Home[] = [];
afterEach(async () => {
  for (const { app } of open.splice(0)) await app.close();
});

async function opened(random?: (bytes: number) => Uint8Array): Promise<Home> {
  const home = await house({}, undefined, createMemoryStore, random);
  open.push(home);
  return home;
}

const seeded = (seed: number) => {
  const roll = dice(seed);
  return (bytes: number) => Uint8Array.from({ length: bytes }, () => roll(256));
};

describe("a dataset in shards and slices", () => {
  test("keeps all records of a person in one slice of one shard", async () => {
    const home = await opened();
    const all = await children(home, 40, 3);
    const at = await places(home.app, await sealed(home.app));
    expect(at.size).toBe(120);
    for (const { records } of all) {
      expect(new Set(records.map((record) => JSON.stringify(at.get(record)))).size).toBe(1);
    }
    const shards = new Set([...at.values()].map(({ shard }) => shard));
    const slices = new Set([...at.values()].map(({ slice }) => slice));
    expect([...shards].sort()).toEqual([0, 1, 2]);
    expect([...slices].sort()).toEqual([0, 1, 2, 3]);
  });

  test("is read by shard, then slice, then as collected; a part is that part of the whole", async () => {
    const home = await opened();
    const { app } = home;
    await children(home, 40, 2);
    const dataset = await sealed(app);
    const whole: string[] = [];
    const order: number[] = [];
    for await (const { record, at } of app.datasets.read(dataset)) {
      whole.push(record);
      order.push((at?.shard ?? 0) * SLICES + (at?.slice ?? 0));
    }
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const byShard: string[] = [];
    const bySlice: string[] = [];
    for (let shard = 0; shard < SHARDS; shard += 1) {
      for await (const { record } of app.datasets.read({ dataset, shard })) byShard.push(record);
      for (let slice = 0; slice < SLICES; slice += 1) {
        const part: string[] = [];
        for await (const { record } of app.datasets.read({ dataset, shard, slice })) {
          part.push(record);
        }
        expect(part).toEqual([...part].sort());
        bySlice.push(...part);
      }
    }
    expect(byShard).toEqual(whole);
    expect(bySlice).toEqual(whole);
  });

  test("rebuilt without somebody leaves everybody else where they were", async () => {
    const home = await opened();
    const { app } = home;
    const [gone, ...stay] = await children(home, 30);
    const dataset = await sealed(app);
    const before = await places(app, dataset);
    await app.consents.revoke({ consent: gone?.consent ?? stay[0]?.consent ?? ("" as never) });
    const { id } = await app.datasets.rebuild({ dataset, name: "without" });
    const after = await places(app, id);
    expect(after.size).toBe(29);
    for (const [record, at] of after) expect(at).toEqual(before.get(record));
    // Sealed anew, the same people lie elsewhere: the layout is the dataset's own.
    const anew = await places(app, await sealed(app, "again"));
    expect([...anew]).not.toEqual([...after]);
  });

  test("lies as the keyring's key says: with the same randomness alike, with another not", async () => {
    const lying = async (seed: number) => {
      const home = await opened(seeded(seed));
      await children(home, 30);
      return [...(await places(home.app, await sealed(home.app)))];
    };
    const [first, again, other] = [await lying(7), await lying(7), await lying(8)];
    expect(again).toEqual(first);
    expect(other.map(([, at]) => at)).not.toEqual(first.map(([, at]) => at));
  });

  test("cannot be worked out from ids alone: another keyring puts the same person elsewhere", async () => {
    const text = utf8(layoutText("dat_1", "sub_1"));
    const hashes = await Promise.all(
      [1, 2].map((seed) =>
        createKeyringMemory({ storeId: "sto_1", random: seeded(seed) }).index(LAYOUT_USE, text),
      ),
    );
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test("refuses what is no part of it, and one without shards has no parts", async () => {
    const home = await opened();
    const { app } = home;
    await children(home, 3);
    const dataset = await sealed(app);
    const read = async (input: Parameters<typeof app.datasets.read>[0]) => {
      for await (const _ of app.datasets.read(input)) return "read";
      return "empty";
    };
    for (const wrong of [
      { shard: SHARDS },
      { shard: 0, slice: SLICES },
      { shard: -1 },
      { slice: 0 },
    ]) {
      await expect(read({ dataset, ...wrong })).rejects.toThrow(/read\.(shard|slice)/);
    }
    const select = { collection: "scores" };
    const plain = await app.datasets.seal({ name: "plain", purpose: "training", select });
    expect(await read(plain.id)).toBe("read");
    await expect(read({ dataset: plain.id, shard: 0 })).rejects.toThrow(/no shards/);
    const begin = (id: string, at: { shard: number; slice: number }) =>
      app.models.begin({
        name: "m",
        purpose: "training",
        from: [{ id, relation: "trained-on", at }],
      });
    await expect(begin(plain.id, { shard: 0, slice: 0 })).rejects.toThrow(/no shards/);
    await expect(begin(dataset, { shard: SHARDS, slice: 0 })).rejects.toThrow(/from\.at\.shard/);
    await expect(begin(dataset, { shard: 0, slice: 0 })).resolves.toMatch(/^mod_/);
  });
});

describe("copies of parts", () => {
  test("hold their part, and a purge takes those that hold the person and leaves the others", async () => {
    const w = await world();
    const { app } = w;
    const records = new Map<string, SubjectId>();
    for (let n = 0; n < 24; n += 1) {
      const subject = await w.born("2012-06-14");
      await w.agreed(subject);
      records.set(await w.weigh(subject, 40 + n), subject);
    }
    const select = { collection: "intake" };
    const cells = { shards: 2, slices: 2 };
    const set = await app.datasets.seal({ name: "s", purpose: "training", select, ...cells });
    const connector = "filesystem";
    const lines = (ref: string): readonly { record: string; shard: number; slice: number }[] =>
      readFileSync(join(w.folder, ref), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    const whole = await app.datasets.export({ dataset: set.id, connector, ref: "all.jsonl" });
    expect(lines("all.jsonl")).toHaveLength(24);
    for (const shard of [0, 1]) {
      const ref = `shard-${shard}.jsonl`;
      await app.datasets.export({ dataset: set.id, connector, ref, shard });
      expect(lines(ref)).toEqual(lines("all.jsonl").filter((line) => line.shard === shard));
      for (const slice of [0, 1]) {
        const part = `slice-${shard}-${slice}.jsonl`;
        await app.datasets.export({ dataset: set.id, connector, ref: part, shard, slice });
        expect(lines(part)).toEqual(lines(ref).filter((line) => line.slice === slice));
      }
    }
    const manifest = JSON.parse(
      readFileSync(join(w.folder, "shard-1.jsonl.manifest.json"), "utf8"),
    );
    expect(manifest).toMatchObject({
      shard: 1,
      root: whole.root,
      layout: { shards: 2, slices: 2 },
    });
    const [first] = lines("all.jsonl");
    if (first === undefined) throw new Error("an empty copy");
    const { shard, slice, record } = first;
    const subject = records.get(record);
    if (subject === undefined) throw new Error("nobody's record");
    const { id, plan } = await app.purges.plan({ subject });
    const named = plan.items.filter((item) => item.connector === connector).map(({ ref }) => ref);
    const held = ["all.jsonl", `shard-${shard}.jsonl`, `slice-${shard}-${slice}.jsonl`];
    expect(named.sort()).toEqual(held.flatMap((ref) => [ref, `${ref}.manifest.json`]).sort());
    await app.purges.approve({ purge: id, by: { name: "Ada Quist", title: "Counsel" } });
    expect((await app.purges.run(id)).state).toBe("complete");
    for (const ref of held) expect(existsSync(join(w.folder, ref))).toBe(false);
    expect(existsSync(join(w.folder, `shard-${1 - shard}.jsonl`))).toBe(true);
    await w.dispose();
  });
});

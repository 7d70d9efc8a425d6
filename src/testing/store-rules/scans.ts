/** Every form of scan, its order, and the moment it shows. */
import type { Row } from "../../core/row.js";
import type { Scan, Store } from "../../ports/store.js";
import type { ContractRule } from "../contract.js";
import { collected, equal, rejectsWith } from "../expectation.js";
import { type OpenStore, rulesOver } from "./rule.js";

/** More than any adapter reads at once. */
const MANY = 1_500;

export function scanRules(open: OpenStore): readonly ContractRule[] {
  return [...documentRules(open), ...recordRules(open), ...setRules(open), ...momentRules(open)];
}

function documentRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("documents are scanned by kind, owner and due, in id order", async (trial) => {
      const { store, samples } = trial;
      const make = (id: string, owner: string, due: string) =>
        samples.document({ kind: "consent", id, owner, due });
      const rows = [
        make("d", "o1", samples.day(2)),
        make("b", "o2", samples.day(1)),
        make("a", "o1", ""),
        make("c", "", samples.day(3)),
        samples.document({ kind: "notice", id: "a", owner: "o1", due: samples.day(1) }),
      ];
      await store.append(samples.batch(rows.map((put) => ({ put }))));
      const ids = async (conditions: { owner?: string; dueBy?: string }) => {
        const scan = { table: "document", kind: "consent", ...conditions } as const;
        return (await collected(store.scan(scan))).map(({ id }) => id);
      };
      equal(await ids({}), ["a", "b", "c", "d"]);
      equal(await ids({ owner: "o1" }), ["a", "d"]);
      equal(await ids({ owner: "" }), ["c"]);
      equal(await ids({ owner: "nobody" }), []);
      equal(await ids({ dueBy: samples.day(2) }), ["b", "d"]);
      equal(await ids({ dueBy: samples.day(0) }), []);
      equal(await ids({ owner: "o1", dueBy: samples.day(9) }), ["d"]);
      equal(await ids({ owner: "", dueBy: samples.day(9) }), ["c"]);
      const scan = { table: "document", kind: "consent", owner: "o2" } as const;
      equal(await collected(store.scan(scan)), rows.slice(1, 2));
    }),
    rule("a document that moved is found where it is now", async ({ store, samples }) => {
      const row = samples.document({ owner: "before", due: samples.day(1) });
      await store.append(samples.batch([{ put: row }]));
      const moved = { ...row, version: 2, owner: "after", due: "" };
      await store.append(samples.batch([{ put: moved }]));
      const scan = { table: "document", kind: "subject" } as const;
      equal(await collected(store.scan({ ...scan, owner: "before" })), []);
      equal(await collected(store.scan({ ...scan, owner: "after" })), [moved]);
      equal(await collected(store.scan({ ...scan, dueBy: samples.day(9) })), []);
    }),
  ];
}

function recordRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("records are scanned by every condition and by several at once", async (trial) => {
      const { store, samples } = trial;
      const [s1, s2, s3] = [samples.id("subject"), samples.id("subject"), samples.id("subject")];
      const [b1, b2] = [samples.id("basis"), samples.id("basis")];
      const rows = [
        samples.record({ subject: s1, basis: b1, collection: "x", due: samples.day(5) }),
        samples.record({ subject: s2, basis: b1, collection: "y", due: samples.day(4) }),
        samples.record({ subject: s1, basis: b2, collection: "y", due: samples.day(3) }),
        samples.record({ subject: s3, basis: b2, collection: "x", due: "" }),
        samples.record({ subject: s1, basis: b1, collection: "z", erasedAt: samples.day(1) }),
      ];
      await store.append(samples.batch(rows.map((put) => ({ put }))));
      const ordinals = async (conditions: Omit<Extract<Scan, { table: "record" }>, "table">) =>
        (await collected(store.scan({ table: "record", ...conditions }))).map((r) => r.ordinal);
      equal(await ordinals({}), [1, 2, 3, 4, 5]);
      equal(await ordinals({ afterOrdinal: 3 }), [4, 5]);
      equal(await ordinals({ subjects: [s1] }), [1, 3, 5]);
      equal(await ordinals({ subjects: [s3, s2] }), [2, 4]);
      equal(await ordinals({ subjects: [] }), []);
      equal(await ordinals({ bases: [b2] }), [3, 4]);
      equal(await ordinals({ bases: [b1, b2], afterOrdinal: 2 }), [3, 4, 5]);
      equal(await ordinals({ collections: ["x", "z"] }), [1, 4, 5]);
      equal(await ordinals({ ordinals: [5, 2, 99] }), [2, 5]);
      equal(await ordinals({ ordinals: [4] }), [4]);
      equal(await ordinals({ dueBy: samples.day(4) }), [2, 3]);
      equal(await ordinals({ subjects: [s1], collections: ["y"] }), [3]);
      equal(await ordinals({ subjects: [s1], bases: [b2] }), [3]);
      equal(await ordinals({ ordinals: [1, 3, 4], subjects: [s1, s2], afterOrdinal: 1 }), [3]);
      equal(await ordinals({ bases: [b1], dueBy: samples.day(4), collections: ["y"] }), [2]);
      equal(await ordinals({ dueBy: samples.day(9), afterOrdinal: 2 }), [3]);
    }),
    rule("a list that is too long is refused and not shortened", async ({ store, samples }) => {
      await store.append(samples.batch([{ put: samples.record() }]));
      const ordinals = Array.from({ length: 100_001 }, (_, index) => index + 1);
      const scan = (list: readonly number[]) =>
        collected(store.scan({ table: "record", ordinals: list }));
      equal((await scan(ordinals.slice(1, 50_000))).length, 0);
      equal((await scan(ordinals.slice(0, 100_000))).length, 1);
      await rejectsWith("limit-exceeded", scan(ordinals));
    }),
    rule("payloads are scanned by their record", async ({ store, samples }) => {
      const [one, two] = [samples.record(), samples.record()];
      const mine = [samples.payload(one.id, "contact"), samples.payload(one.id, "health")];
      const puts = [one, two, ...mine, samples.payload(two.id)];
      await store.append(samples.batch(puts.map((put) => ({ put }))));
      const found = await collected(store.scan({ table: "payload", record: one.id }));
      equal(sorted(found), sorted(mine));
      equal(await collected(store.scan({ table: "payload", record: "none" })), []);
    }),
  ];
}

function setRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("edges are scanned by child and by parent", async ({ store, samples }) => {
      const [a, b] = [samples.edge("m", "d1"), samples.edge("m", "d2")];
      const [c, d] = [samples.edge("n", "d1"), samples.edge("m", "d1", "tuned-from")];
      await store.append(samples.batch([a, b, c, d].map((put) => ({ put }))));
      const found = async (scan: Extract<Scan, { table: "edge" }>) =>
        sorted(await collected(store.scan(scan)));
      equal(await found({ table: "edge", child: "m" }), sorted([a, b, d]));
      equal(await found({ table: "edge", parent: "d1" }), sorted([a, c, d]));
      equal(await found({ table: "edge", parent: "m" }), []);
    }),
    rule("members are scanned by set, ascending, and by chunk", async ({ store, samples }) => {
      const [a9, a10, a0] = [9, 10, 0].map((chunk) => samples.member("a", chunk));
      const b9 = samples.member("b", 9);
      const rows = [a9, a10, a0, b9].filter((row) => row !== undefined);
      await store.append(samples.batch(rows.map((put) => ({ put }))));
      equal(await collected(store.scan({ table: "member", set: "a" })), [a0, a9, a10]);
      const nine = await collected(store.scan({ table: "member", chunk: 9 }));
      equal(sorted(nine), sorted([a9, b9].filter((row) => row !== undefined)));
      equal(await collected(store.scan({ table: "member", chunk: 1 })), []);
    }),
  ];
}

function momentRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  const scan = { table: "record" } as const;
  return [
    rule("a long scan sees nothing of what is committed after it began", async (trial) => {
      const { store, samples } = trial;
      const rows = Array.from({ length: MANY }, () => samples.record());
      await store.append(samples.batch(rows.map((put) => ({ put }))));
      let seen = 0;
      for await (const row of store.scan(scan)) {
        if (seen === 0) {
          const changed = rows.map((put) => ({ put: { ...put, erasedAt: samples.day(1) } }));
          await store.append(samples.batch([...changed, { put: samples.record() }]));
        }
        equal(row.erasedAt, "");
        seen += 1;
      }
      equal(seen, MANY);
      const after = await collected(store.scan(scan));
      equal(after.filter(({ erasedAt }) => erasedAt !== "").length, MANY);
      equal(after.length, MANY + 1);
    }),
    rule("a short scan sees nothing of what is committed after it began", async (trial) => {
      const { store, samples } = trial;
      const rows = Array.from({ length: 3 }, () => samples.record());
      await store.append(samples.batch(rows.map((put) => ({ put }))));
      const ordinals: number[] = [];
      for await (const { ordinal } of store.scan(scan)) {
        ordinals.push(ordinal);
        await store.append(samples.batch([{ put: samples.record() }]));
      }
      equal(ordinals, [1, 2, 3]);
    }),
    rule("a scan that is left early leaves the store usable", async ({ store, samples }) => {
      const rows = Array.from({ length: MANY }, () => samples.record());
      await store.append(samples.batch(rows.map((put) => ({ put }))));
      for (let round = 0; round < 100; round += 1) {
        for await (const row of store.scan(scan)) {
          equal(row.ordinal, 1);
          break;
        }
      }
      await store.append(samples.batch([{ put: samples.record() }]));
    }),
    rule("scans may be nested and may run side by side", async ({ store, samples }) => {
      const rows = Array.from({ length: MANY }, () => samples.record());
      await store.append(samples.batch(rows.map((put) => ({ put }))));
      const counts = await Promise.all(Array.from({ length: 8 }, () => nestedCount(store)));
      equal(
        counts,
        Array.from({ length: 8 }, () => MANY + 1),
      );
    }),
  ];
}

async function nestedCount(store: Store): Promise<number> {
  let count = 0;
  for await (const { ordinal } of store.scan({ table: "record" })) {
    count += 1;
    if (ordinal !== 700) continue;
    const inner = store.scan({ table: "record", ordinals: [ordinal] });
    count += (await collected(inner)).length;
  }
  return count;
}

/** In the order of their texts: for scans whose order the port does not promise. */
function sorted(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** The ledger: its first event, its ranges, and that it commits to exactly what is in the rows. */
import { eventBytes, keyOf, type LedgerEvent, type Write } from "../../core/event.js";
import { rowDigest, rowName } from "../../core/row.js";
import { text } from "../../lib/bytes.js";
import type { Store } from "../../ports/store.js";
import type { ContractRule } from "../contract.js";
import { check, collected, equal, rejectsWith } from "../expectation.js";
import { type OpenStore, rulesOver } from "./rule.js";

const MANY = 500;

export function ledgerRules(open: OpenStore): readonly ContractRule[] {
  return [...entryRules(open), ...digestRules(open)];
}

function entryRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("the first event says which store was created", async ({ store }) => {
      equal(await store.size(), 1);
      const [first] = await eventsOf(store);
      equal(first?.type, "store-created");
      equal(first?.actor, "custody");
      equal(first?.about, { store: store.identity.id, schema: store.identity.schema });
      equal(first?.rows, {});
    }),
    rule("entries are given by range, ascending and without gaps", async (trial) => {
      const { store, samples } = trial;
      await Promise.all(Array.from({ length: MANY - 1 }, () => store.append(samples.batch([]))));
      const seqs = async (from: number, to?: number) =>
        (await collected(store.entries(from, to))).map(({ seq }) => seq);
      equal(await store.size(), MANY);
      equal(
        await seqs(0),
        Array.from({ length: MANY }, (_, seq) => seq),
      );
      equal(await seqs(2, 5), [2, 3, 4]);
      equal(await seqs(MANY - 2), [MANY - 2, MANY - 1]);
      equal(await seqs(MANY), []);
      equal(await seqs(5, 5), []);
      equal(await seqs(5, 2), []);
      equal(await seqs(MANY - 1, MANY + 9), [MANY - 1]);
    }),
    rule("a range that is no range is refused", async ({ store }) => {
      for (const from of [-1, 0.5, Number.NaN]) {
        await rejectsWith("option-invalid", collected(store.entries(from)));
      }
      await rejectsWith("option-invalid", collected(store.entries(0, -1)));
    }),
    rule("entries show one moment", async ({ store, samples }) => {
      for (let count = 1; count < MANY; count += 1) void store.append(samples.batch([]));
      await store.append(samples.batch([]));
      let seen = 0;
      for await (const { seq } of store.entries(0)) {
        if (seq === 0) await store.append(samples.batch([]));
        seen += 1;
      }
      equal(seen, MANY + 1);
      equal(await store.size(), MANY + 2);
    }),
  ];
}

function digestRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("an entry holds the canonical bytes of its event and digests", async (trial) => {
      const { store, samples } = trial;
      const record = samples.record();
      const writes: Write[] = [
        { put: record },
        { put: samples.payload(record.id) },
        { erase: { table: "document", kind: "alias", id: "hash" } },
      ];
      const event = samples.event({ subject: record.subject, count: 1 });
      const { seq } = await store.append({ event, writes });
      const [entry] = await collected(store.entries(seq));
      equal(entry, { seq, bytes: eventBytes(event, writes) });
      const parsed = (await eventsOf(store))[seq];
      equal(parsed?.rows["document/alias/hash"], null);
      equal(parsed?.rows[`record/${record.id}`], rowDigest(record));
      check(/^[0-9a-f]{64}$/.test(parsed?.rows[`payload/${record.id}/health`] ?? ""), "a digest");
    }),
    rule("every row names the event that wrote it last, and fits its digest", async (trial) => {
      const { store, samples } = trial;
      await written(trial);
      const events = new Map((await eventsOf(store)).map((event) => [event.id as string, event]));
      const all = await collected(store.everything());
      for (const { row, event } of all) {
        equal(events.get(event)?.rows[rowName(keyOf(row))], rowDigest(row), rowName(keyOf(row)));
      }
      const tables = all.map(({ row }) => row.table).sort();
      equal(tables, ["document", "edge", "member", "payload", "record", "record"]);
      check(samples.day(0) !== samples.day(1), "the samples differ");
    }),
    rule("everything shows one moment", async ({ store, samples }) => {
      const puts = Array.from({ length: MANY }, (_, index) => samples.member("set", index));
      await store.append(samples.batch([...puts, samples.document()].map((put) => ({ put }))));
      let seen = 0;
      for await (const _ of store.everything()) {
        if (seen === 0) {
          const late = [samples.member("late", 0), samples.edge("late", "late")];
          await store.append(samples.batch(late.map((put) => ({ put }))));
        }
        seen += 1;
      }
      equal(seen, MANY + 1);
      equal((await collected(store.everything())).length, MANY + 3);
    }),
  ];
}

/** One row of each table, each written twice or by another event than its neighbour. */
async function written({
  store,
  samples,
}: Parameters<Parameters<ReturnType<typeof rulesOver>>[1]>[0]) {
  const [one, two] = [samples.record(), samples.record()];
  const document = samples.document();
  await store.append(samples.batch([{ put: one }, { put: document }]));
  await store.append(samples.batch([{ put: two }, { put: samples.payload(two.id) }]));
  await store.append(samples.batch([{ put: samples.edge("a", "b") }]));
  await store.append(samples.batch([{ put: samples.member("s", 1) }]));
  await store.append(samples.batch([{ put: samples.member("s", 1) }]));
  await store.append(samples.batch([{ put: { ...document, version: 2, body: { z: 1, a: 2 } } }]));
  await store.append(samples.batch([{ put: { ...one, erasedAt: samples.day(4) } }]));
}

async function eventsOf(store: Store): Promise<readonly LedgerEvent[]> {
  const entries = await collected(store.entries(0));
  return entries.map(({ bytes }) => JSON.parse(text(bytes)) as LedgerEvent);
}

/** What may follow what, table by table; and what erasing does. */
import type { DocumentRow, RecordRow } from "../../core/row.js";
import type { ContractRule } from "../contract.js";
import { collected, equal, rejectsWith } from "../expectation.js";
import { type OpenStore, rulesOver } from "./rule.js";

export function rowRules(open: OpenStore): readonly ContractRule[] {
  return [documentRules, recordRules, tombstoneRules, payloadRules, setRules].flatMap((rules) => [
    ...rules(open),
  ]);
}

function documentRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("a document's version follows the stored one", async ({ store, samples }) => {
      const first = samples.document();
      const put = (row: DocumentRow) => store.append(samples.batch([{ put: row }]));
      await rejectsWith("conflict", put({ ...first, version: 2 }));
      await put(first);
      for (const version of [1, 3, 0]) {
        await rejectsWith("conflict", put({ ...first, version }));
      }
      const second = { ...first, version: 2, owner: "o", due: samples.day(1), body: { b: 1 } };
      await put(second);
      equal(await store.get({ table: "document", kind: "subject", id: first.id }), second);
    }),
    rule("documents of two kinds may have one id", async ({ store, samples }) => {
      const subject = samples.document({ id: "same" });
      const consent = samples.document({ id: "same", kind: "consent", body: {} });
      await store.append(samples.batch([{ put: subject }, { put: consent }]));
      equal(await store.get({ table: "document", kind: "subject", id: "same" }), subject);
      equal(await store.get({ table: "document", kind: "consent", id: "same" }), consent);
    }),
    rule("an erased document is gone and begins again at version 1", async (trial) => {
      const { store, samples } = trial;
      const alias = samples.document({ kind: "alias", id: "hash" });
      const key = { table: "document", kind: "alias", id: "hash" } as const;
      await store.append(samples.batch([{ put: alias }]));
      await store.append(samples.batch([{ put: { ...alias, version: 2 } }]));
      await store.append(samples.batch([{ erase: key }]));
      equal(await store.get(key), undefined);
      const third = { ...alias, version: 3 };
      await rejectsWith("conflict", store.append(samples.batch([{ put: third }])));
      await store.append(samples.batch([{ put: alias }]));
      equal(await store.get(key), alias);
    }),
    rule("text of every alphabet comes back as it was", async ({ store, samples }) => {
      const text = "Zoë \u0000 \u{1f9d2} \\ \" ' ; -- %s";
      const row = samples.document({ id: text, owner: text, body: { [text]: text } });
      await store.append(samples.batch([{ put: row }]));
      equal(await store.get({ table: "document", kind: "subject", id: text }), row);
      equal(await collected(store.scan({ table: "document", kind: "subject", owner: text })), [
        row,
      ]);
    }),
  ];
}

function recordRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("ordinals are dense, unique, and answered", async ({ store, samples }) => {
      const rows = Array.from({ length: 5 }, () => samples.record());
      const one = await store.append(samples.batch(rows.slice(0, 3).map((put) => ({ put }))));
      const two = await store.append(samples.batch(rows.slice(3).map((put) => ({ put }))));
      const given = { ...one.ordinals, ...two.ordinals };
      equal(Object.keys(given).length, 5);
      equal(Object.values(given).sort(), [1, 2, 3, 4, 5]);
      for (const row of rows) {
        const found = await store.get({ table: "record", id: row.id });
        equal(found?.ordinal, given[row.id]);
      }
    }),
    rule("a record put again changes due and erasedAt, nothing else", async (trial) => {
      const { store, samples } = trial;
      const record = samples.record();
      const put = (row: RecordRow) => store.append(samples.batch([{ put: row }]));
      await put(samples.record());
      await put(record);
      const erased = { ...record, due: "", erasedAt: samples.day(9) };
      const { ordinals } = await put(erased);
      equal(ordinals, {}, "the ordinal was given before");
      const stored = { ...erased, ordinal: 2 };
      equal(await store.get({ table: "record", id: record.id }), stored);
      await put({ ...stored, due: samples.day(3) });
      equal((await store.get({ table: "record", id: record.id }))?.due, samples.day(3));
      equal((await store.get({ table: "record", id: record.id }))?.ordinal, 2);
    }),
    rule("any other change of a record is a conflict", async ({ store, samples }) => {
      const record = samples.record();
      await store.append(samples.batch([{ put: record }]));
      const size = await store.size();
      const changes: readonly Partial<RecordRow>[] = [
        { subject: samples.id("subject") },
        { basis: samples.id("basis") },
        { collection: "other" },
        { purpose: "other" },
        { source: "other" },
        { taken: samples.day(1) },
        { collected: samples.day(1) },
        { ordinal: 7 },
      ];
      for (const change of changes) {
        const put = { ...record, erasedAt: samples.day(2), ...change };
        await rejectsWith("conflict", store.append(samples.batch([{ put }])));
      }
      const found = await store.get({ table: "record", id: record.id });
      equal(found, { ...record, ordinal: 1 });
      equal(await store.size(), size);
    }),
    rule("a new record brings no ordinal of its own", async ({ store, samples }) => {
      const put = samples.record({ ordinal: 7 });
      await rejectsWith("conflict", store.append(samples.batch([{ put }])));
    }),
    rule("erasing a record is a conflict", async ({ store, samples }) => {
      const record = samples.record();
      await store.append(samples.batch([{ put: record }]));
      const erase = { table: "record", id: record.id } as const;
      await rejectsWith("conflict", store.append(samples.batch([{ erase }])));
      await rejectsWith(
        "conflict",
        store.append(samples.batch([{ erase: { ...erase, id: "x" } }])),
      );
      equal((await store.get(erase))?.id, record.id);
    }),
  ];
}

function tombstoneRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("an erasure of a record is never taken back", async ({ store, samples }) => {
      const [record, other] = [samples.record(), samples.record()];
      const put = (...rows: RecordRow[]) =>
        store.append(samples.batch(rows.map((one) => ({ put: one }))));
      await put(record, other);
      const erased = { ...record, due: "", erasedAt: samples.day(9) };
      await put(erased);
      const stale = { ...record, due: samples.day(3) };
      for (const ordinal of [0, 1]) {
        await rejectsWith("conflict", put({ ...other, due: "" }, { ...stale, ordinal }));
      }
      const again = { ...erased, erasedAt: samples.day(10) };
      await rejectsWith("conflict", put(again, stale));
      equal(await store.get({ table: "record", id: record.id }), { ...erased, ordinal: 1 });
      // Nothing of a refused batch is there; a row that was not erased is put as before.
      equal((await store.get({ table: "record", id: other.id }))?.due, other.due);
      await put({ ...other, due: samples.day(3) });
      equal((await store.get({ table: "record", id: other.id }))?.due, samples.day(3));
    }),
  ];
}

function payloadRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("a payload that exists is never overwritten", async ({ store, samples }) => {
      const record = samples.record();
      const payload = samples.payload(record.id);
      await store.append(samples.batch([{ put: record }, { put: payload }]));
      const other = samples.payload(record.id);
      await rejectsWith("conflict", store.append(samples.batch([{ put: other }])));
      await rejectsWith("conflict", store.append(samples.batch([{ put: payload }])));
      const key = { table: "payload", record: record.id, category: "health" } as const;
      equal(await store.get(key), payload);
      const second = samples.payload(record.id, "contact");
      await store.append(samples.batch([{ put: second }]));
      equal(await store.get({ ...key, category: "contact" }), second);
    }),
    rule("a payload without its record is a conflict", async ({ store, samples }) => {
      const put = samples.payload(samples.id("record"));
      await rejectsWith("conflict", store.append(samples.batch([{ put }])));
    }),
    rule("an erased payload is gone, and its neighbours are not", async ({ store, samples }) => {
      const record = samples.record();
      const [one, two] = [samples.payload(record.id), samples.payload(record.id, "contact")];
      await store.append(samples.batch([{ put: record }, { put: one }, { put: two }]));
      const erase = { table: "payload", record: record.id, category: "health" } as const;
      await store.append(samples.batch([{ erase }]));
      equal(await store.get(erase), undefined);
      equal(await collected(store.scan({ table: "payload", record: record.id })), [two]);
      equal((await store.get({ table: "record", id: record.id }))?.id, record.id);
    }),
    rule("erasing what is absent is allowed and recorded", async ({ store, samples }) => {
      const size = await store.size();
      const keys = [
        { table: "payload", record: "rec", category: "health" },
        { table: "document", kind: "alias", id: "none" },
        { table: "edge", child: "c", parent: "p", relation: "r" },
        { table: "member", set: "s", chunk: 1 },
      ] as const;
      await store.append(samples.batch(keys.map((erase) => ({ erase }))));
      equal(await store.size(), size + 1);
      equal(await collected(store.everything()), []);
    }),
  ];
}

function setRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("an edge or a member put again replaces the old one", async ({ store, samples }) => {
      const edge = samples.edge("child", "parent");
      const [one, two] = [samples.member("set", 1), samples.member("set", 1)];
      await store.append(samples.batch([{ put: edge }, { put: one }]));
      const again = samples.batch([{ put: edge }, { put: two }]);
      await store.append(again);
      equal(await store.get({ table: "member", set: "set", chunk: 1 }), two);
      const all = await collected(store.everything());
      equal(all.length, 2);
      for (const { event } of all) equal(event, again.event.id);
    }),
    rule("an edge and a member are erased by their whole key", async ({ store, samples }) => {
      const edges = [
        samples.edge("c", "p", "a"),
        samples.edge("c", "p", "b"),
        samples.edge("p", "c", "a"),
      ];
      const members = [samples.member("s", 1), samples.member("s", 2), samples.member("t", 1)];
      await store.append(samples.batch([...edges, ...members].map((put) => ({ put }))));
      const edge = { table: "edge", child: "c", parent: "p", relation: "a" } as const;
      const member = { table: "member", set: "s", chunk: 1 } as const;
      await store.append(samples.batch([{ erase: edge }, { erase: member }]));
      equal(await store.get(edge), undefined);
      equal(await store.get(member), undefined);
      equal((await collected(store.everything())).length, 4);
    }),
  ];
}

/**
 * Batches: all or nothing, versions that follow, expectations that hold, neighbours that do not
 * disturb.
 */
import type { Write } from "../../core/event.js";
import { isCustodyError } from "../../errors.js";
import type { ContractRule } from "../contract.js";
import { check, collected, equal, rejectsWith } from "../expectation.js";
import { type OpenStore, rulesOver } from "./rule.js";

/** The limits of the port, which every adapter keeps at the same height. */
const BATCH_WRITES_MAX = 10_000;
const ROW_BYTES_MAX = 1_048_576;

export function writeRules(open: OpenStore): readonly ContractRule[] {
  return [...batchRules(open), ...crowdRules(open), ...expectationRules(open), ...limitRules(open)];
}

function batchRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("every row of a batch is found afterwards", async ({ store, samples }) => {
      const record = samples.record();
      const payload = samples.payload(record.id);
      const edge = samples.edge("child", "parent");
      const member = samples.member("set", 3);
      const document = samples.document();
      const rows = [document, payload, record, edge, member];
      const { ordinals } = await store.append(samples.batch(rows.map((put) => ({ put }))));
      equal(await store.get({ table: "document", kind: "subject", id: document.id }), document);
      const kept = { ...record, ordinal: ordinals[record.id] ?? 0 };
      equal(await store.get({ table: "record", id: record.id }), kept);
      equal(await store.get({ table: "payload", record: record.id, category: "health" }), payload);
      equal(await store.get({ ...edge }), edge);
      equal(await store.get({ table: "member", set: "set", chunk: 3 }), member);
    }),
    rule("a row that was never written is undefined, in every table", async ({ store }) => {
      equal(await store.get({ table: "document", kind: "subject", id: "sub" }), undefined);
      equal(await store.get({ table: "record", id: "rec" }), undefined);
      equal(await store.get({ table: "payload", record: "rec", category: "c" }), undefined);
      const edge = { table: "edge", child: "c", parent: "p", relation: "r" } as const;
      equal(await store.get(edge), undefined);
      equal(await store.get({ table: "member", set: "s", chunk: 0 }), undefined);
    }),
    rule("a batch whose last write conflicts leaves nothing behind", async ({ store, samples }) => {
      const taken = samples.document();
      await store.append(samples.batch([{ put: taken }]));
      const size = await store.size();
      const record = samples.record();
      const writes: Write[] = [
        { put: record },
        { put: samples.payload(record.id) },
        { put: samples.edge("child", "parent") },
        { put: samples.member("set", 0) },
        { put: samples.document({ id: "other" }) },
        { put: taken },
      ];
      await rejectsWith("conflict", store.append(samples.batch(writes)));
      equal(await store.size(), size);
      equal((await collected(store.everything())).length, 1);
      const { ordinals } = await store.append(samples.batch([{ put: record }]));
      equal(ordinals[record.id], 1, "the ordinal of a refused record was not used up");
    }),
    rule("what the caller changes after the call is not written", async ({ store, samples }) => {
      const body = { state: "called" };
      const put = samples.document({ body });
      const changeable: { owner: string } = put as { owner: string };
      const writes: Write[] = [{ put }];
      const appended = store.append(samples.batch(writes));
      body.state = "changed";
      changeable.owner = "changed";
      writes.pop();
      await appended;
      const found = await store.get({ table: "document", kind: "subject", id: put.id });
      equal(found?.body, { state: "called" });
      equal(found?.owner, "");
    }),
    rule("what the caller does to a row it got changes nothing", async ({ store, samples }) => {
      const put = samples.document({ body: { state: "kept" } });
      await store.append(samples.batch([{ put }]));
      const key = { table: "document", kind: "subject", id: put.id } as const;
      const found = await store.get(key);
      (found?.body as { state: string }).state = "changed";
      equal((await store.get(key))?.body, { state: "kept" });
    }),
  ];
}

/** What many callers at once, or one twice, may rely on. */
function crowdRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("an event is in the ledger once", async ({ store, samples }) => {
      const batch = samples.batch([{ put: samples.edge("child", "parent") }]);
      await store.append(batch);
      await rejectsWith("conflict", store.append(batch));
      await rejectsWith("conflict", store.append({ event: batch.event, writes: [] }));
      equal(await store.size(), 2);
    }),
    rule("a hundred batches at once are all there, in one order", async ({ store, samples }) => {
      const batches = Array.from({ length: 100 }, () => samples.batch([{ put: samples.record() }]));
      const appended = await Promise.all(batches.map((batch) => store.append(batch)));
      const seqs = appended.map(({ seq }) => seq).sort((a, b) => a - b);
      equal(
        seqs,
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
      const ordinals = appended.flatMap((each) => Object.values(each.ordinals));
      equal(new Set(ordinals).size, 100);
      equal(await store.size(), 101);
    }),
    rule("of ten that write one version at once, one wins", async ({ store, samples }) => {
      const document = samples.document();
      for (const version of [1, 2, 3]) {
        const neighbours = Array.from({ length: 90 }, () => samples.document());
        const rivals = Array.from({ length: 10 }, (_, rival) => ({
          ...document,
          version,
          body: { rival },
        }));
        const mixed = neighbours.flatMap((row, index) => [row, ...rivals.slice(index, index + 1)]);
        const settled = await Promise.allSettled(
          mixed.map((put) => store.append(samples.batch([{ put }]))),
        );
        const lost = settled.filter(({ status }) => status === "rejected");
        equal(lost.length, 9);
        for (const each of lost) {
          check(each.status === "rejected" && isCustodyError(each.reason, "conflict"), "conflict");
        }
        const key = { table: "document", kind: "subject", id: document.id } as const;
        equal((await store.get(key))?.version, version);
        equal(await store.size(), 1 + version * 91);
      }
    }),
  ];
}

function expectationRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("an expected version that holds lets the batch in", async ({ store, samples }) => {
      const subject = samples.document();
      const { kind, id } = subject;
      await store.append(samples.batch([{ put: subject }], [{ kind, id, version: 0 }]));
      await store.append(samples.batch([], [{ kind, id, version: 1 }]));
      equal(await store.size(), 3);
    }),
    rule("an expected version that does not hold is a conflict", async ({ store, samples }) => {
      const subject = samples.document();
      const { kind, id } = subject;
      await store.append(samples.batch([{ put: subject }]));
      const edge: Write = { put: samples.edge("child", "parent") };
      for (const version of [0, 2]) {
        const error = await rejectsWith(
          "conflict",
          store.append(samples.batch([edge], [{ kind, id, version }])),
        );
        equal(error.details.id, id);
      }
      const other = { kind: "consent", id, version: 1 } as const;
      await rejectsWith("conflict", store.append(samples.batch([edge], [other])));
      equal(await store.size(), 2);
      equal(await store.get({ ...samples.edge("child", "parent") }), undefined);
    }),
    rule("expectations are about what was before the batch", async ({ store, samples }) => {
      const subject = samples.document();
      const { kind, id } = subject;
      const expect = [{ kind, id, version: 1 }];
      await rejectsWith("conflict", store.append(samples.batch([{ put: subject }], expect)));
      await store.append(samples.batch([{ put: subject }]));
      await store.append(samples.batch([{ put: { ...subject, version: 2 } }], expect));
      equal((await store.get({ table: "document", kind, id }))?.version, 2);
    }),
  ];
}

function limitRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("a batch of ten thousand writes is taken, one more is not", async (trial) => {
      const { store, samples } = trial;
      const writes: Write[] = Array.from({ length: BATCH_WRITES_MAX }, (_, index) => ({
        put: samples.edge(`child-${index}`, "parent"),
      }));
      await store.append(samples.batch(writes));
      const more: Write = { put: samples.edge("one more", "parent") };
      const refused = store.append(samples.batch([...writes, more]));
      const error = await rejectsWith("limit-exceeded", refused);
      equal(error.details.max, BATCH_WRITES_MAX);
      equal(await store.size(), 2);
      equal((await collected(store.scan({ table: "edge", parent: "parent" }))).length, 10_000);
    }),
    rule("a row larger than a mebibyte is refused and not cut", async ({ store, samples }) => {
      const small = samples.document({ body: { text: "x".repeat(ROW_BYTES_MAX / 2) } });
      await store.append(samples.batch([{ put: small }]));
      const found = await store.get({ table: "document", kind: "subject", id: small.id });
      equal(found, small);
      const large = samples.document({ body: { text: "x".repeat(ROW_BYTES_MAX) } });
      await rejectsWith("limit-exceeded", store.append(samples.batch([{ put: large }])));
      equal(await store.size(), 2);
    }),
    rule("bytes that are not base64url are refused, not repaired", async ({ store, samples }) => {
      const record = samples.record();
      const payload = { ...samples.payload(record.id), sealed: "not base64url!" };
      const writes = [{ put: record }, { put: payload }];
      const error = await rejectsWith("option-invalid", store.append(samples.batch(writes)));
      check(!error.message.includes("not base64url!"), "the refused value is not in the message");
      equal(await store.size(), 1);
    }),
  ];
}

/** Identity, durability, scrubbing and the end. */
import { parseId } from "../../lib/id.js";
import type { ScrubProgress } from "../../ports/store.js";
import type { ContractRule } from "../contract.js";
import { check, collected, equal, rejectsWith } from "../expectation.js";
import { type OpenStore, rulesOver } from "./rule.js";

export function lifeRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("a store has an id of its own", async ({ store }) => {
      check(parseId("store", store.identity.id) !== undefined, "a well-formed store id");
      check(Number.isInteger(store.identity.schema) && store.identity.schema >= 1, "a schema");
      const other = await open();
      try {
        check(other.store.identity.id !== store.identity.id, "two stores, two ids");
      } finally {
        await other.dispose();
      }
    }),
    rule("scrubbing keeps every row, every ordinal and the ledger", async (trial) => {
      const { store, samples } = trial;
      const records = Array.from({ length: 50 }, () => samples.record());
      const payloads = records.map(({ id }) => samples.payload(id));
      const members = [samples.member("s", 1), samples.edge("a", "b"), samples.document()];
      const puts = [...records, ...payloads, ...members];
      await store.append(samples.batch(puts.map((put) => ({ put }))));
      const erased = payloads.slice(0, 25).map(({ record, category }) => ({
        erase: { table: "payload", record, category } as const,
      }));
      await store.append(samples.batch(erased));
      const rows = await collected(store.everything());
      const entries = await collected(store.entries(0));
      for (let round = 0; round < 2; round += 1) {
        const told: ScrubProgress[] = [];
        const progress = (part: ScrubProgress) => void told.push(part);
        const { level, lookedAt, notLookedAt } = await store.scrub({ progress });
        equal(level, "rewritten");
        check(told.length > 0 && told.length === told.at(-1)?.of, "each part is told once");
        check(
          told.every((part) => part.level === level),
          "and with the level it reached",
        );
        check(lookedAt.length > 0 && notLookedAt.length > 0, "both lists say something");
        check(!lookedAt.some((name) => name.includes("/")), "names and no folders");
      }
      equal(await collected(store.everything()), rows);
      equal(await collected(store.entries(0)), entries);
    }),
    rule("what is appended before closing is committed first", async (trial) => {
      const { store, samples } = trial;
      const appended = store.append(samples.batch([]));
      await store.close();
      equal((await appended).seq, 1);
    }),
    rule("a closed store refuses every call, and closing again is nothing", async (trial) => {
      const { store, samples } = trial;
      await store.append(samples.batch([{ put: samples.record() }, { put: samples.record() }]));
      const begun = store.scan({ table: "record" })[Symbol.asyncIterator]();
      const everything = store.everything()[Symbol.asyncIterator]();
      equal((await begun.next()).done, false);
      equal((await everything.next()).done, false);
      await store.close();
      await store.close();
      await rejectsWith("store-closed", begun.next());
      await rejectsWith("store-closed", everything.next());
      await rejectsWith("store-closed", store.append(samples.batch([])));
      await rejectsWith("store-closed", store.get({ table: "record", id: "rec" }));
      await rejectsWith("store-closed", collected(store.scan({ table: "record" })));
      await rejectsWith("store-closed", collected(store.entries(0)));
      await rejectsWith("store-closed", store.size());
      await rejectsWith("store-closed", collected(store.everything()));
      await rejectsWith("store-closed", store.scrub());
    }),
  ];
}

/** For stores that outlive their process. */
export function durabilityRules(open: OpenStore): readonly ContractRule[] {
  const rule = rulesOver(open);
  return [
    rule("what was acknowledged is there after reopening", async ({ store, reopen, samples }) => {
      if (reopen === undefined) throw new Error("the store cannot be reopened, and says not why");
      const record = samples.record();
      const puts = [record, samples.payload(record.id), samples.document()];
      await store.append(samples.batch(puts.map((put) => ({ put }))));
      const [rows, entries] = [
        await collected(store.everything()),
        await collected(store.entries(0)),
      ];
      const { identity } = store;
      const again = await reopen();
      equal(again.identity, identity);
      equal(await collected(again.everything()), rows);
      equal(await collected(again.entries(0)), entries);
      const next = await again.append(samples.batch([{ put: samples.record() }]));
      equal(next.seq, 2);
      equal(Object.values(next.ordinals), [2]);
    }),
  ];
}

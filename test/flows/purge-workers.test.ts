import { expect, test } from "vitest";
import type { Step } from "../../src/core/purge.js";
import { createCustody } from "../../src/custody.js";
import { CustodyError } from "../../src/errors.js";
import type { Connector } from "../../src/ports/connector.js";
import type { Store } from "../../src/ports/store.js";
import { memoryConnector } from "../../src/testing/memory-connector.js";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

/** A deletion with a copy on a shelf that fails so many times. */
async function shelf(failures: number, own?: (store: Store) => Store) {
  const h = await house();
  const kid = await h.app.subjects.register();
  await h.agreed(kid, ["play"]);
  const record = await h.score(kid);
  const basis = (await h.store.get({ table: "record", id: record }))?.basis ?? "";
  const place = memoryConnector({ name: "shelf" });
  const pauses: number[] = [];
  let left = failures;
  const failing: Connector = {
    ...place,
    erase: async (ref, options) => {
      left -= 1;
      const details = { connector: "shelf", place: ref, reason: "unreachable" };
      if (left >= 0) throw new CustodyError("connector-failed", details);
      await place.erase(ref, options);
    },
  };
  const { policy, keyring, signer } = h;
  const app = await createCustody({
    ...{ policy, keyring, signer, store: own?.(h.store) ?? h.store, connectors: [failing] },
    now: () => h.clock.ms,
    pause: async (ms) => {
      pauses.push(ms);
    },
  });
  place.place("copy", new Uint8Array([1]));
  const places = [{ connector: "shelf", ref: "copy" }];
  await app.artifacts.derive({ name: "copy", relation: "copied", from: [record], places });
  const { id } = await app.purges.plan({ subject: kid });
  await app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
  const stepOf = async (connector: string): Promise<Step | undefined> => {
    for await (const row of h.store.scan({ table: "document", kind: "step", owner: id })) {
      const step = row.body as unknown as Step;
      if (step.item.connector === connector) return step;
    }
    return undefined;
  };
  return { app, id, pauses, stepOf, keyring, basis };
}

test("a place that is away for a moment is tried again after pauses that double", async () => {
  const { app, id, pauses, stepOf } = await shelf(2);
  expect((await app.purges.run(id)).state).toBe("complete");
  expect(pauses).toEqual([250, 500]);
  expect(await stepOf("shelf")).toMatchObject({ attempts: 3, progress: { state: "seen" } });
  expect(await stepOf("vault")).toMatchObject({ attempts: 1, progress: { state: "seen" } });
});

test("a place that stays away fails with its code, and the next run goes on counting", async () => {
  const { app, id, pauses, stepOf } = await shelf(4);
  const { state, open } = await app.purges.run(id, { workers: 4 });
  expect([state, open.map(({ code }) => code)]).toEqual(["incomplete", ["connector-failed"]]);
  expect(pauses).toEqual([250, 500, 1000]);
  expect((await stepOf("shelf"))?.attempts).toBe(4);
  expect((await app.purges.run(id)).state).toBe("complete");
  expect(pauses).toHaveLength(3);
  expect((await stepOf("shelf"))?.attempts).toBe(5);
});

test("what is erased after the scrub is scrubbed again, and its keys die with a later epoch", async () => {
  let busy = 4;
  const { app, id, stepOf, keyring, basis } = await shelf(0, (store) => ({
    ...store,
    identity: store.identity,
    append: async (batch) => {
      busy -= batch.event.type === "record-erased" ? 1 : 0;
      if (batch.event.type === "record-erased" && busy >= 0) {
        throw new CustodyError("store-busy", { waitedMs: 1 });
      }
      return store.append(batch);
    },
    get: (key) => store.get(key),
    scan: (query) => store.scan(query),
    scrub: () => store.scrub(),
  }));
  expect((await app.purges.run(id)).open).toMatchObject([{ code: "store-busy" }]);
  const before = await keyring.epoch();
  expect((await keyring.inspect(basis)).live).not.toEqual([]);
  expect((await app.purges.run(id)).state).toBe("complete");
  expect(await keyring.epoch()).toBe(before + 1);
  expect(await stepOf("vault")).toMatchObject({ progress: { level: "key-destroyed" } });
});

test.each([0, 17, 1.5])("%d workers are refused, sixteen are taken", async (workers) => {
  const { app, id } = await shelf(0);
  expect(await codeOf(app.purges.run(id, { workers }))).toBe("option-invalid");
  expect((await app.purges.run(id, { workers: 16 })).state).toBe("complete");
});

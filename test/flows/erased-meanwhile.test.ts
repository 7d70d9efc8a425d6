/** Somebody is erased between the reading of their row and the use of the key of their evidence. */
import { describe, expect, test } from "vitest";
import { createCustody } from "../../src/custody.js";
import type { Keyring } from "../../src/ports/keyring.js";
import { codeOf, policy, random, world } from "../world.js";

describe.each(["memory", "sqlite"] as const)("on %s", (store) => {
  async function house() {
    const w = await world({ store });
    const child = await w.born("2012-12-12");
    await w.agreed(child);
    await w.weigh(child);
    let before: (() => Promise<unknown>) | undefined;
    const keyring: Keyring = Object.assign(Object.create(w.keyring) as Keyring, {
      open: async (...asked: Parameters<Keyring["open"]>) => {
        const act = before;
        before = undefined;
        await act?.();
        return w.keyring.open(...asked);
      },
    });
    const slow = await createCustody({
      ...{ policy, store: w.store, keyring, signer: w.signer, verifiers: [w.form, w.mail] },
      now: () => w.clock.ms,
      random,
    });
    return {
      w,
      child,
      slow,
      atFirstKey: (act: () => Promise<unknown>) => {
        before = act;
      },
    };
  }

  test("a reader that was slower than the erasure is told what the row says now", async () => {
    const { w, child, slow, atFirstKey } = await house();
    const { id } = await w.app.purges.plan({ subject: child });
    await w.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
    atFirstKey(async () => expect(await w.app.purges.run(id)).toMatchObject({ state: "complete" }));
    expect(await slow.subjects.get(child)).toMatchObject({
      band: "unknown",
      records: { erased: 1 },
    });
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
    await w.dispose();
  });

  test("a key that is gone without an erasure is still a fault", async () => {
    const { w, child, slow, atFirstKey } = await house();
    atFirstKey(() => w.keyring.destroy(child));
    expect(await codeOf(slow.subjects.get(child))).toBe("key-destroyed");
    await w.dispose();
  });
});

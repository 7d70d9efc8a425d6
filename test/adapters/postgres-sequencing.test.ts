/**
 * The sequence of the ledger when the process that is giving it dies. Two real processes append;
 * one kills itself while it holds the head, the other one goes on.
 */
import { expect, test } from "vitest";
import { withServer } from "../postgres-server.js";
import { ended, lines, started } from "./children/spawned.js";
import { eventIds, newPostgresStore } from "./postgres-fixture.js";
import { verified } from "./sqlite-verified.js";

await withServer("on a real server", (server) => {
  test.each(["before", "sent", "answered"])(
    "a process killed while it holds the head (%s) leaves no gap, no double and no other order",
    async (when) => {
      const { store, schema, url } = await newPostgresStore(server);
      const steady = started("sequencer.mjs", url, schema, "never");
      const steadyEnd = ended(steady);
      const told: string[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        const dying = await ended(started("sequencer.mjs", url, schema, when));
        expect(dying.signal).toBe("SIGKILL");
        told.push(...dying.out.split("\n").slice(0, -1));
        // Whoever takes over is not held up by the dead: it is answered again.
        await lines(steady, 8);
      }
      steady.stdin.end();
      const { code, out } = await steadyEnd;
      expect(code).toBe(0);
      const steadily = out.split("\n").slice(0, -1);
      const ids = await eventIds(store);
      expect(ids).toHaveLength(await store.size());
      expect(new Set(ids).size).toBe(ids.length);
      for (const line of [...told, ...steadily]) {
        const [id, seq] = line.split(" ");
        expect(ids[Number(seq)]).toBe(id);
      }
      // Nobody but those who died may have written more than was acknowledged: one group each.
      const more = ids.length - 1 - told.length - steadily.length;
      if (when === "before") expect(more).toBe(0);
      else expect(more).toBeLessThanOrEqual(3 * 8);
      if (when === "answered") expect(more).toBeGreaterThan(0);
      expect((await verified(store)).size).toBe((ids.length - 1) * 3);
    },
  );
});

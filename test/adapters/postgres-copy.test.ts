import { describe, expect, test } from "vitest";
import {
  openPostgresStore,
  postgresCopySource,
  postgresCopyTarget,
} from "../../src/adapters/postgres/index.js";
import { advancedMarker, newCopyMarker } from "../../src/core/copy-marker.js";
import { utf8 } from "../../src/lib/bytes.js";
import { storeCopyContract } from "../../src/testing/store-copy-contract.js";
import { withServer } from "../postgres-server.js";
import { codeOf } from "../world.js";
import { newSchema } from "./postgres-fixture.js";

await withServer("the PostgreSQL end of a copy", (server) => {
  describe("keeps the contract", () => {
    const open = async () => {
      const place = { url: server.url(), schema: newSchema() };
      return {
        target: () => postgresCopyTarget(place),
        source: () => postgresCopySource(place),
        store: () => openPostgresStore(place),
        dispose: async () => {},
      };
    };
    for (const rule of storeCopyContract(open)) test(rule.name, rule.run);
  });

  test("the audit finds an event or a route that leads nowhere", async () => {
    const schema = newSchema();
    const target = await postgresCopyTarget({ url: server.url(), schema });
    const about = { store: "sto_0000000000000000000000000a", root: "00".repeat(32), size: 1 };
    const marker = newCopyMarker({ ...about, schema: target.schema });
    await target.begin(marker);
    const after = advancedMarker(marker, "ledger", 1, [0]);
    await target.write(marker, after, "ledger", [{ seq: 0, id: "evt_1", bytes: utf8("{}") }]);
    await target.audit();
    for (const [break_, mend] of [
      ["UPDATE event SET seq = 1", "UPDATE event SET seq = 0"],
      ["UPDATE event SET bucket = 'evt_2'", "UPDATE event SET bucket = 'evt_1'"],
      ["INSERT INTO route VALUES ('rec_1', 'record', 'rec_1', 'sub_1', 1)", "DELETE FROM route"],
    ]) {
      await server.run(`SET search_path = ${schema}; ${break_}`);
      expect(await codeOf(target.audit()), break_).toBe("copy-damaged");
      await server.run(`SET search_path = ${schema}; ${mend}`);
      await target.audit();
    }
    await target.close();
  });
});

import pg from "pg";
import { afterAll, describe, test } from "vitest";
import {
  createPostgresStore,
  distributePostgres,
  openPostgresStore,
} from "../../src/adapters/postgres/index.js";
import { hex } from "../../src/lib/bytes.js";
import { storeContract } from "../../src/testing/store-contract.js";
import { withServer } from "../postgres-server.js";
import { newPool } from "./postgres-fixture.js";
import { clock } from "./sqlite-fixture.js";

const CLIENTS = 12;

/** Every rule on a pool; every rule again on a lone client, which serves one call at a time. */
await withServer("on a real server", (server) => {
  const pool = newPool(server, CLIENTS);
  afterAll(() => pool.end());
  const plain = { pool };
  describe("over a pool", () => examine(() => plain));

  const client = new pg.Client({ connectionString: server.url() });
  client.on("error", () => {});
  const connected = client.connect();
  afterAll(async () => {
    await connected;
    await client.end();
  });
  const lone = { client };
  describe("over a lone client", () => examine(() => lone));

  describe("over a URL, with several queries on their way at once", () =>
    examine(() => ({ url: server.url() })));
});

const citus = process.env.CUSTODY_TEST_CITUS_URL;

/** A cluster is not started here: it is used where there is one. */
describe.skipIf(citus === undefined)("on Citus (CUSTODY_TEST_CITUS_URL)", () => {
  const url = citus ?? "";
  const distributed = async (schema: string) => distributePostgres({ url, schema });
  examine(() => ({ url }), distributed);
});

type Where = { pool: pg.Pool } | { client: pg.Client } | { url: string };

/** A schema for each store: no rule sees what another left. */
function examine(where: () => Where, prepare?: (schema: string) => Promise<void>): void {
  const rules = storeContract(async () => {
    const schema = `custody_${hex(clock.random(8))}`;
    const place = { ...where(), schema };
    let store = await createPostgresStore({ ...place, ...clock });
    if (prepare !== undefined) {
      await store.close();
      await prepare(schema);
      store = await openPostgresStore(place);
    }
    let current = store;
    const reopen = async () => {
      await current.close();
      current = await openPostgresStore(place);
      return current;
    };
    return { store, reopen, dispose: () => current.close() };
  });
  for (const rule of rules) test(rule.name, rule.run);
}

/** The whole corpus once more, on a real PostgreSQL: one server, a schema for each file. */
import { expect, test } from "vitest";
import { withServer } from "../postgres-server.js";
import { playedOn } from "./corpus-files.js";

await withServer("the corpus on PostgreSQL goes as it says", (server) => {
  playedOn(() => ({ postgres: server.url() }));

  test("no schema is left behind", async () => {
    const sought = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'custody%'";
    expect((await server.run(sought)).rows).toEqual([]);
  });
});

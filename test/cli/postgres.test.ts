/** The program over a store on a server: the same commands, through the same seam. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { newSchema } from "../adapters/postgres-fixture.js";
import { withServer } from "../postgres-server.js";
import { custody, json, temporary, within } from "./house.js";

await withServer("the program", (server) => {
  const { username, password } = new URL(server.url());
  const bare = (schema: string) =>
    `postgres://${username}@127.0.0.1:${server.port}/postgres?schema=${schema}`;
  const before = process.env.PGPASSWORD;
  process.env.PGPASSWORD = password;
  afterAll(() => {
    if (before === undefined) delete process.env.PGPASSWORD;
    else process.env.PGPASSWORD = before;
  });

  const house = (): string => {
    const folder = temporary();
    const run = custody(folder, "init", "--store", bare(newSchema()));
    expect(run.err).toBe("");
    expect(run.code).toBe(0);
    return folder;
  };

  test("init makes the store on the server, and every command finds it there", async () => {
    const folder = house();
    const config = JSON.parse(readFileSync(join(folder, "custody.json"), "utf8"));
    expect(config.store).toMatch(/^postgres:\/\//);
    expect(JSON.stringify(config)).not.toContain(password);
    const status = json(await within(folder, "status", "--json"));
    expect(status).toMatchObject({ schema: 1, ledger: { size: 1, checkpointed: 0 } });
    expect(status.bytes).not.toHaveProperty("store");
    expect((await within(folder, "ledger", "checkpoint")).code).toBe(0);
    expect((await within(folder, "ledger", "verify")).code).toBe(0);
    expect((await within(folder, "order", "due")).code).toBe(0);
    const nobody = "sub_01jd0000000000000000000000";
    for (const command of [
      ["subject", "show", nobody],
      ["trace", nobody],
    ]) {
      const run = await within(folder, ...command, "--json");
      expect(json(run)).toMatchObject({ error: { code: "not-found" } });
    }
    const again = custody(folder, "init", "--store", config.store);
    expect(again.code).toBe(2);
  });

  test("doctor looks at the server instead of a file, and says that fsync is off", async () => {
    const run = await within(house(), "doctor", "--json");
    expect(run.code).toBe(1);
    const { checks } = json(run) as { checks: { name: string; state: string; detail: string }[] };
    const of = (name: string) => checks.find((check) => check.name === name);
    expect(of("server")).toMatchObject({ state: "finding" });
    expect(of("server")?.detail).toContain("fsync is off");
    expect(of("store")).toMatchObject({ state: "ok" });
    expect(of("journal")).toBeUndefined();
    expect(checks.filter(({ state }) => state === "could-not-look")).toEqual([]);
  });

  test("migrate takes a place of its own, says what is pending, and spreads only a cluster", async () => {
    const folder = house();
    const { store } = JSON.parse(readFileSync(join(folder, "custody.json"), "utf8"));
    const nowhere = temporary();
    for (const rest of [["--dry-run"], []]) {
      const run = await within(nowhere, "migrate", "--store", store, "--json", ...rest);
      expect(json(run)).toEqual({ applied: [], pending: [] });
    }
    const spread = await within(folder, "migrate", "--distribute", "--json");
    expect(spread.code).toBe(3);
    expect(json(spread)).toMatchObject({ error: { code: "extension-missing" } });
    const both = await within(folder, "migrate", "--distribute", "--dry-run");
    expect(both.code).toBe(2);
    const missing = await within(nowhere, "migrate", "--store", bare("nowhere"), "--json");
    expect(missing.code).toBe(3);
    expect(json(missing)).toMatchObject({ error: { code: "store-missing" } });
  });

  test("a password is refused in a configuration, and told by nobody", async () => {
    const folder = house();
    const place = join(folder, "custody.json");
    const config = JSON.parse(readFileSync(place, "utf8"));
    const secret = "planted-secret-8d1f";
    const url = config.store.replace("postgres@", `postgres:${secret}@`);
    writeFileSync(place, JSON.stringify({ ...config, store: url }));
    for (const run of [
      await within(folder, "status", "--json"),
      await within(folder, "init", "--dir", "other", "--store", url, "--json"),
      await within(folder, "migrate", "--store", url, "--json"),
    ]) {
      expect(run.code).not.toBe(0);
      expect(run.out + run.err).not.toContain(secret);
    }
    expect(json(await within(folder, "status", "--json"))).toMatchObject({
      error: { code: "config-invalid", details: { path: "store" } },
    });
    const denied = await within(folder, "migrate", "--store", url, "--json");
    expect(json(denied)).toMatchObject({ error: { code: "store-denied" } });
  });

  test("replay plays on the server that is named, and on none that is not", async () => {
    const folder = temporary();
    await within(folder, "replay", "--new", "first-try");
    const args = ["replay", "first-try.yaml", "--store", "postgres"];
    const unnamed = await within(folder, ...args, "--json");
    expect(unnamed.code).toBe(2);
    expect(json(unnamed)).toMatchObject({ error: { details: { path: "--store-url" } } });
    expect((await within(folder, ...args, "--store-url", "mysql://x/y")).code).toBe(2);
    const named = await within(folder, ...args, "--store-url", server.url());
    expect(named).toMatchObject({ code: 0, err: "" });
    process.env.CUSTODY_POSTGRES_URL = server.url();
    try {
      expect(custody(folder, ...args)).toMatchObject({ code: 0, err: "" });
    } finally {
      delete process.env.CUSTODY_POSTGRES_URL;
    }
    const { rows } = await server.run(
      "SELECT 1 FROM pg_namespace WHERE nspname LIKE 'custody_replay%'",
    );
    expect(rows).toEqual([]);
  });
});

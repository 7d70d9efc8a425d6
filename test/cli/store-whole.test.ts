/** `custody store`: a house's store carried to a server and back, and scrubbed. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { newSchema } from "../adapters/postgres-fixture.js";
import { withServer } from "../postgres-server.js";
import { custody, emptyHouse, fullHouse, json, temporary, within } from "./house.js";

test("a copy to a file is compared, is told from its source, and is refused a second time", async () => {
  const house = await fullHouse();
  const dry = await within(house.folder, "store", "copy", "--to", "sqlite:two.db", "--dry-run");
  expect(dry).toMatchObject({ code: 0, err: "" });
  expect(dry.out).toContain("Nothing was changed.");
  expect(existsSync(join(house.folder, "two.db"))).toBe(false);
  const from = ["--from", "sqlite:custody.db"];
  const copied = custody(house.folder, "store", "copy", ...from, "--to", "two.db", "--json");
  expect(copied).toMatchObject({ code: 0, err: "" });
  expect(json(copied)).toMatchObject({ resumed: false, rows: { record: 1 } });
  const same = await within(house.folder, "store", "compare", "--to", "two.db", "--json");
  expect(json(same)).toMatchObject({ rows: { record: 1 }, root: json(copied).root });
  const again = await within(house.folder, "store", "copy", "--to", "two.db", "--json");
  expect(again.code).toBe(2);
  expect(json(again)).toMatchObject({ error: { code: "store-exists" } });
  expect((await within(house.folder, "ledger", "checkpoint")).code).toBe(0);
  const differ = await within(house.folder, "store", "compare", "--to", "two.db", "--json");
  expect(differ.code).toBe(1);
  expect(json(differ)).toMatchObject({ error: { code: "copy-damaged" } });
  const other = emptyHouse();
  const foreign = ["store", "compare", "--to", join(other, "custody.db"), "--json"];
  expect((await within(house.folder, ...foreign)).code).toBe(2);
  expect((await within(house.folder, "store", "copy")).code).toBe(2);
});

test("purge scrub is store scrub, by its other name", async () => {
  const folder = emptyHouse();
  const both = async (...args: readonly string[]) =>
    Promise.all(["purge", "store"].map((noun) => within(folder, noun, "scrub", ...args)));
  const [purge, store] = await both("--help");
  expect(purge?.out).toContain("`custody store scrub` and `custody purge scrub` are one command.");
  const renamed = store?.out.replaceAll(/custody store scrub (?=[-[])/g, "custody purge scrub ");
  expect(purge?.out).toBe(renamed);
  expect(purge?.out).not.toBe(store?.out);
  const [dry, same] = await both("--dry-run", "--json");
  expect(dry).toEqual(same);
  const run = await within(folder, "purge", "scrub", "--json");
  expect(run.code).toBe(0);
  expect(json(run)).toMatchObject({ level: "rewritten" });
});

test("a scrub of a file says what it takes before it begins, and what it reached", async () => {
  const folder = emptyHouse();
  const size = async () => {
    const store = await openSqliteStore({ path: join(folder, "custody.db") });
    const found = await store.size();
    await store.close();
    return found;
  };
  const before = await size();
  const dry = await within(folder, "store", "scrub", "--dry-run", "--json");
  expect(json(dry)).toMatchObject({ dryRun: true, parts: [{ name: "custody.db" }, {}] });
  expect(await size()).toBe(before);
  const run = await within(folder, "store", "scrub", "--wait", "1");
  expect(run.code).toBe(0);
  expect(run.err).toContain("locked out while the file is copied");
  expect(run.out).toContain("level  rewritten");
  expect(run.out).toContain("free blocks");
  expect(await size()).toBe(before + 1);
  expect((await within(folder, "ledger", "verify")).code).toBe(0);
  for (const wait of ["61", "0", "x"]) {
    expect((await within(folder, "store", "scrub", "--wait", wait)).code, wait).toBe(2);
  }
});

await withServer("the program's whole store", (server) => {
  const { username, password } = new URL(server.url());
  const bare = (schema: string) =>
    `postgres://${username}@127.0.0.1:${server.port}/postgres?schema=${schema}`;
  const before = process.env.PGPASSWORD;
  process.env.PGPASSWORD = password;
  afterAll(() => {
    if (before === undefined) delete process.env.PGPASSWORD;
    else process.env.PGPASSWORD = before;
  });

  test("a house moves to a server: its commands go on there, and a scrub names table and lock", async () => {
    const house = await fullHouse();
    const to = bare(newSchema());
    const copied = custody(house.folder, "store", "copy", "--to", to, "--progress");
    expect(copied.code).toBe(0);
    expect(copied.out + copied.err).not.toContain(password);
    const place = join(house.folder, "custody.json");
    const config = JSON.parse(readFileSync(place, "utf8"));
    writeFileSync(place, JSON.stringify({ ...config, store: to }));
    expect((await within(house.folder, "ledger", "verify")).code).toBe(0);
    expect((await within(house.folder, "trace", house.subject)).out).toContain(house.dataset);
    const dry = await within(house.folder, "store", "scrub", "--dry-run");
    expect(dry.out).toContain("ACCESS EXCLUSIVE");
    expect(dry.out).toContain("logical replicas");
    const scrubbed = await within(house.folder, "store", "scrub", "--progress", "--json");
    expect(json(scrubbed)).toMatchObject({ level: "rewritten" });
    expect((json(scrubbed).parts as { level: string }[]).map(({ level }) => level)).toEqual(
      Array.from({ length: 6 }, () => "rewritten"),
    );
    expect(scrubbed.err).toContain("6/6");
    const back = await within(temporary(), "store", "copy", "--from", to, "--to", "b.db", "--json");
    expect(back.code).toBe(0);
  });

  test("a table that somebody holds is logical, and the exit code says that it is a finding", async () => {
    const house = await fullHouse();
    const schema = newSchema();
    expect((await within(house.folder, "store", "copy", "--to", bare(schema))).code).toBe(0);
    const { default: pg } = await import("pg");
    const holder = new pg.Client({ connectionString: server.url() });
    await holder.connect();
    await holder.query(`BEGIN; LOCK TABLE ${schema}.payload IN ACCESS SHARE MODE`);
    const args = ["store", "scrub", "--store", bare(schema), "--wait", "1", "--json"];
    const run = await within(house.folder, ...args);
    await holder.query("ROLLBACK");
    await holder.end();
    expect(run.code).toBe(1);
    const { level, parts } = json(run) as { level: string; parts: { level: string }[] };
    expect(level).toBe("logical");
    expect(parts.filter((part) => part.level === "logical")).toMatchObject([
      { name: `${schema}.payload` },
    ]);
  });
});

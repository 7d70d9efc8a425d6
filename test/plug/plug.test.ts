/** The short form: a few hundred acts, a few kills. The long one is test/torture/*-plug.torture.ts. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { withServer } from "../postgres-server.js";
import { examined, type PlugOutcome, pullPostgres, pullSqlite, told } from "./run.js";

const SHORT = { operations: 300, kills: 3, clients: 2, workers: 4 };
const seed = Number(process.env.CUSTODY_PLUG_SEED ?? 4);

function requireSound(store: string, outcome: PlugOutcome): void {
  const { book, lost, half, resumed } = outcome;
  console.log(told(store, outcome));
  expect(book.wrong).toEqual([]);
  expect(lost).toEqual([]);
  expect(half).toEqual([]);
  expect(resumed[1]).toBe(resumed[0]);
}

describe("pulling the plug of SQLite's processes", () => {
  test("loses no acknowledged write and leaves no half write, and finds both where they are", async () => {
    const outcome = await pullSqlite({ ...SHORT, seed });
    requireSound("sqlite", outcome);
    await requireFinding(outcome);
    outcome.dispose();
  });
});

/** The negative twin: what is taken away by hand, or acknowledged and never written, is found. */
async function requireFinding({ place, book }: PlugOutcome): Promise<void> {
  book.add("nobody", { is: "try", n: 1, op: "register", about: {} });
  book.add("nobody", { is: "did", n: 1, did: { subject: "sub_01jd0000000000000000000000" } });
  book.add("nobody", { is: "append", event: "evt_01jd0000000000000000000000", seq: 7 });
  const db = new Database(join(place.folder, "custody.db"));
  const sought = "SELECT id, ordinal FROM record WHERE collection = 'intake' AND erased_at = ''";
  const { id: record, ordinal } = db.prepare(sought).get() as { id: string; ordinal: number };
  expect(db.prepare("DELETE FROM payload WHERE record = ?").run(ordinal).changes).toBe(2);
  db.close();
  const { lost, half } = await examined(place, book);
  expect(lost).toContain("event evt_01jd0000000000000000000000 at 7");
  expect(lost.some((what) => what.startsWith("subject sub_01jd"))).toBe(true);
  expect(half).toContain(`record ${record} has 0 payloads of 2`);
  expect(half).toContain(`row payload/${record}/health is missing`);
}

await withServer(
  "pulling the plug of the server",
  (server) => {
    test("loses no acknowledged write and leaves no half write", async () => {
      const outcome = await pullPostgres(server, { ...SHORT, seed });
      requireSound("postgres", outcome);
      outcome.dispose();
    });
  },
  { durable: true },
);

/** The short form: a few hundred acts, a few kills. The long one is test/torture/*-plug.torture.ts. */
import { describe, expect, test } from "vitest";
import { withServer } from "../postgres-server.js";
import { type PlugOutcome, pullPostgres, pullSqlite, told } from "./run.js";

const SHORT = { operations: 400, kills: 3, clients: 2, workers: 4 };
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
  test("loses no acknowledged write and leaves no half write", async () => {
    const outcome = await pullSqlite({ ...SHORT, seed });
    requireSound("sqlite", outcome);
    outcome.dispose();
  });
});

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

/** Ten thousand mixed acts by several processes on one file, which are killed again and again. */
import { expect, test } from "vitest";
import { pullSqlite, told } from "../plug/run.js";
import { done } from "./tally.js";

const LONG = { operations: 10_000, kills: 40, clients: 3, workers: 6 };

test("pulling the plug of SQLite's processes loses nothing and leaves no half write", async () => {
  const seed = Number(process.env.CUSTODY_PLUG_SEED ?? Date.now() % 1_000_000);
  const outcome = await pullSqlite({ ...LONG, seed });
  console.log(`${told("sqlite", outcome)}; seed ${seed}`);
  expect(outcome.book.wrong).toEqual([]);
  expect([outcome.lost, outcome.half]).toEqual([[], []]);
  expect(outcome.resumed[1]).toBe(outcome.resumed[0]);
  outcome.dispose();
  done("sqlite-plug", outcome.book.operations);
});

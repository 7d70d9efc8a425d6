/** Ten thousand mixed acts while the server is killed under them, with fsync on. */
import { expect, test } from "vitest";
import { pullPostgres, told } from "../plug/run.js";
import { withServer } from "../postgres-server.js";
import { done } from "./tally.js";

const LONG = { operations: 10_000, kills: 40, clients: 4, workers: 6 };

await withServer(
  "pulling the plug of the server",
  (server) => {
    test("loses no acknowledged write and leaves no half write", async () => {
      const seed = Number(process.env.CUSTODY_PLUG_SEED ?? Date.now() % 1_000_000);
      const outcome = await pullPostgres(server, { ...LONG, seed });
      console.log(`${told("postgres", outcome)}; seed ${seed}`);
      expect(outcome.book.wrong).toEqual([]);
      expect([outcome.lost, outcome.half]).toEqual([[], []]);
      expect(outcome.resumed[1]).toBe(outcome.resumed[0]);
      outcome.dispose();
      done("postgres-plug", outcome.book.operations);
    });
  },
  { durable: true },
);

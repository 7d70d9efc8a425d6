/** `custody migrate`: brings the store's tables up to this version of the program. */
import type { Command } from "commander";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import type { Answer } from "../output.js";

export function addMigrate(program: Command, bind: Bind): void {
  const migrate = program
    .command("migrate")
    .description("apply the migrations that the store lacks")
    .option("--dry-run", "say what is pending and apply nothing");
  addNotes(migrate, {
    examples: ["migrate --dry-run", "migrate"],
    notes: ["A migration that was edited after it was applied stops the program."],
  });
  bind(migrate, act);
}

async function act(call: Call): Promise<Answer> {
  const { migrateSqlite } = await import("../../adapters/sqlite/index.js");
  const dryRun = call.flag("dryRun");
  const { applied, pending } = await migrateSqlite({ path: call.config().store, dryRun });
  const lines = [
    ...applied.map((name) => `applied  ${name}`),
    ...pending.map((name) => `pending  ${name}`),
  ];
  const text = lines.length === 0 ? "The store is up to date." : lines.join("\n");
  return { json: { applied, pending }, text };
}

/** `custody migrate`: brings the store's tables up to this version of the program. */
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import type { Answer } from "../output.js";
import { distributeStoreAt, migrateStoreAt, resolvedPlace } from "../store-place.js";

export function addMigrate(program: Command, bind: Bind): void {
  const migrate = program
    .command("migrate")
    .description("apply the migrations that the store lacks")
    .option("--dry-run", "say what is pending and apply nothing")
    .option("--store <place>", "a file or postgres://… instead of the configuration's store")
    .option("--distribute", "spread a PostgreSQL store over a Citus cluster, once");
  addNotes(migrate, {
    examples: [
      "migrate --dry-run",
      "migrate",
      "migrate --store postgres://db.example/app --dry-run",
    ],
    notes: [
      "A migration that was edited after it was applied stops the program.",
      "The schema of a URL is ?schema=…, or custody; the password is read from PGPASSWORD.",
    ],
  });
  bind(migrate, act);
}

async function act(call: Call): Promise<Answer> {
  const dryRun = call.flag("dryRun");
  const distribute = call.flag("distribute");
  if (dryRun && distribute) {
    const reason = "it is not with --dry-run";
    throw new CustodyError("option-invalid", { path: "--distribute", reason });
  }
  const given = call.option("store");
  const place =
    given === undefined ? call.config().store : resolvedPlace(call.terminal.folder, given);
  const { applied, pending } = await migrateStoreAt(place, dryRun);
  if (distribute) await distributeStoreAt(place);
  const lines = [
    ...applied.map((name) => `applied  ${name}`),
    ...pending.map((name) => `pending  ${name}`),
    ...(distribute ? ["The tables are spread over the cluster."] : []),
  ];
  const text = lines.length === 0 ? "The store is up to date." : lines.join("\n");
  return { json: { applied, pending, ...(distribute ? { distributed: true } : {}) }, text };
}

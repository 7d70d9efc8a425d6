/** `custody keyring`: a keyring for many machines, in a schema and under a role of its own. */
import type { Command } from "commander";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { createKeyringAt, PIN_VARIABLE } from "../keyring-place.js";
import { type Answer, pairs } from "../output.js";
import { openStoreAt } from "../store-place.js";

export function addKeyring(program: Command, bind: Bind): void {
  const keyring = program.command("keyring").description("a keyring on PostgreSQL");
  addNotes(keyring, { examples: ["keyring setup | psql postgres://admin@keys.example/keys"] });
  const setup = keyring
    .command("setup")
    .description("print the SQL that an administrator runs once: a role and a schema of its own")
    .option("--schema <name>", "the schema", "custody_keys")
    .option("--role <name>", "the role", "custody_keys");
  addNotes(setup, {
    examples: ["keyring setup", "keyring setup --schema eu_keys --role eu_keys"],
    notes: [
      "Nothing is done: an administrator reads the SQL and runs it once.",
      "Best in a database of its own. A role that can also read the data store is refused.",
    ],
  });
  bind(setup, actSetup);
  const create = keyring
    .command("create")
    .description("make the keyring and the wrapping key that the configuration names");
  addNotes(create, {
    examples: ["keyring create"],
    notes: [
      'In the configuration `keyring` is postgres://… and `epoch` a file, or {"pkcs11":',
      `{"library": "…", "token": "…", "key": "…"}}; the PIN is read from ${PIN_VARIABLE}.`,
      "The keyring is for the configuration's store, and new: what another keyring sealed it",
      "does not open. Nothing is overwritten.",
    ],
  });
  bind(create, actCreate);
}

async function actSetup(call: Call): Promise<Answer> {
  const given = { schema: call.option("schema") ?? "", role: call.option("role") ?? "" };
  const { keyringPostgresSetup } = await import("../../adapters/keyring-postgres.js");
  const sql = keyringPostgresSetup(given);
  return { json: { ...given, sql }, text: sql.trimEnd() };
}

async function actCreate(call: Call): Promise<Answer> {
  const config = call.config();
  const store = await openStoreAt(config.store);
  const storeId = store.identity.id;
  await store.close();
  const keyring = await createKeyringAt(config, storeId, call.terminal);
  try {
    const json = { store: storeId, epoch: await keyring.epoch() };
    const rows = [["store", json.store] as const, ["epoch", String(json.epoch)] as const];
    return { json, text: pairs(rows) };
  } finally {
    await keyring.close();
  }
}

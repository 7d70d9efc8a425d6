/** `custody purge replay`: an old copy of the store came back, and is without the purged again. */
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import { replayJournal } from "../../flows/replay.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, pairs } from "../output.js";

export function addPurgeReplay(purge: Command, bind: Bind): void {
  const replay = purge
    .command("replay")
    .description("after a restored backup: erase and decide again what the journal says");
  addNotes(replay, {
    examples: ["purge replay --progress"],
    notes: [
      "Needs `journal` in the configuration. Every other command refuses a store that is older",
      "than its journal (store-behind) until this one has run. One that is level is not changed.",
      "Values that came in after the backup are lost; that they had been there is not.",
    ],
  });
  bind(replay, act);
}

async function act(call: Call): Promise<Answer> {
  const done = await call.inStore((context) => {
    const { journal } = context;
    if (journal === undefined) throw new CustodyError("journal-missing", { place: "journal" });
    return replayJournal(context, journal);
  }, "replayed");
  const text = pairs([
    ["rows brought up to date", String(done.rows)],
    ["records erased again", String(done.erased)],
    ["records lost since the backup", String(done.lost)],
  ]);
  return { json: done, text };
}

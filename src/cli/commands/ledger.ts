/** `custody ledger`: the log of every step, signed and derived again. */
import type { Command } from "commander";
import { checkpoint, verifyLedger } from "../../flows/ledger.js";
import type { Bind, Call } from "../call.js";
import { EXIT_FINDING } from "../exit-code.js";
import { addNotes } from "../help.js";
import { type Answer, pairs } from "../output.js";

export function addLedger(program: Command, bind: Bind): void {
  const ledger = program.command("ledger").description("the log of every step");
  addNotes(ledger, { examples: ["ledger checkpoint", "ledger verify"] });
  const sign = ledger
    .command("checkpoint")
    .description("sign the ledger as it is, and print the note");
  addNotes(sign, {
    examples: ["ledger checkpoint > 2026-11-25.note"],
    notes: [
      "Keep notes where the operator of the store cannot change them: a rollback shows there.",
    ],
  });
  bind(sign, actCheckpoint);
  const verify = ledger
    .command("verify")
    .description("derive the ledger again from its rows, and compare");
  addNotes(verify, {
    examples: ["ledger verify"],
    finding: "it does not fit; the first sequence that does not is named",
    notes: ["Without a checkpoint kept elsewhere a rollback of the whole file cannot be seen."],
  });
  bind(verify, actVerify);
}

async function actCheckpoint(call: Call): Promise<Answer> {
  const note = await call.inStore((context) => checkpoint(context));
  return { json: { note }, text: note.replace(/\n$/, "") };
}

async function actVerify(call: Call): Promise<Answer> {
  const verdict = await call.inStore((context, tell) =>
    verifyLedger(context, { progress: (far) => tell({ step: "verify ledger", id: "", ...far }) }),
  );
  if (!verdict.ok) {
    const { seq, reason } = verdict;
    const text = `The ledger does not fit from sequence ${seq}: ${reason}.`;
    return { json: verdict, text, exit: EXIT_FINDING };
  }
  const text = [
    "The ledger fits: every entry, every row and every checkpoint was looked at.",
    pairs([
      ["entries", String(verdict.size)],
      ["root", verdict.root],
      ["checkpoints verified", String(verdict.notes)],
    ]),
    "No witness co-signed: an older copy of the whole file, put back, would not be found out.",
  ].join("\n");
  return { json: verdict, text };
}

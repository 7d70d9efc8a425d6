/** `custody doctor`: is everything as it must be, and could everything be looked at? */
import type { Command } from "commander";
import type { Bind, Call } from "../call.js";
import type { Check } from "../check.js";
import { EXIT_COULD_NOT_LOOK, EXIT_FINDING, EXIT_OK, type ExitCode } from "../exit-code.js";
import { addNotes } from "../help.js";
import { type Answer, table } from "../output.js";
import { progressLine } from "../progress.js";

export function addDoctor(program: Command, bind: Bind): void {
  const doctor = program.command("doctor").description("look at everything that must hold");
  addNotes(doctor, {
    examples: ["doctor", "doctor --json"],
    finding: "something is wrong",
    notes: [
      "Looks at: permissions, the store and its journal or server, keyring, signing key, ledger,",
      "checkpoint, consent requests past their day, and every place where bytes are said to lie.",
      "Each is ok, a finding, or could not be looked at; a finding outweighs the last.",
    ],
  });
  bind(doctor, act);
}

async function act(call: Call): Promise<Answer> {
  const config = call.config();
  const line = progressLine(call.terminal, call.flag("progress"));
  const { examine } = await import("../examination.js");
  try {
    const checks = await examine({ config, terminal: call.terminal, tell: line.tell });
    const rows = checks.map(({ name, state, detail }) => [name, state, detail]);
    return { json: { checks }, text: table(["check", "state", ""], rows), exit: exitOf(checks) };
  } finally {
    line.end();
  }
}

function exitOf(checks: readonly Check[]): ExitCode {
  const states = checks.map(({ state }) => state);
  if (states.includes("finding")) return EXIT_FINDING;
  return states.includes("could-not-look") ? EXIT_COULD_NOT_LOOK : EXIT_OK;
}

/**
 * The whole command line: its nouns, its global options, and what becomes of an answer or an error.
 */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { CustodyError } from "../errors.js";
import { type Bind, callOf } from "./call.js";
import { addAttestation } from "./commands/attestation.js";
import { addCertificate } from "./commands/certificate.js";
import { addDataset } from "./commands/dataset.js";
import { addDoctor } from "./commands/doctor.js";
import { addExplain } from "./commands/explain.js";
import { addInit } from "./commands/init.js";
import { addKey } from "./commands/key.js";
import { addKeyring } from "./commands/keyring.js";
import { addLedger } from "./commands/ledger.js";
import { addMigrate } from "./commands/migrate.js";
import { addModel } from "./commands/model.js";
import { addOrder } from "./commands/order.js";
import { addPolicy } from "./commands/policy.js";
import { addPurge } from "./commands/purge.js";
import { addReceipt } from "./commands/receipt.js";
import { addReplay } from "./commands/replay.js";
import { addStatus } from "./commands/status.js";
import { addStore } from "./commands/store.js";
import { addSubject } from "./commands/subject.js";
import { addTrace } from "./commands/trace.js";
import { CONFIG_NAME } from "./config.js";
import { EXIT_OK, EXIT_USAGE, type ExitCode, exitCodeOf } from "./exit-code.js";
import { addNotes } from "./help.js";
import { type Answer, asCustodyError, writeAnswer, writeError } from "./output.js";
import type { Terminal } from "./terminal.js";

/** The nouns as the help lists them: the place first, then the way of the data through it. */
const GROUPS: readonly (readonly [string, readonly ((to: Command, bind: Bind) => void)[]])[] = [
  ["The place", [addInit, addMigrate, addStore, addKeyring, addStatus, addDoctor]],
  ["Collecting", [addPolicy, addSubject, addExplain, addReceipt]],
  ["What is made of it", [addDataset, addModel, addTrace]],
  ["Deleting", [addOrder, addPurge]],
  ["Showing and checking", [addCertificate, addAttestation, addLedger, addKey]],
  ["Trying it out", [addReplay]],
];

/**
 * Runs one command line (without the program's own name) and says how it ended. It never throws.
 */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const json = asksForJson(argv);
  const answers: Answer[] = [];
  const program = createProgram(terminal, json, (answer) => answers.push(answer));
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    return endOf(error, terminal, json);
  }
  for (const answer of answers) writeAnswer(terminal, answer, json);
  return answers[0]?.exit ?? EXIT_OK;
}

/** Known before the line is parsed, since an error of parsing must be told the right way too. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes("--json");
}

function createProgram(
  terminal: Terminal,
  json: boolean,
  answered: (answer: Answer) => void,
): Command {
  const program = new Command("custody")
    .description("Consent-gated collection, provenance, and deletion through to the models.")
    .version(versionOf(), "--version", "print the version")
    .option("--config <file>", "the configuration to use; no other is looked for", CONFIG_NAME)
    .option("--json", "print one JSON object, errors included")
    .option("--progress", "print progress lines even when nobody watches")
    .helpCommand("help [command]", "print the help of a command")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: terminal.out,
      writeErr: (text) => {
        if (!json) terminal.err(text);
      },
    })
    .exitOverride();
  addNotes(program, {
    examples: ["init --dir keep --name privacy.example", "status --config keep/custody.json"],
    finding: "a finding, or refused by a rule",
  });
  const bind: Bind = (command, act) => {
    command.action(async () => answered(await act(callOf(command, terminal))));
  };
  for (const [group, added] of GROUPS) {
    program.commandsGroup(`${group}:`);
    for (const add of added) add(program, bind);
  }
  return program;
}

function endOf(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_OK;
    if (json) terminal.out(`${JSON.stringify({ error: usageError(error) })}\n`);
    return EXIT_USAGE;
  }
  const known = asCustodyError(error);
  writeError(terminal, known, json);
  return exitCodeOf(known);
}

/** The parser's own sentence, with its suggestion, under one of our codes. */
function usageError(error: CommanderError): object {
  const reason = error.code.replace("commander.", "");
  const unknown = reason === "unknownOption" || reason === "unknownCommand";
  const { code, details } = new CustodyError(unknown ? "option-unknown" : "option-invalid", {
    reason,
  });
  const message =
    reason === "help" ? "A command is expected." : error.message.replace(/^error: /, "");
  return { code, message: message.replaceAll("\n", " "), details };
}

/** The same place from `src/cli` and from `dist/cli`. */
function versionOf(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}

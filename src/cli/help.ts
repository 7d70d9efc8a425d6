/** What stands below the options of every command's help. */
import type { Command } from "commander";

export interface HelpNotes {
  /** Command lines without the leading `custody`. */
  readonly examples: readonly string[];
  /** What exit code 1 means here; without it the command has no findings. */
  readonly finding?: string;
  readonly notes?: readonly string[];
}

export function addNotes(command: Command, { examples, finding, notes }: HelpNotes): Command {
  const lines = ["", "Examples:", ...examples.map((example) => `  $ custody ${example}`)];
  if (notes !== undefined) lines.push("", ...notes);
  lines.push(
    "",
    "Exit codes:",
    "  0  done",
    `  1  ${finding ?? "refused by a rule"}`,
    "  2  the command line, an id or a file given does not make sense; nothing was done",
    "  3  could not look: configuration, store, keys or a file missing, foreign or damaged",
  );
  return command.addHelpText("after", lines.join("\n"));
}

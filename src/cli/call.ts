/** One run of one command: what was written on the command line, and the way to the store. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Context } from "../flows/context.js";
import { type Id, type IdKind, requireId } from "../lib/id.js";
import { CONFIG_NAME, type Config, readConfig } from "./config.js";
import type { Answer } from "./output.js";
import { progressLine, type Tell } from "./progress.js";
import type { Terminal } from "./terminal.js";

export interface Call {
  readonly terminal: Terminal;
  /** The argument of this place, "" when it was not given. */
  readonly argument: (index: number) => string;
  /** The text of an option, undefined when it was not given. */
  readonly option: (name: string) => string | undefined;
  /** The texts of an option that may be given many times. */
  readonly options: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
  /** A path of the command line, absolute. */
  readonly path: (given: string) => string;
  readonly config: () => Config;
  /**
   * Opens what the configuration names, does the work, closes it. A store that is older than its
   * journal is refused, unless the work is to bring it up to date.
   */
  readonly inStore: <T>(
    work: (context: Context, tell: Tell) => Promise<T>,
    behind?: "refused" | "replayed",
  ) => Promise<T>;
}

export type Act = (call: Call) => Promise<Answer>;
/** Gives a command what it does. */
export type Bind = (command: Command, act: Act) => void;

export function callOf(command: Command, terminal: Terminal): Call {
  const given = command.optsWithGlobals<Record<string, unknown>>();
  const path = (name: string) => resolve(terminal.folder, name);
  const option = (name: string) => {
    const value = given[name];
    return typeof value === "string" ? value : undefined;
  };
  const config = () => readConfig(path(option("config") ?? CONFIG_NAME));
  return {
    terminal,
    argument: (index) => command.args[index] ?? "",
    option,
    options: (name) => {
      const values = given[name];
      return Array.isArray(values) ? values.filter((one) => typeof one === "string") : [];
    },
    flag: (name) => given[name] === true,
    path,
    config,
    inStore: async (work, behind = "refused") => {
      const opened = config();
      const line = progressLine(terminal, given.progress === true);
      // Loaded here, so that what needs no store needs no database driver either.
      const { withContext } = await import("./context.js");
      try {
        const opening = { config: opened, terminal, progress: line.tell, behind };
        return await withContext(opening, (context) => work(context, line.tell));
      } finally {
        line.end();
      }
    },
  };
}

/**
 * An id of the command line. Of the wrong kind it is refused before anything is opened.
 * @throws `id-invalid`
 */
export function idArgument<K extends IdKind>(call: Call, kind: K): Id<K> {
  return requireId(kind, call.argument(0), kind);
}

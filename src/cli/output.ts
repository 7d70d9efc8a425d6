/** How answers and errors are written: tables for people, one JSON object a run for programs. */
import { CustodyError } from "../errors.js";
import { EXIT_FINDING, EXIT_OK, type ExitCode } from "./exit-code.js";
import type { Terminal } from "./terminal.js";

/** What a command found out. It holds ids, codes, counts and days, never a personal value. */
export interface Answer {
  /** The object of `--json`. */
  readonly json: object;
  /** Instead of it, where an answer is about many files: one object each, on a line of its own. */
  readonly each?: readonly object[];
  /** The same for people, without a line break at the end. */
  readonly text: string;
  /** The exit code when it is not 0. */
  readonly exit?: ExitCode;
}

export function finding(is: boolean): ExitCode {
  return is ? EXIT_FINDING : EXIT_OK;
}

export function writeAnswer(terminal: Terminal, answer: Answer, json: boolean): void {
  const objects = answer.each ?? [answer.json];
  const lines = json ? objects.map((one) => JSON.stringify(one)) : [printable(answer.text)];
  terminal.out(lines.map((line) => `${line}\n`).join(""));
}

/**
 * With `--json` on the first stream, so that a program that asked for JSON always gets it; else on
 * the second.
 */
export function writeError(terminal: Terminal, error: CustodyError, json: boolean): void {
  if (json) {
    terminal.out(`${JSON.stringify({ error: error.toJSON() })}\n`);
    return;
  }
  terminal.err(`${printable(`error ${error.code}: ${error.message}`)}\n`);
  for (const line of error.details.help ?? []) terminal.err(`  ${printable(line)}\n`);
}

/**
 * The error as one of ours. Of a foreign one only the class and the system's code are kept: its
 * message may quote what it failed on.
 */
export function asCustodyError(error: unknown): CustodyError {
  if (error instanceof CustodyError) return error;
  const named = error instanceof Error ? error.name : "not an error";
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  const reason = typeof code === "string" ? `${named} ${code}` : named;
  return new CustodyError("unexpected", { reason }, { cause: error });
}

/** Columns as wide as their widest cell; `(none)` without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "(none)";
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    lines.reduce((widest, line) => Math.max(widest, (line[column] ?? "").length), 0),
  );
  return lines.map((line) => padded(line, widths)).join("\n");
}

/** Name and value, one pair a line. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = rows.reduce((widest, [name]) => Math.max(widest, name.length), 0);
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd()).join("\n");
}

function padded(line: readonly string[], widths: readonly number[]): string {
  return widths
    .map((width, column) => (line[column] ?? "").padEnd(width))
    .join("  ")
    .trimEnd();
}

/** Titles and certificates are written by others: what would steer a terminal is not passed on. */
function printable(text: string): string {
  return text
    .replace(/[^\P{Cc}\n]/gu, "\u{fffd}")
    .replace(/[\u{202a}-\u{202e}\u{2066}-\u{2069}]/gu, "");
}

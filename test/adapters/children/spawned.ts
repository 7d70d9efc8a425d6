/**
 * Starts one of the scripts beside this file. They run against the build, as an application would.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

export type Child = ChildProcessByStdio<Writable, Readable, null>;

export function started(script: string, ...given: readonly string[]): Child {
  const file = fileURLToPath(new URL(`./${script}`, import.meta.url));
  return spawn(process.execPath, [file, ...given], { stdio: ["pipe", "pipe", "inherit"] });
}

/** As `started`, and no file that the child writes may grow beyond so many blocks of 512 bytes. */
export function startedWithFileLimit(script: string, path: string, blocks: number): Child {
  const file = fileURLToPath(new URL(`./${script}`, import.meta.url));
  const command = `ulimit -f ${blocks}; exec "$0" "$@"`;
  const given = ["-c", command, process.execPath, file, path];
  return spawn("/bin/sh", given, { stdio: ["pipe", "pipe", "inherit"] });
}

/** What the child wrote until it ended, and how it ended. */
export async function ended(
  child: Child,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly out: string }> {
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    out += part;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out }));
  });
}

/** Resolves when the child has written so many lines. */
export async function lines(child: Child, count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve, reject) => {
    child.on("close", () => reject(new Error(`ended after ${seen} lines`)));
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      seen += part.split("\n").length - 1;
      if (seen >= count) resolve();
    });
  });
}

#!/usr/bin/env node
/** The program `custody`: the only place that touches the process. */
import { randomBytes } from "node:crypto";
import process from "node:process";
import { runProgram } from "./program.js";

for (const stream of [process.stdout, process.stderr]) {
  // Whoever reads may stop reading; what was done is done all the same.
  stream.on("error", () => {});
}

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => {
    process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  errIsTty: process.stderr.isTTY === true,
  folder: process.cwd(),
  env: process.env,
  now: Date.now,
  random: randomBytes,
});

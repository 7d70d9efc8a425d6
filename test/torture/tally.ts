/**
 * What all torture suites did together. A suite reports with `done`; the last line of
 * `npm run torture` is the sum of the reports.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TALLY = "CUSTODY_TORTURE_TALLY";

/** Called in a suite's own process when it has come to its end. */
export function done(suite: string, steps: number): void {
  const file = process.env[TALLY];
  if (file !== undefined) appendFileSync(file, `${suite} ${steps}\n`);
}

/** Vitest calls it before the first suite, and what it returns after the last. */
export default function tally(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "custody-torture-"));
  const file = join(folder, "tally");
  writeFileSync(file, "");
  process.env[TALLY] = file;
  const start = Date.now();
  return () => {
    const lines = readFileSync(file, "utf8").trim();
    const each = lines === "" ? [] : lines.split("\n").map((line) => line.split(" "));
    const steps = each.reduce((sum, [, count]) => sum + Number(count), 0);
    const seconds = (Date.now() - start) / 1000;
    const suites = each.map(([suite, count]) => `${suite} ${count}`).join(", ");
    const pace = Math.round(steps / seconds);
    console.log(`torture: ${steps} steps in ${seconds.toFixed(1)} s, ${pace} steps/s (${suites})`);
    rmSync(folder, { recursive: true, force: true });
  };
}

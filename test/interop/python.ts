/**
 * A Python with libraries that are not ours. `.ci/run` makes one and names it in CUSTODY_PYTHON;
 * without it the tests are skipped with the reason, with CUSTODY_REQUIRE_PYTHON they fail.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe } from "vitest";

const PROBE = "import joserfc, jwt, securesystemslib, in_toto_attestation";

/** Why there is none, or undefined. */
function missing(): string | undefined {
  const program = process.env.CUSTODY_PYTHON;
  if (program === undefined) return "CUSTODY_PYTHON names no interpreter";
  const { status, error } = spawnSync(program, ["-c", PROBE], { encoding: "utf8" });
  if (status === 0) return undefined;
  return `CUSTODY_PYTHON cannot load the packages (${error?.message ?? `exit ${status}`})`;
}

const reason = missing();
if (reason !== undefined && process.env.CUSTODY_REQUIRE_PYTHON !== undefined) {
  throw new Error(reason);
}

/** A suite that needs it. */
export function describePython(name: string, suite: () => void): void {
  if (reason === undefined) describe(name, suite);
  else describe.skip(`${name} (skipped: ${reason})`, suite);
}

/** The one line of JSON that a script of this folder prints. */
export function python(script: string, ...args: readonly string[]): unknown {
  const file = join(import.meta.dirname, script);
  const ran = spawnSync(process.env.CUSTODY_PYTHON ?? "", [file, ...args], { encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`${script}: ${ran.stderr}`);
  return JSON.parse(ran.stdout);
}

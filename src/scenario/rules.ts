/** Scenario files as rules that any test runner can run. */
import { fail } from "node:assert/strict";
import process from "node:process";
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import type { ContractRule } from "../testing/contract.js";
import type { ScenarioFault } from "./document.js";
import { matching, readScenario } from "./files.js";
import type { StoreKind } from "./house.js";
import { type Report, replay, type StepReport } from "./replay.js";

export interface ScenariosOptions {
  /** Default "memory". */
  readonly store?: StoreKind;
  /** Where relative patterns start. Default: the working folder. */
  readonly folder?: string;
}

/**
 * One rule for each file that matches, in order of their names, each on a store of its own. A rule
 * fails with the steps that did not go as the file says, or with the line at which the file is no
 * scenario.
 *
 * ```ts
 * for (const rule of scenarios("test/flows/*.yaml")) test(rule.name, rule.run);
 * ```
 *
 * @param pattern `*` and `?` stay within a folder, `**` goes through any number of them
 * @throws `option-invalid` when no file matches: a suite of nothing proves nothing
 */
export function scenarios(
  pattern: string,
  options: ScenariosOptions = {},
): readonly ContractRule[] {
  requireText(pattern, "scenarios");
  requireKnown(options, ["store", "folder"], "scenarios");
  const { store = "memory", folder = process.cwd() } = options;
  const files = matching(pattern, folder);
  if (files.length === 0) {
    throw new CustodyError("option-invalid", { path: "scenarios", reason: "no file matches" });
  }
  return files.map((file) => ({
    name: file,
    run: async () => {
      const parsed = readScenario(file, folder);
      if ("faults" in parsed) fail(parsed.faults.map(faultLine).join("\n"));
      const report = await replay(parsed.scenario, store);
      if (!report.ok) fail(failuresOf(report));
    },
  }));
}

/** `file:line: path: reason`, as compilers write it. */
export function faultLine({ file, line, path, reason }: ScenarioFault): string {
  return [`${file}:${line}`, path, reason].filter((part) => part !== "").join(": ");
}

/** One line. */
export function stepLine({ n, verb, ok, expected, actual }: StepReport): string {
  const head = `${ok ? "ok  " : "FAIL"} ${n} ${verb}`;
  if (ok) return head;
  return `${head}: expected ${JSON.stringify(expected)}, actual ${JSON.stringify(actual)}`;
}

function failuresOf({ file, steps }: Report): string {
  const lines = steps.filter((step) => !step.ok).map((step) => `  ${stepLine(step)}`);
  return [file, ...lines].join("\n");
}

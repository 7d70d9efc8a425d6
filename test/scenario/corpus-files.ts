/** The project's own corpus, and how a file goes on a store that is not memory. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import type { StoreChoice } from "../../src/scenario/house.js";
import { parseScenario } from "../../src/scenario/parse.js";
import { replay } from "../../src/scenario/replay.js";
import type { Scenario } from "../../src/scenario/scenario.js";

const ROOT = join(import.meta.dirname, "..", "scenarios");
/** The largest files are some seconds' work, and several are played at once. */
const FILE_MS_MAX = 180_000;

/** What does not go as it says yet, with the reason. */
export const notYet = JSON.parse(
  readFileSync(join(import.meta.dirname, "not-yet.json"), "utf8"),
) as { readonly [file: string]: string };

export const corpus: readonly string[] = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".yaml"))
  .sort();

export function readCorpus(file: string): Scenario {
  const parsed = parseScenario(readFileSync(join(ROOT, file), "utf8"), file);
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.scenario;
}

/**
 * Every file, several at once, each on a store of its own. What goes as it says in memory (that is
 * tested beside this) goes so here; what does not yet fails in the same steps.
 */
export function playedOn(choice: () => StoreChoice): void {
  test.concurrent.for(corpus)("%s", { timeout: FILE_MS_MAX }, async (file, { expect }) => {
    const scenario = readCorpus(file);
    const there = await replay(scenario, choice());
    if (notYet[file] !== undefined) expect(there).toEqual(await replay(scenario, "memory"));
    else expect(there.steps.filter((step) => !step.ok)).toEqual([]);
  });
}

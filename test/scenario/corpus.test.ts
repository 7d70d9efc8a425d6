/**
 * The project's own corpus. What does not pass yet is listed with its reason, and the list can only
 * shrink: a listed file that passes turns this red.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseScenario } from "../../src/scenario/parse.js";
import { replay } from "../../src/scenario/replay.js";
import type { Scenario } from "../../src/scenario/scenario.js";

const ROOT = join(import.meta.dirname, "..", "scenarios");
const notYet = JSON.parse(readFileSync(join(import.meta.dirname, "not-yet.json"), "utf8")) as {
  readonly [file: string]: string;
};

const files = readdirSync(ROOT, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".yaml"))
  .sort();

function read(file: string): Scenario {
  const parsed = parseScenario(readFileSync(join(ROOT, file), "utf8"), file);
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.scenario;
}

async function failuresOf(file: string) {
  const report = await replay(read(file));
  return report.steps.filter((step) => !step.ok);
}

describe("the corpus", () => {
  test("every file is a scenario, and no two have one name", () => {
    const names = files.map((file) => read(file).scenario);
    expect(names.length).toBeGreaterThan(140);
    expect(new Set(names).size).toBe(names.length);
  });

  test("what is listed as not passing yet is played here and has its reason", () => {
    expect(Object.keys(notYet).filter((file) => !files.includes(file))).toEqual([]);
    expect(Object.values(notYet).filter((reason) => reason.length < 10)).toEqual([]);
  });
});

describe("these files go as they say", () => {
  test.each(files.filter((file) => notYet[file] === undefined))("%s", async (file) => {
    expect(await failuresOf(file)).toEqual([]);
  });
});

describe.runIf(Object.keys(notYet).length > 0)("these do not yet", () => {
  test.each(Object.keys(notYet))("%s", async (file) => {
    const failed = await failuresOf(file);
    expect(failed, "it passes: take it off the list").not.toEqual([]);
  });
});

/**
 * The project's own corpus. What does not pass yet is listed with its reason, and the list can only
 * shrink: a listed file that passes turns this red.
 */
import { describe, expect, test } from "vitest";
import { replay } from "../../src/scenario/replay.js";
import { corpus, notYet, readCorpus } from "./corpus-files.js";

async function failuresOf(file: string) {
  const report = await replay(readCorpus(file));
  return report.steps.filter((step) => !step.ok);
}

describe("the corpus", () => {
  test("every file is a scenario, and no two have one name", () => {
    const names = corpus.map((file) => readCorpus(file).scenario);
    expect(names.length).toBeGreaterThan(140);
    expect(new Set(names).size).toBe(names.length);
  });

  test("what is listed as not passing yet is played here and has its reason", () => {
    expect(Object.keys(notYet).filter((file) => !corpus.includes(file))).toEqual([]);
    expect(Object.values(notYet).filter((reason) => reason.length < 10)).toEqual([]);
  });
});

describe("these files go as they say", () => {
  test.each(corpus.filter((file) => notYet[file] === undefined))("%s", async (file) => {
    expect(await failuresOf(file)).toEqual([]);
  });
});

describe.runIf(Object.keys(notYet).length > 0)("these do not yet", () => {
  test.each(Object.keys(notYet))("%s", async (file) => {
    const failed = await failuresOf(file);
    expect(failed, "it passes: take it off the list").not.toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { judge } from "../../src/scenario/outcome.js";
import { parseScenario } from "../../src/scenario/parse.js";
import { replay } from "../../src/scenario/replay.js";
import { starterText } from "../../src/scenario/starter.js";
import { scenarios } from "../../src/testing/index.js";

const starter = starterText("first-try");

function scenarioOf(text: string) {
  const parsed = parseScenario(text, "first-try.yaml");
  if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.scenario;
}

describe("an expectation", () => {
  test("looks at the keys it names and at no others", () => {
    expect(judge({ band: "child" }, { band: "child", knowledge: "actual" }).ok).toBe(true);
    expect(judge({ band: "teen" }, { band: "child" }).ok).toBe(false);
    expect(judge({ contact: "held" }, { band: "child" }).ok).toBe(false);
  });

  test("takes lists as whole sets and maps whole", () => {
    expect(judge({ members: ["a", "b"] }, { members: ["b", "a"] }).ok).toBe(true);
    expect(judge({ members: ["a"] }, { members: ["b", "a"] }).ok).toBe(false);
    expect(judge({ excluded: {} }, { excluded: {} }).ok).toBe(true);
    expect(judge({ excluded: {} }, { excluded: { a: "age-unknown" } }).ok).toBe(false);
    expect(judge({ values: { a: 1 } }, { values: { a: 1, b: 2 } }).ok).toBe(false);
  });

  test("of a refusal is met by any code of its list, and by nothing that went through", () => {
    const refused = ["consent-required", "age-unknown"];
    expect(judge({ refused }, { refused: "age-unknown" }).ok).toBe(true);
    expect(judge({ refused }, { refused: "field-unknown" }).ok).toBe(false);
    expect(judge({ refused }, { stored: true }).ok).toBe(false);
    expect(judge({ refused }, { error: "option-invalid" }).ok).toBe(false);
  });

  test("left out means that the step must succeed", () => {
    expect(judge(undefined, {}).ok).toBe(true);
    expect(judge({}, {}).ok).toBe(true);
    expect(judge(undefined, { refused: "age-unknown" }).ok).toBe(false);
    expect(judge({ consent: "given" }, { unsupported: "verb not supported yet" }).ok).toBe(false);
  });

  test("of counts reads what is left out as 0", () => {
    expect(judge({ counts: { noticed: 1 } }, { counts: { noticed: 1, asked: 0 } }).ok).toBe(true);
    expect(judge({ counts: { noticed: 1 } }, { counts: { noticed: 1, asked: 2 } }).ok).toBe(false);
  });
});

describe("a replay", () => {
  test.each(["memory", "sqlite"] as const)("of the starter is green on %s", async (store) => {
    const report = await replay(scenarioOf(starter), store);
    expect(report.steps.filter((step) => !step.ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, scenario: "first-try", file: "first-try.yaml" });
    expect(report.steps.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("of a wrong expectation says step, expected and actual, and plays on", async () => {
    const wrong = starter.replace("expect: {band: child}", "expect: {band: teen}");
    const report = await replay(scenarioOf(wrong));
    expect(report.ok).toBe(false);
    expect(report.steps[1]).toEqual({
      n: 2,
      verb: "evidence",
      ok: false,
      expected: { band: "teen" },
      actual: { band: "child" },
    });
    expect(report.steps.filter((step) => !step.ok)).toHaveLength(1);
  });

  test("says which turn of a repeated step went wrong", async () => {
    const wrong = starter.replace('"fox-{i}", points: 9', '"fox-{i}", points: "9"');
    const report = await replay(scenarioOf(wrong));
    const failed = { n: 6, ok: false, actual: { i: 1, refused: "value-rejected" } };
    expect(report.steps[5]).toMatchObject(failed);
  });

  test("of a service that must be refused plays no step and is green only when it is", async () => {
    const expected = (code: string) => `  expect: {config-error: ${code}}\nsteps: []\n`;
    const head = starter.slice(0, starter.indexOf("steps:"));
    const unkept = head.replace(/ +retain: P1Y.*\n/, "");
    const good = await replay(scenarioOf(`${unkept}${expected("retention-required")}`));
    expect(good).toMatchObject({ ok: true, steps: [{ n: 0, verb: "service", ok: true }] });
    const other = await replay(scenarioOf(`${unkept}${expected("retention-unbounded")}`));
    expect(other.steps[0]?.actual).toEqual({ "config-error": "retention-required" });
    const started = await replay(scenarioOf(`${head}${expected("retention-required")}`));
    expect(started.ok).toBe(false);
    const unexpected = await replay(scenarioOf(`${unkept}steps: []\n`));
    expect(unexpected.ok).toBe(false);
  });

  test("of a state that a thing does not have fails, and without an expectation it is none", async () => {
    const words = "{opened: 2026-05-01, select: {collection: profile}, remedy: {}, as: o}";
    const asked = `${starter}  - order: ${words}\n  - state: {of: o}\n`;
    const expecting = `${asked}    expect: {status: admitted}\n`;
    expect((await replay(scenarioOf(asked))).steps.at(-1)).toMatchObject({
      verb: "state",
      ok: true,
    });
    const report = await replay(scenarioOf(expecting));
    expect(report.steps.at(-1)).toMatchObject({ verb: "state", ok: false });
  });
});

describe("scenarios(pattern)", () => {
  const folder = mkdtempSync(join(tmpdir(), "custody-scenarios-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "flows", "deep"), { recursive: true });
  writeFileSync(join(folder, "flows", "b.yaml"), starter);
  writeFileSync(join(folder, "flows", "a.txt"), "nothing");
  const wrong = starter.replace("expect: {band: child}", "expect: {band: teen}");
  writeFileSync(join(folder, "flows", "deep", "wrong.yaml"), wrong);
  writeFileSync(join(folder, "flows", "deep", "broken.yaml"), "scenario: x\n");

  test("gives one rule a file, in order of their names", () => {
    const names = (pattern: string) => scenarios(pattern, { folder }).map(({ name }) => name);
    expect(names("flows/*.yaml")).toEqual(["flows/b.yaml"]);
    expect(names("flows/**/*.yaml")).toEqual([
      "flows/b.yaml",
      "flows/deep/broken.yaml",
      "flows/deep/wrong.yaml",
    ]);
    expect(names("flows/b.yaml")).toEqual(["flows/b.yaml"]);
    expect(() => names("flows/*.yml")).toThrow(/no file matches/);
  });

  test("whose rules pass, or fail with what went wrong", async () => {
    const [good, broken, bad] = scenarios("flows/**/*.yaml", { folder });
    await good?.run();
    await expect(bad?.run()).rejects.toThrow(/FAIL 2 evidence: expected \{"band":"teen"\}/);
    await expect(broken?.run()).rejects.toThrow(/broken\.yaml:1/);
  });
});

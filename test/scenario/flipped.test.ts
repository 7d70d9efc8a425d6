/** An expectation that is wrong turns its file red: each one of the corpus, one at a time. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CONFIG_CODES, type ConfigCode, REFUSAL_CODES } from "../../src/errors.js";
import { parseScenario } from "../../src/scenario/parse.js";
import { replay } from "../../src/scenario/replay.js";
import type { Act, Scenario } from "../../src/scenario/scenario.js";

const ROOT = join(import.meta.dirname, "..", "scenarios");
const notYet = JSON.parse(readFileSync(join(import.meta.dirname, "not-yet.json"), "utf8")) as {
  readonly [file: string]: string;
};
const files = readdirSync(ROOT)
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`))
  .filter((file) => notYet[file] === undefined);

type Expect = Readonly<Record<string, unknown>>;

/** What is certainly not so, when the given is. */
function flipped(key: string, value: unknown): unknown {
  if (key === "refused") {
    const named: readonly unknown[] = Array.isArray(value) ? value : [value];
    return REFUSAL_CODES.find((code) => !named.includes(code));
  }
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return `not ${value}`;
  if (Array.isArray(value)) return value.length === 0 ? ["somebody"] : value.slice(1);
  return { ...(value as object), somebody: 1 };
}

const expecting = (code: ConfigCode) => ({ "config-error": code });

/**
 * The file once for each key that it expects, with that one key wrong, and the step it is in. It
 * ends with that step: nothing that comes later can change how it went.
 */
function* wrongs(scenario: Scenario): Generator<{ readonly n: number; readonly wrong: Scenario }> {
  const { service } = scenario;
  if (service.expect !== undefined) {
    const { "config-error": code } = service.expect;
    const other = CONFIG_CODES.find((one) => one !== code) ?? code;
    yield { n: 0, wrong: { ...scenario, service: { ...service, expect: expecting(other) } } };
    // A service that is expected to start and is refused is red as well.
    const { expect: _, ...silent } = service;
    yield { n: 0, wrong: { ...scenario, service: silent } };
  }
  for (const [index, step] of scenario.steps.entries()) {
    const [act, ...others] = step.acts;
    for (const [key, value] of Object.entries(act?.expect ?? {})) {
      const expectation: Expect = { ...act?.expect, [key]: flipped(key, value) };
      const acts = [{ ...(act as Act), expect: expectation }, ...others];
      const steps = [...scenario.steps.slice(0, index), { ...step, acts }];
      yield { n: step.n, wrong: { ...scenario, steps } };
    }
  }
}

describe("each expectation counts", () => {
  test.each(files)("%s", async (file) => {
    const parsed = parseScenario(readFileSync(join(ROOT, file), "utf8"), file);
    if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
    const green: number[] = [];
    for (const { n, wrong } of wrongs(parsed.scenario)) {
      const report = await replay(wrong);
      if (report.steps.find((step) => step.n === n)?.ok !== false) green.push(n);
    }
    expect(green).toEqual([]);
  });
});

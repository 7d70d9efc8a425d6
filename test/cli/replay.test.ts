import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { temporary, within } from "./house.js";

describe("custody replay", () => {
  const folder = temporary();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);

  test("--new writes a starter that plays green, and never over a file", async () => {
    const made = await within(folder, "replay", "--new", "first-try");
    expect(made).toMatchObject({ code: 0, err: "" });
    const run = await within(folder, "replay", "first-try.yaml");
    expect(run.code).toBe(0);
    expect(run.out.split("\n")).toContain("  ok   2 evidence");
    expect((await within(folder, "replay", "--new", "first-try")).code).toBe(2);
    expect((await within(folder, "replay", "--new", "First Try")).code).toBe(2);
  });

  test("a wrong expectation is exit 1, with step, expected and actual", async () => {
    const text = readFileSync(path("first-try.yaml"), "utf8");
    writeFileSync(path("wrong.yaml"), text.replace("{band: child}", "{band: teen}"));
    const run = await within(folder, "replay", "wrong.yaml");
    expect(run.code).toBe(1);
    const line = '  FAIL 2 evidence: expected {"band":"teen"}, actual {"band":"child"}';
    expect(run.out.split("\n")).toContain(line);
    expect(run.out).toContain(`${line}\n       at wrong.yaml:25\n`);
  });

  test("--json prints one object a file", async () => {
    for (const store of ["memory", "sqlite"]) {
      const args = ["replay", "first-try.yaml", "wrong.yaml", "--json", "--store", store];
      const run = await within(folder, ...args);
      expect(run.code).toBe(1);
      const [first, second, ...rest] = run.out.trimEnd().split("\n");
      expect(rest).toEqual([]);
      const good = JSON.parse(first ?? "") as { steps: object[] };
      expect(good).toMatchObject({ file: "first-try.yaml", scenario: "first-try", ok: true });
      expect(good.steps[1]).toEqual({ n: 2, verb: "evidence", ok: true });
      expect(JSON.parse(second ?? "")).toMatchObject({
        file: "wrong.yaml",
        ok: false,
        steps: [
          {},
          { ok: false, expected: { band: "teen" }, actual: { band: "child" } },
          {},
          {},
          {},
          {},
          {},
        ],
      });
    }
  });

  test("a file that is no scenario is exit 2, with file, line, path and reason", async () => {
    const text = readFileSync(path("first-try.yaml"), "utf8");
    writeFileSync(path("broken.yaml"), text.replace("    register:", "    regster:"));
    const run = await within(folder, "replay", "broken.yaml", "first-try.yaml");
    expect(run.code).toBe(2);
    expect(run.out).toContain(
      'broken.yaml:24: steps[0].regster: unknown verb "regster" (nearest: register)\n',
    );
    expect(run.out).toContain("ok first-try (first-try.yaml)\n");
    const json = await within(folder, "replay", "broken.yaml", "--json");
    expect(json.code).toBe(2);
    expect(JSON.parse(json.out)).toMatchObject({
      file: "broken.yaml",
      ok: false,
      faults: [{ file: "broken.yaml", line: 24, path: "steps[0].regster" }],
    });
    const gone = await within(folder, "replay", "gone.yaml");
    expect(gone).toMatchObject({ code: 2 });
    expect(gone.out).toContain("gone.yaml:1: it cannot be read (ENOENT)");
  });

  test("a folder is every file below it, and a pattern is what matches it", async () => {
    const text = readFileSync(path("first-try.yaml"), "utf8");
    mkdirSync(path("flows/deep"), { recursive: true });
    mkdirSync(path("flows/none"));
    writeFileSync(path("flows/one.yaml"), text);
    writeFileSync(path("flows/deep/two.yml"), text);
    writeFileSync(path("flows/notes.txt"), "nothing");
    const files = async (...args: string[]) => {
      const { code, out } = await within(folder, "replay", ...args, "--json");
      expect(code).toBe(0);
      return out
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { file: string }).file);
    };
    expect(await files("flows")).toEqual(["flows/deep/two.yml", "flows/one.yaml"]);
    expect(await files("flows/", "flows/*.yaml")).toEqual(["flows/deep/two.yml", "flows/one.yaml"]);
    expect(await files("flows/**/*.yml")).toEqual(["flows/deep/two.yml"]);
    for (const nothing of ["flows/none", "flows/*.json", "gone/*.yaml"]) {
      const run = await within(folder, "replay", "first-try.yaml", nothing);
      expect(run, nothing).toMatchObject({ code: 2 });
    }
  });

  test("a file made in a folder is told by the way to it", async () => {
    mkdirSync(path("made"));
    const made = await within(folder, "replay", "--new", "made/second-try");
    expect(made.out).toContain("custody replay made/second-try.yaml\n");
    expect((await within(folder, "replay", "made/second-try.yaml")).code).toBe(0);
  });

  test("no file, or a store that does not exist, is exit 2", async () => {
    expect((await within(folder, "replay")).code).toBe(2);
    expect((await within(folder, "replay", "first-try.yaml", "--store", "cloud")).code).toBe(2);
  });
});

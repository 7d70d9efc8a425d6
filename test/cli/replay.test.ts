import { readFileSync, rmSync, writeFileSync } from "node:fs";
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
    expect(run.out).toContain('broken.yaml:24: steps[0].regster: unknown verb "regster"\n');
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

  test("no file, or a store that does not exist, is exit 2", async () => {
    expect((await within(folder, "replay")).code).toBe(2);
    expect((await within(folder, "replay", "first-try.yaml", "--store", "cloud")).code).toBe(2);
  });
});

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import * as signals from "../../src/adapters/age-signals/index.js";
import { readPlayAgeSignals } from "../../src/adapters/age-signals/index.js";

const page = readFileSync("docs/age-signals.md", "utf8");
const source = readFileSync("examples/age-signals.ts", "utf8");

beforeAll(() => {
  const built = spawnSync("npx", ["tsc", "-p", "examples/tsconfig.json"], { encoding: "utf8" });
  expect(built.stdout + built.stderr).toBe("");
}, 120_000);

test("the page shows the example between its marks", () => {
  const shown = /```ts\n([\s\S]*?)\n```/.exec(page)?.[1];
  expect(shown).toBe(source.split("// docs:start\n")[1]?.split("// docs:end")[0]?.trimEnd());
});

test("the example runs: teen, still teen, then adult", () => {
  const run = spawnSync(process.execPath, [".build/examples/age-signals.js"], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.stdout).toBe("teen\nteen\nadult\n[false,false,true]\n");
});

test("the table names every reader and verifier, and no other", () => {
  const named = new Set([...page.matchAll(/^\| [^|]+ \| `(\w+)`/gm)].map((match) => match[1]));
  const given = Object.keys(signals).filter((name) => /^read|Signal$/.test(name));
  expect([...named].sort()).toEqual(given.sort());
  expect(given).toContain(readPlayAgeSignals.name);
});

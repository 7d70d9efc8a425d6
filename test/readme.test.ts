import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";

const readme = readFileSync("README.md", "utf8");
const source = readFileSync("examples/quick-start.ts", "utf8");

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\n\`\`\``, "g"))].map(
    (match) => match[1] ?? "",
  );
}

beforeAll(() => {
  const built = spawnSync("npx", ["tsc", "-p", "examples/tsconfig.json"], { encoding: "utf8" });
  expect(built.stdout + built.stderr).toBe("");
}, 120_000);

test("the first screen has the two commands, and package.json knows them", () => {
  const commands = blocks("sh")[0] ?? "";
  expect(commands).toContain("npm install && npm start");
  expect(commands).toContain("npm install && npm test");
  expect(readme.indexOf("npm start")).toBeLessThan(readme.indexOf("## "));
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["start", "test"]));
});

test("the quick start is the example between its marks, in 25 lines", () => {
  const shown = blocks("ts")[0] ?? "";
  const kept = source.split("// README:start\n")[1]?.split("// README:end")[0]?.trimEnd();
  expect(shown).toBe(kept);
  expect(shown.split("\n").filter((line) => line !== "").length).toBeLessThanOrEqual(25);
});

test("the quick start runs: refused, then given, then stored", () => {
  const run = spawnSync(process.execPath, [".build/examples/quick-start.js"], { encoding: "utf8" });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  expect(run.stdout).toMatch(/consent-required[\s\S]*given[\s\S]*rec_/);
});

test("every file the page names exists", () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect(existsSync(link), link).toBe(true);
});

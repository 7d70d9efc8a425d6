import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { temporary, within } from "./cli/house.js";

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

test("every door of package.json is on the page, and no other", () => {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
  const doors = Object.keys(exports).filter((path) => !path.endsWith(".json"));
  const section = readme.split("## Doors\n")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)]);
  const expected = doors.map((path) => `custody${path.slice(1)}`);
  expect(named.map(([, name]) => name).sort()).toEqual(expected.sort());
});

test("every command on the page exists, and every noun of the program is on it", async () => {
  const folder = temporary();
  const listed = readme.split("lists, in groups: ")[1]?.split(".\n`policy print`")[0] ?? "";
  const commands = [...listed.matchAll(/`([^`]+)`/g)].flatMap(([, text = ""]) => {
    const [noun = "", verbs] = text.split(" ");
    return verbs === undefined ? [[noun]] : verbs.split("|").map((verb) => [noun, verb]);
  });
  for (const command of commands) {
    const { out } = await within(folder, ...command, "--help");
    expect(out, command.join(" ")).toContain(["Usage: custody", ...command].join(" "));
  }
  const { out } = await within(folder, "--help");
  const nouns = [...out.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, noun]) => noun);
  expect(nouns.length).toBeGreaterThan(15);
  const known = new Set([...commands.map(([noun]) => noun), "help"]);
  expect(nouns.filter((noun) => !known.has(noun))).toEqual([]);
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "..", "..");
const MARK = /^\s*\/\/ @ts-expect-error (TS\d+) (.+)$/;
const REFUSALS = readFileSync(join(HERE, "refusals.ts"), "utf8");
const CASES = 9;

let folders: string[] = [];
afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders = [];
});

/** What the compiler says, one entry for each error with the lines that explain it. */
function compiled(config: string): readonly string[] {
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const { stdout, status } = spawnSync(tsc, ["--noEmit", "--pretty", "false", "-p", config], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const errors: string[] = [];
  for (const line of stdout.split("\n").filter((text) => text.trim() !== "")) {
    if (/^\S.*\(\d+,\d+\): error TS/.test(line)) errors.push(line);
    else errors.push(`${errors.pop() ?? ""}\n${line}`);
  }
  expect(status === 0).toBe(errors.length === 0);
  return errors;
}

/** The same project with another text in place of `refusals.ts`, beside it, so that its imports hold. */
function compiledAs(text: string): readonly string[] {
  const folder = mkdtempSync(join(HERE, ".variant-"));
  folders.push(folder);
  const moved = text
    .replace('"./client.js"', '"../client.js"')
    .replaceAll('"../../src/', '"../../../src/');
  writeFileSync(join(folder, "refusals.ts"), moved);
  const config = {
    extends: "../../../tsconfig.base.json",
    compilerOptions: { noEmit: true, rootDir: "../../.." },
    files: ["refusals.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  return compiled(join(folder, "tsconfig.json"));
}

/** The line number of an error in `refusals.ts`, from 1; 0 when it is in another file. */
function lineOf(error: string): number {
  return Number(/refusals\.ts\((\d+),/.exec(error)?.[1] ?? 0);
}

test("what must compile does, and every mark of what must not is needed", () => {
  expect(compiled(join(HERE, "tsconfig.json"))).toEqual([]);
});

test("without its marks every marked line is refused for the reason it names, and no other", () => {
  const lines = REFUSALS.split("\n");
  const expected = lines.flatMap((line, index) => {
    const [, code = "", words = ""] = MARK.exec(line) ?? [];
    return code === "" ? [] : [{ line: index + 2, code, words }];
  });
  const errors = compiledAs(REFUSALS.replaceAll("@ts-expect-error", "refused:"));
  expect(errors.map(lineOf)).toEqual(expected.map(({ line }) => line));
  for (const [index, { line, code, words }] of expected.entries()) {
    expect(errors[index], `line ${line}`).toContain(`error ${code}`);
    expect(errors[index], `line ${line}`).toContain(words);
  }
});

test("each of the nine cases is there with at least one line of its own", () => {
  const heads = REFUSALS.split(/\n\s*\/\/ \d\. /).slice(1);
  expect(heads).toHaveLength(CASES);
  for (const head of heads) expect(head.split("\n").some((line) => MARK.test(line))).toBe(true);
  const marks = REFUSALS.split("\n").filter((line) => line.includes("@ts-expect-error"));
  expect(marks.filter((line) => !MARK.test(line))).toEqual([]);
});

test("a mark that nothing needs, and a line that lost its fault, are found", () => {
  const mended = REFUSALS.replace('values: { weightKg: "41.5" }', "values: { weightKg: 41.5 }");
  expect(mended).not.toBe(REFUSALS);
  const errors = compiledAs(mended);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain("error TS2578");
});

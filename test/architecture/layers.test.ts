import { describe, expect, test } from "vitest";
import { code, type Source, sourceOf, sources } from "./sources.js";

/** Who may import whom; a layer may always import itself. What is not in this table may not be. */
const MAY_IMPORT: { readonly [layer: string]: readonly string[] } = {
  errors: [],
  lib: ["errors"],
  core: ["errors", "lib"],
  ports: ["errors", "lib", "core"],
  flows: ["errors", "lib", "core", "ports"],
  adapters: ["errors", "lib", "core", "ports"],
  // Its entrance hands out the scenario runner, which plays with its fakes.
  testing: ["errors", "lib", "core", "ports", "scenario"],
  custody: ["errors", "lib", "core", "ports", "flows", "adapters"],
  scenario: ["errors", "lib", "core", "ports", "adapters", "testing", "custody"],
  verify: ["errors", "lib", "core"],
  index: ["errors", "lib", "core", "ports", "flows", "custody"],
  // A face beside the program: it answers for a client that somebody else opened.
  http: ["errors", "lib", "core", "ports", "flows", "adapters"],
  cli: [
    "errors",
    "lib",
    "core",
    "ports",
    "flows",
    "adapters",
    "custody",
    "scenario",
    "verify",
    "index",
  ],
};
const LINES_MAX = 300;
const FUNCTION_LINES_MAX = 70;
const COLUMNS_MAX = 100;
const VAGUE = /^(?:utils?|helpers?|services?|managers?|common|misc|types?)$/;

function layerOf(file: string): string {
  return file.includes("/") ? (file.split("/")[0] ?? "") : file.replace(/\.ts$/, "");
}

/** The imports that the table does not allow. */
function strayed(all: readonly Source[]): readonly string[] {
  return all.flatMap(({ file, imports }) => {
    const from = layerOf(file);
    const allowed = MAY_IMPORT[from];
    if (allowed === undefined) return [`${file} is in no layer`];
    return imports
      .filter((target) => layerOf(target) !== from && !allowed.includes(layerOf(target)))
      .map((target) => `${file} > ${target}`);
  });
}

/** The first circle of imports that is found, from a file back to itself; none is an empty list. */
function circle(all: readonly Source[]): readonly string[] {
  const by = new Map(all.map((source) => [source.file, source.imports]));
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const target of by.get(file) ?? []) {
      const found = walk(target, [...path, file]);
      if (found.length > 0) return found;
    }
    done.add(file);
    return [];
  };
  for (const { file } of all) {
    const found = walk(file, []);
    if (found.length > 0) return found;
  }
  return [];
}

/** `file:line` of each line of code (comments and strings taken out) that matches. */
function lines(all: readonly Source[], pattern: RegExp): readonly string[] {
  return all.flatMap(({ file, text }) =>
    code(text)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

function wide(all: readonly Source[]): readonly string[] {
  return all.flatMap(({ file, text }) =>
    text
      .split("\n")
      .flatMap((line, index) => (line.length > COLUMNS_MAX ? [`${file}:${index + 1}`] : [])),
  );
}

function long(all: readonly Source[]): readonly string[] {
  return all
    .filter(({ text }) => text.replace(/\n$/, "").split("\n").length > LINES_MAX)
    .map(({ file }) => file);
}

/** Top-level functions, which the formatter ends with a brace in the first column. */
function longFunctions(all: readonly Source[]): readonly string[] {
  return all.flatMap(({ file, text }) => {
    let start = -1;
    return text.split("\n").flatMap((line, index) => {
      if (/^(?:export )?(?:async )?function\b/.test(line)) start = index;
      if (line !== "}" || start < 0) return [];
      const length = index - start + 1;
      const found = length > FUNCTION_LINES_MAX ? [`${file}:${start + 1}`] : [];
      start = -1;
      return found;
    });
  });
}

function vague(all: readonly Source[]): readonly string[] {
  return all
    .map(({ file }) => file)
    .filter((file) => file.split(/[/.]/).some((part) => VAGUE.test(part)));
}

const all = sources();
const pure = all.filter(({ file }) => /^(?:lib|core|flows)\//.test(file));
const library = all.filter(({ file }) => layerOf(file) !== "cli");
const one = (file: string, text: string) => [sourceOf(file, text)];

const CONSOLE = /\bconsole\s*[.[]|\bprocess\s*\.\s*(?:exit|stdout|stderr|abort)\b/;
const EXIT_CODE = /\bprocess\s*\.\s*exitCode\b/;
const EXIT = /\bprocess\s*\.\s*(?:exit|abort)\s*\(/;
const AMBIENT =
  /\bDate\s*\.\s*now\b|\bMath\s*\.\s*random\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\w(]))|\brandomUUID\b|\bperformance\s*\.\s*now\b/;
const MUTABLE = /^(?:export\s+)?(?:let|var)\b/;
const STAR = /^\s*export\s+(?:type\s+)?\*/;
const DEFAULT = /^\s*export\s+default\b|\bas\s+default\b/;
const ANY = /[:<,|&(=]\s*any\b(?!\s*:)|\bas\s+any\b|\bany\s*\[\]/;
const NON_NULL = /[\w)\]]!(?=[.;,)\]]|\s*$)/;

describe("the layers", () => {
  test("every import goes down the table, and an upward one is seen", () => {
    expect(strayed(all)).toEqual([]);
    expect(strayed(one("core/age.ts", 'import { x } from "../flows/rows.js";'))).toHaveLength(1);
    expect(strayed(one("lib/id.ts", 'import type {\n  X,\n} from "../core/age.js";'))).toHaveLength(
      1,
    );
    expect(strayed(one("adapters/vault.ts", 'export { x } from "../flows/rows.js";'))).toEqual([
      "adapters/vault.ts > flows/rows.ts",
    ]);
    expect(strayed(one("rooms/new.ts", ""))).toEqual(["rooms/new.ts is in no layer"]);
    expect(strayed(one("flows/rows.ts", 'import { x } from "../core/age.js";'))).toEqual([]);
  });

  test("the reading of imports misses none: every imported file is there, and all are reached", () => {
    const files = new Set(all.map(({ file }) => file));
    expect(all.flatMap(({ imports }) => imports).filter((target) => !files.has(target))).toEqual(
      [],
    );
    for (const { file, text, imports, packages } of all) {
      const said = code(text).match(/^(?:import\b|export\b.*\bfrom\b|\} from\b)/gm) ?? [];
      expect(imports.length + packages.length > 0, file).toBe(said.length > 0);
    }
  });

  test("no file imports itself, over however many others", () => {
    expect(circle(all)).toEqual([]);
    const a = sourceOf("core/a.ts", 'import { b } from "./b.js";');
    const b = sourceOf("core/b.ts", 'import type { c } from "./c.js";');
    const c = sourceOf("core/c.ts", 'import { a } from "./a.js";');
    expect(circle([a, b])).toEqual([]);
    expect(circle([a, b, c])).toEqual(["core/a.ts", "core/b.ts", "core/c.ts", "core/a.ts"]);
  });

  test("nothing in lib, core or flows can reach a disk, a database or the network", () => {
    const reach =
      /^(?:node:(?:fs|net|http|https|child_process|dgram|tls)\b|better-sqlite3|nodemailer)/;
    expect(pure.filter(({ packages }) => packages.some((p) => reach.test(p)))).toEqual([]);
    const written = all.filter(({ packages }) => packages.some((p) => reach.test(p)));
    expect(written.some(({ file }) => file.startsWith("adapters/sqlite/"))).toBe(true);
  });
});

describe("the sizes", () => {
  test(`no file is over ${LINES_MAX} lines`, () => {
    expect(long(all)).toEqual([]);
    expect(long(one("core/a.ts", "\n".repeat(LINES_MAX)))).toEqual([]);
    expect(long(one("core/a.ts", `${"\n".repeat(LINES_MAX)}x`))).toEqual(["core/a.ts"]);
  });

  test(`no function is over ${FUNCTION_LINES_MAX} lines`, () => {
    // A list of what the client offers, one line a verb: there is nothing in it to take apart.
    const list = (found: string) => found.startsWith("custody.ts:");
    expect(longFunctions(all).filter((found) => !list(found))).toEqual([]);
    const body = (count: number) => `function a() {\n${"  x;\n".repeat(count)}}\n`;
    expect(longFunctions(one("core/a.ts", body(FUNCTION_LINES_MAX - 2)))).toEqual([]);
    expect(longFunctions(one("core/a.ts", body(FUNCTION_LINES_MAX - 1)))).toEqual(["core/a.ts:1"]);
  });

  test(`no line is over ${COLUMNS_MAX} columns`, () => {
    expect(wide(all)).toEqual([]);
    expect(wide(one("core/a.ts", `\n${"x".repeat(COLUMNS_MAX + 1)}`))).toEqual(["core/a.ts:2"]);
    expect(wide(one("core/a.ts", "x".repeat(COLUMNS_MAX)))).toEqual([]);
  });
});

describe("the names", () => {
  test("no file or folder has a name that could hold anything", () => {
    expect(vague(all)).toEqual([]);
    expect(vague(one("core/utils.ts", ""))).toEqual(["core/utils.ts"]);
    expect(vague(one("helpers/age.ts", ""))).toEqual(["helpers/age.ts"]);
    expect(vague(one("core/types.d.ts", ""))).toEqual(["core/types.d.ts"]);
  });

  test("all are kebab-case", () => {
    const odd = /(?:^|\/)(?![a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:\.ts|\/))/;
    expect(all.map(({ file }) => file).filter((file) => odd.test(file))).toEqual([]);
    expect(odd.test("core/purgeRun.ts")).toBe(true);
    expect(odd.test("core/purge_run.ts")).toBe(true);
  });
});

describe("the habits", () => {
  test("a library neither prints nor exits; only the program's main sets an exit code", () => {
    expect(lines(library, CONSOLE)).toEqual([]);
    expect(lines(all, EXIT)).toEqual([]);
    const coded = lines(all, EXIT_CODE).map((found) => found.split(":")[0]);
    expect([...new Set(coded)]).toEqual(["cli/main.ts"]);
    for (const text of ["console.log(1)", "process.exit(1)", "process.stdout.write(x)"]) {
      expect(lines(one("core/a.ts", text), CONSOLE), text).toEqual(["core/a.ts:1"]);
    }
    expect(lines(one("core/a.ts", '"console.log" // process.exit'), CONSOLE)).toEqual([]);
  });

  test("lib, core and flows have no clock and no chance of their own", () => {
    expect(lines(pure, AMBIENT)).toEqual([]);
    for (const text of ["Date.now()", "Math.random()", "new Date()", "new Date;"]) {
      expect(lines(one("core/a.ts", text), AMBIENT), text).toEqual(["core/a.ts:1"]);
    }
    expect(lines(one("core/a.ts", "new Date(ms)"), AMBIENT)).toEqual([]);
  });

  test("no module has a variable of its own", () => {
    expect(lines(all, MUTABLE)).toEqual([]);
    expect(lines(one("core/a.ts", "let count = 0;"), MUTABLE)).toEqual(["core/a.ts:1"]);
    expect(lines(one("core/a.ts", "  let count = 0;"), MUTABLE)).toEqual([]);
  });

  test("exports are named one by one", () => {
    expect(lines(all, STAR)).toEqual([]);
    expect(lines(all, DEFAULT)).toEqual([]);
    expect(lines(one("core/a.ts", 'export * from "./b.js";'), STAR)).toHaveLength(1);
    expect(lines(one("core/a.ts", "export default 1;"), DEFAULT)).toHaveLength(1);
    expect(lines(one("core/a.ts", "export { a as default };"), DEFAULT)).toHaveLength(1);
  });

  test("no type is any, nothing is said not to be null, no error is silenced", () => {
    expect(lines(all, ANY)).toEqual([]);
    for (const text of ["a: any", "x as any", "Map<string, any>", "any[]", "type A = any;"]) {
      expect(lines(one("core/a.ts", text), ANY), text).toHaveLength(1);
    }
    expect(lines(all, NON_NULL)).toEqual([]);
    expect(lines(one("core/a.ts", "a!.b"), NON_NULL)).toHaveLength(1);
    expect(lines(one("core/a.ts", "a !== b"), NON_NULL)).toEqual([]);
    const silenced = /@ts-(?:ignore|nocheck|expect-error)|biome-ignore|eslint-disable/;
    expect(all.filter(({ text }) => silenced.test(text)).map(({ file }) => file)).toEqual([]);
  });

  test("nothing is left for later", () => {
    const later = /\b(?:TODO|FIXME|XXX|HACK)\b/;
    expect(all.filter(({ text }) => later.test(text)).map(({ file }) => file)).toEqual([]);
    expect(later.test("// TODO: later")).toBe(true);
  });
});

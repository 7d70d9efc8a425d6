/** What docs/adding-a-regime.md shows is done here, word for word, to a copy of the built program. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const GUIDE = readFileSync(join(ROOT, "docs", "adding-a-regime.md"), "utf8");
let copy = "";

/** The blocks of the page, by the file that stands in their first line. */
function block(file: string): string {
  const found = [...GUIDE.matchAll(/```(?:ts|yaml)\n(?:\/\/|#) (\S+)\n([\s\S]*?)```/g)];
  const text = found.find(([, name]) => name === file)?.[2];
  if (text === undefined) throw new Error(`the page has no ${file}`);
  return text;
}

/** The types taken off: what is left of the page's file is the program. */
function plain(typed: string): string {
  return typed
    .replace(/^import \{ type [^}]*, (\w+) \} from/gm, "import { $1 } from")
    .replace(/^import type .*\n/gm, "")
    .replace(/^((?:export )?const \w+): [^=]+ =/gm, "$1 =");
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "custody-regime-"));
  for (const name of ["dist", "migrations", "package.json"]) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  for (const kind of ["refused", "permitted"]) {
    writeFileSync(
      join(copy, `${kind}.yaml`),
      block(`test/scenarios/consent/atlantis-${kind}.yaml`),
    );
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function replay(...files: readonly string[]) {
  const main = join(copy, "dist", "cli", "main.js");
  return spawnSync(process.execPath, [main, "replay", ...files], { cwd: copy, encoding: "utf8" });
}

test("a law that nobody has written is unknown, and one file and its two lines make it known", () => {
  expect(replay("refused.yaml", "permitted.yaml").status).toBe(2);
  const folder = join(copy, "dist", "core", "regimes");
  writeFileSync(join(folder, "atlantis.js"), plain(block("src/core/regimes/atlantis.ts")));
  const index = join(folder, "index.js");
  const text = readFileSync(index, "utf8");
  const [first = "", second = ""] = block("src/core/regimes/index.ts").trim().split("\n");
  expect(second.trim()).toBe("atlantis,");
  writeFileSync(
    index,
    `${first}\n${text.replace("export const REGIMES = {", `export const REGIMES = {\n${second}`)}`,
  );
  const run = replay("refused.yaml", "permitted.yaml");
  expect(`${run.stdout}${run.stderr}`).not.toContain("expected");
  expect(run.status).toBe(0);
  const lax = block("src/core/regimes/atlantis.ts").replace(
    "CHILD_UNDER_YEARS = 16",
    "CHILD_UNDER_YEARS = 10",
  );
  writeFileSync(join(folder, "atlantis.js"), plain(lax));
  expect(replay("refused.yaml").status).toBe(1);
});

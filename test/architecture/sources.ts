/** The source files and what each imports, read from their text: what the architecture tests judge. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");
export const SOURCES = join(ROOT, "src");

const FROM = /(?:^|\n)(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"/g;
const BARE = /(?:^|\n)import\s+"([^"]+)"/g;
const CALLED = /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g;

export interface Source {
  /** Relative to `src`, with forward slashes. */
  readonly file: string;
  readonly text: string;
  /** Our own files that it imports, types included, relative to `src`. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

/** Every TypeScript file below `src`, in order of their names. */
export function sources(): readonly Source[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.split(sep).join("/"));
  return files.sort().map((file) => sourceOf(file, readFileSync(join(SOURCES, file), "utf8")));
}

export function sourceOf(file: string, text: string): Source {
  const targets = [FROM, BARE, CALLED].flatMap((how) =>
    [...text.matchAll(how)].map(([, target]) => target ?? ""),
  );
  const ours = targets
    .filter((target) => target.startsWith("."))
    .map((target) => normalize(join(dirname(file), target)).replace(/\.js$/, ".ts"))
    .map((target) => target.split(sep).join("/"));
  return {
    file,
    text,
    imports: [...new Set(ours)],
    packages: [...new Set(targets.filter((target) => !target.startsWith(".")))],
  };
}

/** The text without comments and without the insides of strings: what is left is code. */
export function code(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
    (found) => (found.startsWith("/") ? found.replace(/[^\n]/g, " ") : '""'),
  );
}

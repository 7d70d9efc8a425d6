/** Finding scenario files by a pattern, and reading them. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { CustodyError } from "../errors.js";
import { type Parsed, parseScenario } from "./parse.js";

/**
 * Files that match, in order of their names, with forward slashes, as the pattern writes them:
 * `*` and `?` stay within a folder, `**` goes through any number of them. A file is itself, were
 * there a `*` in its name; a folder is every YAML file below it. A name of nothing is kept: that it
 * cannot be read is for the reader to say.
 *
 * @throws `file-unreadable` when a folder that is there cannot be read
 */
export function matching(pattern: string, folder: string): readonly string[] {
  const kind = kindOf(resolve(folder, pattern));
  if (kind === "file") return [pattern];
  if (kind === "folder") return inFolder(pattern.replace(/\/+$/, "") || "/", folder);
  const parts = pattern.split("/");
  const fixed = parts.findIndex((part) => /[*?]/.test(part));
  if (fixed < 0) return [pattern];
  const base = parts.slice(0, fixed).join("/");
  const start = base === "" && pattern.startsWith("/") ? "/" : base;
  const wanted = expressionOf(parts.slice(fixed));
  const prefix = fixed === 0 ? "" : `${base}/`;
  return below(resolve(folder, start), start)
    .filter((file) => wanted.test(file))
    .map((file) => `${prefix}${file}`)
    .sort();
}

function kindOf(place: string): "file" | "folder" | undefined {
  const seen = statSync(place, { throwIfNoEntry: false });
  return seen?.isDirectory() === true ? "folder" : seen?.isFile() === true ? "file" : undefined;
}

function inFolder(name: string, folder: string): readonly string[] {
  return below(resolve(folder, name), name)
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => (name === "." ? file : `${name === "/" ? "" : name}/${file}`))
    .sort();
}

function below(root: string, said: string): readonly string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => resolve(entry.parentPath, entry.name).slice(root.length))
      .map((file) => file.split(sep).join("/").replace(/^\//, ""));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    // In a folder that is not there nothing matches; one that cannot be looked into may hold more.
    if (reason === "ENOENT") return [];
    throw new CustodyError("file-unreadable", { place: said || ".", reason }, { cause });
  }
}

function expressionOf(parts: readonly string[]): RegExp {
  const source = parts.map((part, index) => {
    const last = index === parts.length - 1;
    if (part === "**") return last ? ".*" : "(?:[^/]+/)*";
    const text = part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    const one = text.replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
    return last ? one : `${one}/`;
  });
  return new RegExp(`^${source.join("")}$`);
}

/** @param file as it is said in faults, from `folder` on. A file that cannot be read is a fault. */
export function readScenario(file: string, folder: string): Parsed {
  try {
    return parseScenario(readFileSync(resolve(folder, file), "utf8"), file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    return { faults: [{ file, line: 1, path: "", reason: `it cannot be read (${code})` }] };
  }
}

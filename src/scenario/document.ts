/** The YAML of a scenario file, with the way back from a path to its line. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { nearest } from "./nearest.js";

/** Why a file is not a scenario. `path` is empty when the file as a whole is meant. */
export interface ScenarioFault {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly path: string;
  readonly reason: string;
}

export type Path = readonly PropertyKey[];

export interface YamlText {
  readonly file: string;
  readonly value: unknown;
  /** A fault at the deepest node that the path leads to; `key` points at a key of the map there. */
  readonly fault: (path: Path, reason: string, key?: string) => ScenarioFault;
}

export const SCENARIO_CHARACTERS_MAX = 2_000_000;
const ALIASES_MAX = 1_000;
const TOO_DEEP = "nested too deep, or repeated too often through anchors";

/** Dates and times stay text: the core schema of YAML 1.2 knows neither. */
export function readYaml(
  text: string,
  file: string,
): { readonly yaml: YamlText } | { readonly faults: readonly ScenarioFault[] } {
  const whole = (reason: string) => ({ faults: [{ file, line: 1, path: "", reason }] });
  if (text.length > SCENARIO_CHARACTERS_MAX) {
    return whole(`SCENARIO_CHARACTERS_MAX allows ${SCENARIO_CHARACTERS_MAX}`);
  }
  try {
    return readDocument(text, file);
  } catch {
    // The reader itself gives up on nesting beyond the stack and on anchors that multiply.
    return whole(TOO_DEEP);
  }
}

function readDocument(
  text: string,
  file: string,
): { readonly yaml: YamlText } | { readonly faults: readonly ScenarioFault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    file,
    line: lines.linePos(pos[0]).line,
    path: "",
    reason: message.startsWith("Maximum call stack") ? TOO_DEEP : message,
  }));
  if (faults.length > 0) return { faults };
  const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
  const fault = (path: Path, reason: string, key?: string) => ({
    file,
    line: lineOf(document, lines, path, key),
    path: pathText(key === undefined ? path : [...path, key]),
    reason,
  });
  const odd = oddNumber(value, []);
  if (odd !== undefined) return { faults: [fault(odd, "expected a number that JSON can say")] };
  return { yaml: { file, value, fault } };
}

/** The path of the first number that is infinite, none, or an integer too large to be exact. */
function oddNumber(value: unknown, path: Path): Path | undefined {
  if (typeof value === "number") {
    const exact =
      Number.isFinite(value) && !(Number.isInteger(value) && !Number.isSafeInteger(value));
    return exact ? undefined : path;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const entries: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  for (const [key, item] of entries) {
    const found = oddNumber(item, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function lineOf(
  document: Document.Parsed,
  lines: LineCounter,
  path: Path,
  key: string | undefined,
): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
    if (!isNode(node)) continue;
    const pair =
      key !== undefined && depth === path.length && isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
        : undefined;
    const at = (isNode(pair?.key) ? pair.key : node).range?.[0];
    if (at !== undefined) return lines.linePos(at).line;
  }
  return 1;
}

export function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

/** The first complaint of a schema, where it is, in words that say what was expected. */
export function complaintOf(error: z.ZodError): {
  readonly path: Path;
  readonly reason: string;
  readonly key?: string;
} {
  // A key written wrong is also a key that is missing: what is there is told first.
  const unknown = error.issues.find(({ code }) => code === "unrecognized_keys");
  const issue = deepest(unknown ?? error.issues[0]);
  const found = issue?.input;
  if (issue === undefined) return { path: [], reason: "not valid" };
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return { path: issue.path, reason: `unknown key ${JSON.stringify(key)}`, key };
  }
  if (issue.code === "invalid_value") {
    const words = issue.values.map(String);
    return { path: issue.path, reason: `expected ${words.join(", ")}${instead(found, words)}` };
  }
  if (issue.code === "invalid_type") {
    const missing = issue.message.endsWith("received undefined");
    const reason = missing
      ? "required"
      : issue.message.replace("Invalid input: ", "").replace("received", "found");
    return { path: issue.path, reason };
  }
  return { path: issue.path, reason: issue.message };
}

/** What stood there, where it is a word, and the known one that may be meant. */
function instead(found: unknown, known: readonly string[]): string {
  if (typeof found !== "string") return "";
  const meant = nearest(found, known);
  return `, found ${JSON.stringify(found)}${meant === undefined ? "" : ` (nearest: ${meant})`}`;
}

/** Of a union, the complaint of the branch that came furthest. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code === "invalid_key") return { ...issue, code: "custom", message: "unknown key" };
  if (issue?.code !== "invalid_union") return issue;
  const branches = issue.errors.map(([first]) => deepest(first)).filter((one) => !!one);
  const length = (one: z.core.$ZodIssue) => one.path.length + (one.code === "invalid_type" ? 0 : 1);
  const [best] = branches.sort((a, b) => length(b) - length(a));
  if (best === undefined || length(best) === 0) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

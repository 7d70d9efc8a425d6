/** Files named on the command line. What they hold is never repeated in an error. */
import { readFileSync, statSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { CustodyError } from "../errors.js";

export const INPUT_BYTES_MAX = 16 * 1024 * 1024;

/** @throws `file-unreadable`, `limit-exceeded` */
export function readInput(place: string): string {
  try {
    const { size } = statSync(place);
    if (size > INPUT_BYTES_MAX) {
      throw new CustodyError("limit-exceeded", { limit: "INPUT_BYTES_MAX", max: INPUT_BYTES_MAX });
    }
    return readFileSync(place, "utf8");
  } catch (cause) {
    if (cause instanceof CustodyError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new CustodyError("file-unreadable", { place, reason }, { cause });
  }
}

/**
 * No cause is attached: the parser's message quotes the text. @throws `file-unreadable`,
 * `limit-exceeded`
 */
export function readJsonInput(place: string): unknown {
  const text = readInput(place);
  try {
    return JSON.parse(text);
  } catch {
    throw new CustodyError("file-unreadable", { place, reason: "it is not JSON" });
  }
}

/**
 * Every document of a YAML file; JSON is YAML. Dates are text, as in JSON, and an alias cannot make
 * a small file large.
 * @throws `file-unreadable`, `limit-exceeded`
 */
export function readYamlInput(place: string): readonly unknown[] {
  const text = readInput(place);
  const read = parseAllDocuments(text, { schema: "core", uniqueKeys: true });
  const documents = Array.isArray(read) ? read : [];
  const broken = documents.some(({ errors, warnings }) => errors.length + warnings.length > 0);
  if (broken) throw new CustodyError("file-unreadable", { place, reason: "it is not YAML" });
  try {
    return documents.map((document) => document.toJS({ maxAliasCount: 0 }) as unknown);
  } catch {
    throw new CustodyError("file-unreadable", { place, reason: "it is not plain YAML" });
  }
}

/** Files named on the command line. What they hold is never repeated in an error. */
import { readFileSync, statSync } from "node:fs";
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

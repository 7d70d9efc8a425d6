/**
 * Options are checked strictly: a key that nobody reads is a mistake of the caller, and is said so
 * at once.
 */
import { CustodyError } from "../errors.js";

/**
 * @throws `option-unknown` naming the path of the first key that is not in `known`;
 * `option-invalid` for no object
 */
export function requireKnown(given: unknown, known: readonly string[], path: string): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new CustodyError("option-invalid", { path, reason: "an object is expected" });
  }
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw new CustodyError("option-unknown", { path: `${path}.${key}` });
  }
}

/** @throws `option-invalid` naming the path when the text is empty or not a text */
export function requireText(given: unknown, path: string, maxLength = 1_000): string {
  if (typeof given !== "string" || given === "" || given.length > maxLength) {
    throw new CustodyError("option-invalid", {
      path,
      reason: `1 to ${maxLength} characters expected`,
    });
  }
  return given;
}

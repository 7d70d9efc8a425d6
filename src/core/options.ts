/**
 * Options are checked strictly: a key that nobody reads is a mistake of the caller, and is said so
 * at once.
 */
import { CustodyError } from "../errors.js";

const LONE_SURROGATE = /\p{Surrogate}/u;

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
  // Half of a character has no bytes in UTF-8: it could be neither stored nor signed as it is.
  if (LONE_SURROGATE.test(given)) {
    throw new CustodyError("option-invalid", { path, reason: "half a character is in it" });
  }
  return given;
}

/** @throws `option-invalid` naming the path when it is no list, or a shorter one */
export function requireList(given: unknown, path: string, minLength = 0): void {
  if (!Array.isArray(given) || given.length < minLength) {
    throw new CustodyError("option-invalid", { path, reason: "a list is expected" });
  }
}

/** @throws `option-invalid` naming the path when it is no list of texts, or a shorter one */
export function requireTexts(given: unknown, path: string, minLength = 0): void {
  requireList(given, path, minLength);
  for (const one of given as readonly unknown[]) requireText(one, path);
}

/** @throws `option-invalid` naming the path when it is given and neither true nor false */
export function requireBoolean(given: unknown, path: string): void {
  if (given !== undefined && typeof given !== "boolean") {
    throw new CustodyError("option-invalid", { path, reason: "true or false is expected" });
  }
}

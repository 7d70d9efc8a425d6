/**
 * Texts as PostgreSQL can hold them. Its text has no NUL character, and the port's has: U+0000 is
 * written as U+0001 U+0001 and U+0001 as U+0001 U+0002, which keeps every text apart from every
 * other and in the order of its bytes. A document's body needs none of this: JSON writes NUL in
 * letters.
 */
import { CustodyError } from "../../errors.js";

/**
 * Of the texts by which one row is found, together, in bytes. An entry of an index is at most a
 * third of a page (8 KiB), and what does not fit would be refused by the server in the middle of a
 * batch.
 */
export const KEY_BYTES_MAX = 2_000;

export function toText(given: string): string {
  return ODD.test(given)
    ? given.replace(ODD_ALL, (odd) => (odd === NUL ? "\u0001\u0001" : "\u0001\u0002"))
    : given;
}

export function fromText(stored: unknown): string {
  const text = String(stored);
  return text.includes("\u0001")
    ? text.replace(ESCAPES, (two) => (two[1] === "\u0001" ? NUL : "\u0001"))
    : text;
}

/** @throws `limit-exceeded` */
export function requireKey(texts: readonly string[]): void {
  let bytes = 0;
  for (const text of texts) bytes += Buffer.byteLength(text);
  if (bytes <= KEY_BYTES_MAX) return;
  throw new CustodyError("limit-exceeded", { limit: "KEY_BYTES_MAX", max: KEY_BYTES_MAX });
}

const NUL = String.fromCharCode(0);
const SIGNS = `[${NUL}${String.fromCharCode(1)}]`;
const ODD = new RegExp(SIGNS, "u");
const ODD_ALL = new RegExp(SIGNS, "gu");
const ESCAPES = new RegExp(`${String.fromCharCode(1)}[\\s\\S]`, "gu");

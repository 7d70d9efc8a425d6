/** What a step brought about, and how it is held against what the file expects. */
import { isCustodyError } from "../errors.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { Kind } from "./words.js";

/** Something a step made, for its alias. */
export interface Made {
  readonly kind: Kind;
  readonly id: string;
}

/** Keys as in `expect`. */
export type Said = Readonly<Record<string, unknown>>;

export interface Outcome {
  readonly said: Said;
  readonly made?: Made | undefined;
}

/** An error as an outcome: refusals and configuration codes as the format writes them. */
export function outcomeOfError(error: unknown): Outcome {
  if (!isCustodyError(error)) {
    return { said: { error: error instanceof Error ? error.name : "not an error" } };
  }
  const { code, message } = error;
  if (error.refusal) return { said: { refused: code } };
  if (code.startsWith("config/")) return { said: { "config-error": code.slice(7) } };
  return { said: { error: code, message } };
}

const FAILURES = ["refused", "config-error", "error"];

export interface Verdict {
  readonly ok: boolean;
  readonly expected: Said;
  readonly actual: Said;
}

/**
 * Only the keys the expectation names are looked at. Lists are whole sets, maps whole maps, and
 * `refused` may list the codes that pass. Whatever is not expected to be refused must succeed.
 */
export function judge(expect: Said | undefined, said: Said): Verdict {
  const failures = Object.keys(said).filter((key) => FAILURES.includes(key));
  const expected = expect ?? {};
  const odd = failures.filter((key) => !Object.hasOwn(expected, key));
  const named = Object.entries(expected);
  const wrong = named.filter(
    ([key, wanted]) => !Object.hasOwn(said, key) || !fits(key, wanted, said[key]),
  );
  const ok = odd.length === 0 && wrong.length === 0;
  const keys = [...new Set([...Object.keys(expected), ...failures])];
  const actual = Object.fromEntries(
    keys.flatMap((key) => (Object.hasOwn(said, key) ? [[key, said[key]]] : [])),
  );
  if (odd.includes("error")) Object.assign(actual, { message: said.message });
  return { ok, expected: named.length === 0 ? { done: true } : expected, actual };
}

function fits(key: string, wanted: unknown, found: unknown): boolean {
  if (key === "refused" && Array.isArray(wanted)) return wanted.includes(found);
  if (key === "counts") return same(withoutZeros(wanted), withoutZeros(found));
  if (Array.isArray(wanted) && Array.isArray(found)) return same(asSet(wanted), asSet(found));
  return same(wanted, found);
}

function asSet(list: readonly unknown[]): readonly string[] {
  return [...new Set(list.map((item) => canonical(item as Json)))].sort();
}

/** A count left out is 0. */
function withoutZeros(counts: unknown): unknown {
  if (typeof counts !== "object" || counts === null) return counts;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

function same(a: unknown, b: unknown): boolean {
  return a !== undefined && b !== undefined && canonical(a as Json) === canonical(b as Json);
}

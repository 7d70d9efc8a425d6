/** `repeat`: one written step, done once for each number; and lists such as `w-{1..40}`. */
import { z } from "zod";
import { text } from "./words.js";

export const REPETITIONS_MAX = 10_000;

export const Repeat = z
  .strictObject({ from: z.int().min(0), to: z.int().min(0), as: text.optional() })
  .refine(({ from, to }) => from <= to, "expected `from` not above `to`")
  .refine(({ from, to }) => to - from < REPETITIONS_MAX, `more than ${REPETITIONS_MAX} steps`);
export type Repeat = z.infer<typeof Repeat>;

/** Fills `{i}` and `{i-1}` in everywhere, in keys as well. What was text stays text. */
export function filled(value: unknown, i: number): unknown {
  if (typeof value === "string") {
    return value.replaceAll("{i}", String(i)).replaceAll("{i-1}", String(i - 1));
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, i));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [filled(key, i), filled(item, i)]);
  return Object.fromEntries(entries) as unknown;
}

const RANGE = /^(.*)\{(\d{1,6})\.\.(\d{1,6})\}(.*)$/s;

/** The names that one entry of a list of aliases stands for: itself, unless it holds a range. */
export function namesIn(entry: string): readonly string[] {
  const [, before, first, last, after] = RANGE.exec(entry) ?? [];
  const from = Number(first);
  const count = Number(last) - from + 1;
  if (first === undefined || !(count >= 1 && count <= REPETITIONS_MAX)) return [entry];
  return Array.from({ length: count }, (_, index) => `${before}${from + index}${after}`);
}

/** Lists at these dotted paths with their ranges written out; everything else as it was. */
export function ranged(value: unknown, paths: readonly string[]): unknown {
  return paths.reduce((whole, path) => rangedAt(whole, path.split(".")), value);
}

function rangedAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (!Array.isArray(value)) return value;
    return value.flatMap((item) => (typeof item === "string" ? namesIn(item) : [item]));
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return value;
  return { ...value, [key]: rangedAt((value as Record<string, unknown>)[key], rest) };
}

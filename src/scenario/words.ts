/** The words that scenario files are written with, as schemas that convert nothing. */
import { z } from "zod";
import { REFUSAL_CODES } from "../errors.js";
import { parseCivilDate } from "../lib/civil-date.js";
import { parseDuration } from "../lib/duration.js";
import { parseInstant } from "../lib/instant.js";

/** What an alias can stand for. */
export const KINDS = [
  "subject",
  "request",
  "consent",
  "record",
  "dataset",
  "artifact",
  "model",
  "order",
  "hold",
  "deletion",
  "plan",
  "purge",
] as const;
export type Kind = (typeof KINDS)[number];

/** Where a verb or its expectation names aliases, by path, and what each may stand for. */
export type Names = Readonly<Record<string, readonly Kind[]>>;

export interface Verb<I extends z.ZodType = z.ZodType, E extends z.ZodType = z.ZodType> {
  readonly input: I;
  readonly expect: E;
  /** Paths in the input. */
  readonly names: Names;
  /** Paths in the expectation. */
  readonly expected: Names;
  /** What `as` names; absent for a verb that makes nothing. */
  readonly makes?: Kind;
}

/** @param about `names` and `expected` default to none */
export function verb<I extends z.ZodType, E extends z.ZodType>(
  input: I,
  expect: E,
  about: Partial<Omit<Verb, "input" | "expect">> = {},
): Verb<I, E> {
  return Object.freeze({ input, expect, names: {}, expected: {}, ...about });
}

const NAME_CHARACTERS_MAX = 500;

export const text = z.string().min(1).max(NAME_CHARACTERS_MAX);
export const texts = z.array(text);
export const day = z
  .string()
  .refine((given) => parseCivilDate(given) !== undefined, "expected a day (YYYY-MM-DD)");
export const duration = z
  .string()
  .refine((given) => parseDuration(given) !== undefined, "expected an ISO 8601 duration");
/** An instant with its zone, or a day, which is a day of UTC. */
export const moment = z
  .string()
  .refine((given) => msOf(given) !== undefined, "expected an instant with a zone, or a day");
export const refused = z.union([z.enum(REFUSAL_CODES), z.array(z.enum(REFUSAL_CODES)).min(1)]);
export const dues = z.record(z.string(), day);

/** Expectations of verbs that can only be refused. */
export const mayRefuse = z.strictObject({ refused: refused.optional() });

/** The epoch milliseconds of a moment; a day is its midnight in UTC. */
export function msOf(given: string): number | undefined {
  return parseInstant(given) ?? parseInstant(`${given}T00:00:00Z`);
}

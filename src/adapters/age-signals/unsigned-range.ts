/**
 * An age range that a platform hands to the app on the person's device, unsigned: what all readers
 * of such answers have in common.
 */
import type { EvidenceSource } from "../../core/age.js";
import type { AgeSignal, SilentClaim } from "../../core/age-signal.js";
import { type AssuranceLevel, cappedAssurance } from "../../core/assurance.js";

const AGE_YEARS_MAX = 150;
const ADULT_FROM = 18;

export type Fields = { readonly [name: string]: unknown };

/** The members of an answer; undefined for anything that is not a plain record of them. */
export function fieldsOf(answer: unknown): Fields | undefined {
  const plain = typeof answer === "object" && answer !== null && !Array.isArray(answer);
  return plain ? (answer as Fields) : undefined;
}

/** A signal that says nothing about the age, and why. */
export function silent(source: EvidenceSource, claim: SilentClaim): AgeSignal {
  return Object.freeze({
    kind: "age-range",
    source,
    claim,
    assurance: "asserted",
    verifiable: false,
  });
}

/** A bound as the platforms give it: absent (null, undefined), an age, or something unreadable. */
export type Bound = number | undefined | "unreadable";

export function boundOf(value: unknown): Bound {
  if (value === null || value === undefined) return undefined;
  const readable =
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= AGE_YEARS_MAX;
  return readable ? value : "unreadable";
}

/**
 * A range, or silence where nothing can be read.
 *
 * `level` is what the platform says about how it knows, undefined where that is absent or a word
 * that this version does not know. Then only a range that ends below 18 is taken: it can make
 * nobody older, while a range that is open above may be a library's default for "no answer" (one
 * cross-platform wrapper gives a lower bound of 18 where the platform has no such API).
 */
export function unsignedRange(
  source: EvidenceSource,
  lower: Bound,
  upper: Bound,
  level: AssuranceLevel | undefined,
): AgeSignal {
  if (lower === "unreadable" || upper === "unreadable") return silent(source, "unsupported");
  if (lower === undefined && upper === undefined) return silent(source, "not-shared");
  if (lower !== undefined && upper !== undefined && lower > upper) {
    return silent(source, "unsupported");
  }
  const minor = upper !== undefined && upper < ADULT_FROM;
  if (level === undefined && !minor) return silent(source, "unsupported");
  return Object.freeze({
    kind: "age-range",
    source,
    ...(lower === undefined ? {} : { lower }),
    ...(upper === undefined ? {} : { upper }),
    assurance: cappedAssurance(level ?? "asserted"),
    verifiable: false,
  });
}

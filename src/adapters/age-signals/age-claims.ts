/**
 * What the verified claims of a token say about an age.
 *
 * Read are `age_over_NN` (the element names of ISO/IEC 18013-5 and of `eu.europa.ec.av.1`), the
 * object `age_equal_or_over` of the EU person identification data in its SD-JWT form, and two
 * integer bounds where the app names their claims. The type is never bent: a claim that is not true
 * or false, or not a whole number, is not there.
 */
import type { EvidenceSource } from "../../core/age.js";
import type { Verified } from "../../core/age-signal.js";
import { CustodyError } from "../../errors.js";
import { boundOf } from "./unsigned-range.js";

const AGE_OVER = /^age_over_(\d{1,3})$/;
const AGE_NUMBER = /^\d{1,3}$/;
const ADULT_FROM = 18;
const CHILD_UNDER = 13;

export type Claims = { readonly [name: string]: unknown };

/** The names of two claims that hold whole years, both inclusive. */
export interface BoundClaims {
  readonly lower: string;
  readonly upper: string;
}

type Said = Pick<Verified, "kind" | "source" | "value" | "claim" | "lower" | "upper">;

/**
 * - Over 18 or more: the one credential that counts.
 * - Over a lower age, with or without a "no" above it: a range.
 * - Nothing but a "no" at 13 or below: a range that ends there. Nothing but a "no" above that: a
 *   proof that failed, which says nothing (it does not show a child).
 * - Nothing readable: `unsupported`.
 * @throws `signal-invalid` when the claims contradict each other
 */
export function ageSaid(source: EvidenceSource, claims: Claims, bounds?: BoundClaims): Said {
  const { over, notOver } = thresholds(claims);
  const named = bounds === undefined ? {} : boundsOf(claims, bounds);
  const lower = highest(over, named.lower);
  const upper = lowest(
    notOver.map((age) => age - 1),
    named.upper,
  );
  if (lower !== undefined && upper !== undefined && lower > upper) {
    throw new CustodyError("signal-invalid", { reason: "the claims contradict each other" });
  }
  if (lower !== undefined && lower >= ADULT_FROM) {
    return { kind: "credential", source, claim: "age-over-18", value: true };
  }
  if (lower !== undefined) {
    return { kind: "age-range", source, lower, ...(upper === undefined ? {} : { upper }) };
  }
  if (upper === undefined) return { kind: "age-range", source, claim: "unsupported" };
  if (upper < CHILD_UNDER) return { kind: "age-range", source, lower: 0, upper };
  return { kind: "credential", source, claim: "age-over-18", value: false };
}

interface Thresholds {
  readonly over: number[];
  readonly notOver: number[];
}

function thresholds(claims: Claims): Thresholds {
  const found: Thresholds = { over: [], notOver: [] };
  for (const [name, value] of Object.entries(claims)) {
    const age = AGE_OVER.exec(name)?.[1];
    if (age !== undefined) note(found, age, value);
  }
  const object = claims.age_equal_or_over;
  if (typeof object === "object" && object !== null) {
    for (const [age, value] of Object.entries(object)) {
      if (AGE_NUMBER.test(age)) note(found, age, value);
    }
  }
  return found;
}

function note(found: Thresholds, age: string, value: unknown): void {
  if (value === true) found.over.push(Number(age));
  if (value === false) found.notOver.push(Number(age));
}

function boundsOf(claims: Claims, names: BoundClaims): { lower?: number; upper?: number } {
  const [lower, upper] = [boundOf(claims[names.lower]), boundOf(claims[names.upper])];
  return {
    ...(typeof lower === "number" ? { lower } : {}),
    ...(typeof upper === "number" ? { upper } : {}),
  };
}

function highest(ages: readonly number[], other: number | undefined): number | undefined {
  const all = other === undefined ? ages : [...ages, other];
  return all.length === 0 ? undefined : Math.max(...all);
}

function lowest(ages: readonly number[], other: number | undefined): number | undefined {
  const all = other === undefined ? ages : [...ages, other];
  return all.length === 0 ? undefined : Math.min(...all);
}

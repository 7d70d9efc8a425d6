/**
 * Whose consent the laws ask for, by age: the gate's own questions, put for every age at one place.
 */
import { forbiddenBy, needsFor } from "./gate.js";
import type { Policy, Purpose } from "./policy.js";
import type { Citation, Need } from "./regimes/regime.js";

/** No law that custody knows draws a line above it. */
const AGE_YEARS_MAX = 30;

/** What holds from one birthday up to, and not with, another. */
export interface AgeAnswer {
  /** Whole years. */
  readonly from: number;
  /** Whole years; absent where it holds from `from` on. */
  readonly below?: number;
  /** Who must have agreed; nobody when it is empty. */
  readonly needs: readonly Need[];
  /** The rule that forbids the purpose whatever anybody agrees to. */
  readonly forbidden?: Citation;
}

/**
 * The answers for a purpose at a place, from birth on, without a gap. Somebody whose age is not
 * known is not in it: the gate refuses them before it asks for a consent.
 */
export function surveyConsents(
  policy: Policy,
  purpose: Purpose,
  jurisdiction: string,
): readonly AgeAnswer[] {
  const facts = { policy, subject: { jurisdiction } };
  const answers: AgeAnswer[] = [];
  let last = "";
  for (let years = 0; years <= AGE_YEARS_MAX; years += 1) {
    const needs = needsFor(facts, purpose, years);
    const forbidden = forbiddenBy(facts, purpose, years);
    const key = JSON.stringify([needs, forbidden]);
    if (key === last) continue;
    const before = answers.pop();
    if (before !== undefined) answers.push(Object.freeze({ ...before, below: years }));
    answers.push({ from: years, needs, ...(forbidden === undefined ? {} : { forbidden }) });
    last = key;
  }
  return Object.freeze(answers);
}

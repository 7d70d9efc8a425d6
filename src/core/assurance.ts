/**
 * How sure a method of age assurance is. A level says how far to rely on a signal; which evidence
 * counts does not depend on it (FORMAT.md, "which counts").
 */

/** The levels of confidence of IEEE 2089.1-2024, weakest first. */
export const ASSURANCE_LEVELS = ["asserted", "standard", "enhanced", "strict"] as const;
export type AssuranceLevel = (typeof ASSURANCE_LEVELS)[number];

/**
 * What the device of the person hands over unsigned can be written by the person: whatever method
 * its sender names, it counts as no more than this.
 */
export const FORGEABLE_ASSURANCE_MAX: AssuranceLevel = "standard";

/** The level, or the highest that an unsigned answer can have. */
export function cappedAssurance(level: AssuranceLevel): AssuranceLevel {
  return isForgeableLevel(level) ? level : FORGEABLE_ASSURANCE_MAX;
}

/** True for the levels that a signal without a proof may carry. */
export function isForgeableLevel(level: AssuranceLevel): boolean {
  return ASSURANCE_LEVELS.indexOf(level) <= ASSURANCE_LEVELS.indexOf(FORGEABLE_ASSURANCE_MAX);
}

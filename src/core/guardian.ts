/**
 * A parent's own three acts of 16 CFR 312.6(a): separate rights, each asked for by itself. What a
 * challenge to the parent's contact says about them, and who counts as a parent who may ask.
 */
import type { ConsentState, Verdict } from "./consent.js";

export const GUARDIAN_ACTS = ["review", "refuse-further", "delete"] as const;
export type GuardianAct = (typeof GUARDIAN_ACTS)[number];

interface ActWords {
  /** The one thing that is said yes to. */
  readonly purpose: string;
  readonly text: string;
}

export const GUARDIAN_WORDS: { readonly [A in GuardianAct]: ActWords } = {
  review: {
    purpose: "show me what is held about my child",
    text:
      "Somebody has asked, as the parent, to be shown what is held about your child (16 CFR " +
      "312.6(a)(1) and (3)). If it was you, confirm it. Nothing is shown otherwise.",
  },
  "refuse-further": {
    purpose: "no further use and no further collection",
    text:
      "Somebody has asked, as the parent, that what is held about your child is used no further " +
      "and that nothing more is collected (16 CFR 312.6(a)(2)). Nothing is deleted by it. If it " +
      "was you, confirm it. Nothing changes otherwise.",
  },
  delete: {
    purpose: "delete what is held about my child",
    text:
      "Somebody has asked, as the parent, that what is held about your child is deleted (16 CFR " +
      "312.6(a)(2)). It cannot be brought back. If it was you, confirm it. Nothing is deleted " +
      "otherwise.",
  },
};

const ONCE_GIVEN: readonly Verdict[] = ["given", "withdrawn", "revoked", "expired"];

/**
 * The newest consent by which a giver was once verified as a parent. One that was refused verified
 * nobody; one that was invalidated never was a parent's, unless only the practice ended it.
 */
export function parentalConsent(
  consents: readonly ConsentState[],
  giver: string,
): ConsentState | undefined {
  return consents.findLast((consent) => {
    if (consent.from !== "parent" || consent.giver !== giver) return false;
    if (consent.status === "invalidated") return consent.endedByPractice === true;
    return consent.decisions.some(({ verdict }) => ONCE_GIVEN.includes(verdict));
  });
}

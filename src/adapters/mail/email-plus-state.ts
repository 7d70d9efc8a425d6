/**
 * How far a parent has come on the two steps of e-mail plus, and what each link may do there. Pure
 * decisions; the state says what was agreed and never who the parent is.
 */
import { z } from "zod";
import type { ParentChoice } from "../../core/parent-choice.js";
import { CustodyError } from "../../errors.js";
import type { Json } from "../../lib/canonical.js";
import type { Challenge, VerifierOutcome, VerifierState } from "../../ports/parent-verifier.js";
import type { LinkChoice, LinkClaims } from "./link-token.js";

export const EMAIL_PLUS_METHOD = "email-plus";

const Names = z.array(z.string());

const State = z.discriminatedUnion("step", [
  /** The question is sent; nothing was answered. */
  z.strictObject({ version: z.literal(1), step: z.literal("asked") }),
  /** A first yes came; the confirmation is sent. */
  z.strictObject({
    version: z.literal(1),
    step: z.literal("confirming"),
    grants: Names,
    /** Epoch milliseconds of the first yes. */
    agreedAtMs: z.number(),
  }),
  /** Answered for good. `grants` are those of the confirmation, where one was sent. */
  z.strictObject({
    version: z.literal(1),
    step: z.literal("answered"),
    grants: Names.optional(),
  }),
]);

export type EmailPlusState = z.output<typeof State>;

export const EMAIL_PLUS_ASKED: EmailPlusState = Object.freeze({ version: 1, step: "asked" });

export interface Judged {
  readonly state: VerifierState;
  readonly outcome: VerifierOutcome;
}

/** Undefined for a state that this adapter did not make. */
export function readEmailPlusState(state: VerifierState): EmailPlusState | undefined {
  const parsed = State.safeParse(state);
  return parsed.success ? parsed.data : undefined;
}

/** The second link came back. */
export function confirmed(state: EmailPlusState, choice: ParentChoice): Judged {
  return {
    state: answeredState(state),
    outcome: {
      state: "answered",
      verdict: "verified",
      method: EMAIL_PLUS_METHOD,
      // Both are facts of the second letter: it was sent, it named the way to revoke, and its link
      // came back.
      conditions: { "plus-step-done": true, "revocation-notice": true },
      ...choice,
    },
  };
}

/**
 * A no, or no parent: both are final at either step. A yes only where one step is enough: to a
 * parent's own act.
 */
export function answered(
  state: EmailPlusState,
  verdict: "verified" | "refused" | "not-a-parent",
  choice?: ParentChoice,
): Judged {
  return {
    state: answeredState(state),
    outcome: {
      state: "answered",
      verdict,
      method: EMAIL_PLUS_METHOD,
      conditions: { "plus-step-done": false, "revocation-notice": state.step === "confirming" },
      ...choice,
    },
  };
}

function answeredState(state: EmailPlusState): EmailPlusState {
  const grants = state.step === "confirming" ? { grants: state.grants } : {};
  return { version: 1, step: "answered", ...grants };
}

/**
 * A passed step is used up whichever of its links comes; a step that is not open yet has no valid
 * link.
 */
export function requireTurn(claims: LinkClaims, challenge: Challenge, state: EmailPlusState): void {
  if (state.step === "asked" && claims.step === 1) return;
  if (state.step === "confirming" && claims.step === 2) return;
  if (state.step === "asked") throw new CustodyError("token-invalid", { id: challenge.request });
  throw new CustodyError("token-used", { id: challenge.request });
}

/** The purposes that a link can agree to at most. */
export function allowedBy(
  choice: LinkChoice,
  { purposes }: Challenge,
  state: EmailPlusState,
): readonly string[] {
  switch (choice) {
    case "yes":
      return purposes.filter((purpose) => !purpose.separate).map((purpose) => purpose.name);
    case "yes-separate":
      return purposes.map((purpose) => purpose.name);
    case "confirm":
      return state.step === "confirming" ? state.grants : [];
    case "no":
    case "not-a-parent":
      return [];
  }
}

/** What the parent was shown with the first links. */
export function questionOffer({ purposes, noticeText }: Challenge): Json {
  return [noticeText, purposes.map(({ name, separate }) => [name, separate])];
}

/**
 * What the parent was shown with the second links: a confirmation confirms exactly these grants.
 */
export function confirmationOffer(challenge: Challenge, grants: readonly string[]): Json {
  return [questionOffer(challenge), grants];
}

/** The offer that a token of this step must have been made for. */
export function offerOf(claims: LinkClaims, challenge: Challenge, state: EmailPlusState): Json {
  if (claims.step === 1) return questionOffer(challenge);
  return confirmationOffer(challenge, state.step === "asked" ? [] : (state.grants ?? []));
}

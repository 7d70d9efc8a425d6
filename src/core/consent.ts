/**
 * A consent: one answer of one giver to one request, and what became of each purpose in it since.
 *
 * Methods are the nine of 16 CFR 312.5(b)(2), recorded only as the verifier that ran reports them;
 * their conditions are in core/method-conditions.ts. What is allowed now is looked up here at every
 * use; a basis only remembers how a record got in.
 */
export const CONSENT_METHODS = [
  "signed-form",
  "payment-transaction",
  "toll-free-call",
  "video-conference",
  "government-id-database",
  "knowledge-based-authentication",
  "face-match-photo-id",
  "email-plus",
  "text-plus",
  "vendor-flow",
  "unlisted",
] as const;

/**
 * The nine of 16 CFR 312.5(b)(2), and two that never satisfy it: a vendor that does not say, and
 * anything else.
 */
export type ConsentMethod = (typeof CONSENT_METHODS)[number];

/**
 * Off once any child's data is disclosed to anybody: 16 CFR 312.5(b)(2)(viii) and (ix) test the
 * practice.
 */
export const WEAK_METHODS: readonly ConsentMethod[] = ["email-plus", "text-plus"];

/**
 * W3C DPV consent statuses, with the operator's own revocation apart from the giver's withdrawal.
 */
export const CONSENT_STATES = [
  "requested",
  "given",
  "refused",
  "expired",
  "withdrawn",
  "revoked",
  "invalidated",
  "superseded",
] as const;
export type ConsentStatus = (typeof CONSENT_STATES)[number];

export const INVALIDATION_REASONS = [
  "not-the-parent",
  "method-not-met",
  "provider-revoked",
  "notice-deceptive",
] as const;
export type InvalidationReason = (typeof INVALIDATION_REASONS)[number];

export const REVOKED_BY = ["parent", "other-parent", "subject", "operator", "regulator"] as const;
export type RevokedBy = (typeof REVOKED_BY)[number];

export type Verdict = "given" | "refused" | "withdrawn" | "revoked" | "invalidated" | "expired";

/** What one giver last said on one purpose in this consent. */
export interface PurposeDecision {
  readonly purpose: string;
  readonly verdict: Verdict;
  /** ISO instant of the last change. */
  readonly at: string;
  /**
   * The place of the last change among all that was decided for the person, from 1: two changes can
   * have one instant. Absent in a decision written before this was kept.
   */
  readonly order?: number;
  /** True when it was granted by name: a disclosure needs that (16 CFR 312.5(a)(2)). */
  readonly named: boolean;
}

export type Giver = "parent" | "subject" | "school";

/** A request that nobody answered in time: no decision of anybody, and a question no more. */
export interface LapsedRequest {
  readonly purposes: readonly string[];
  readonly regime: string;
  readonly from: Giver;
}

export interface ConsentState {
  readonly id: string;
  readonly request: string;
  readonly regime: string;
  /** `subject`, or the keyed hash of the contact by which two parents are told apart. */
  readonly giver: string;
  readonly from: Giver;
  readonly notice: string;
  /** Absent for a subject's own consent, which has no method. */
  readonly method: ConsentMethod | "";
  readonly verifier: string;
  /**
   * The conditions of the method as its verifier reported them, each judged met; absent where none
   * was reported.
   */
  readonly conditions?: KeptConditions;
  /** ISO instant of the answer. */
  readonly answeredAt: string;
  readonly status: ConsentStatus;
  readonly decisions: readonly PurposeDecision[];
  /**
   * True when it was invalidated by a change of practice: it was good until then, and what came in
   * under it is restricted, not tainted.
   */
  readonly endedByPractice?: boolean;
}

export type Conditions = { readonly [condition: string]: string | number | boolean | undefined };

export type KeptConditions = { readonly [condition: string]: string | number | boolean };

/**
 * A consent: one answer of one giver to one request, and what became of each purpose in it since.
 *
 * Methods are the nine of 16 CFR 312.5(b)(2), recorded only as the verifier that ran reports them,
 * with the conditions each has. What is allowed now is looked up here at every use; a basis only
 * remembers how a record got in.
 */
import { parseDuration } from "../lib/duration.js";

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
  /** True when it was granted by name: a disclosure needs that (16 CFR 312.5(a)(2)). */
  readonly named: boolean;
}

export interface ConsentState {
  readonly id: string;
  readonly request: string;
  readonly regime: string;
  /** `subject`, or the keyed hash of the contact by which two parents are told apart. */
  readonly giver: string;
  readonly from: "parent" | "subject";
  readonly notice: string;
  /** Absent for a subject's own consent, which has no method. */
  readonly method: ConsentMethod | "";
  readonly verifier: string;
  /** ISO instant of the answer. */
  readonly answeredAt: string;
  readonly status: ConsentStatus;
  readonly decisions: readonly PurposeDecision[];
}

export type Conditions = { readonly [condition: string]: string | number | boolean | undefined };

export type AnswerJudgement =
  | { readonly ok: true }
  /** The plus step is not done yet: the consent stays requested. */
  | { readonly ok: "not-yet" }
  | {
      readonly ok: false;
      readonly code: "method-unreported" | "method-insufficient";
      readonly condition: string;
    };

const ID_KEPT_MAX_SECONDS = 86_400;
const QUESTIONS_MIN = 4;
const OPTIONS_MIN = 4;
const INSUFFICIENT = "method-insufficient" as const;

/**
 * Judges what the verifier reported: the method that ran, and its conditions. A condition left out
 * counts as met; one reported unmet makes the method insufficient and the request stays open.
 *
 * @param discloses whether the operator discloses children's data to anybody at all (the practice,
 * not this purpose)
 */
export function judgeMethod(
  method: ConsentMethod | undefined,
  conditions: Conditions,
  discloses: boolean,
): AnswerJudgement {
  if (method === undefined) return { ok: false, code: "method-unreported", condition: "method" };
  if (method === "vendor-flow" || method === "unlisted") return unmet("method");
  const weak = WEAK_METHODS.includes(method);
  if (weak && discloses) return unmet("no-disclosure");
  const denied = firstDenied(conditions);
  if (denied !== undefined) return unmet(denied);
  if (weak) return conditions["plus-step-done"] === false ? { ok: "not-yet" } : { ok: true };
  const condition = firstUnmet(method, conditions);
  return condition === undefined ? { ok: true } : unmet(condition);
}

function unmet(condition: string): AnswerJudgement {
  return { ok: false, code: INSUFFICIENT, condition };
}

/**
 * Any condition reported false is unmet, whichever method it belongs to. Two are not judged here:
 * the plus step is waited for, and `monetary` matters to one law only.
 */
function firstDenied(conditions: Conditions): string | undefined {
  const elsewhere = ["plus-step-done", "monetary"];
  return Object.keys(conditions).find((c) => conditions[c] === false && !elsewhere.includes(c));
}

function firstUnmet(method: ConsentMethod, conditions: Conditions): string | undefined {
  switch (method) {
    case "signed-form":
      // A typed name in the app is no signature: post, fax or scan (312.5(b)(2)(i)).
      return conditions["returned-by"] === "in-app" ? "returned-by" : undefined;
    case "payment-transaction":
    case "toll-free-call":
    case "video-conference":
      // The holder was told, the staff is trained: reported false, they were denied above.
      return undefined;
    case "government-id-database":
    case "face-match-photo-id":
      return idKeptTooLong(conditions);
    case "knowledge-based-authentication":
      return unmetQuiz(conditions);
    default:
      return "method";
  }
}

function idKeptTooLong(conditions: Conditions): string | undefined {
  const kept = conditions["id-deleted-after"];
  if (kept === undefined) return undefined;
  const duration = parseDuration(kept);
  if (duration === undefined || duration.years > 0 || duration.months > 0)
    return "id-deleted-after";
  const seconds = duration.days * 86_400 + duration.seconds;
  return seconds <= ID_KEPT_MAX_SECONDS ? undefined : "id-deleted-after";
}

function unmetQuiz(conditions: Conditions): string | undefined {
  const { attempts } = conditions;
  if (attempts !== undefined && !Number.isSafeInteger(attempts)) return "attempts";
  if (tooFew(conditions.questions, QUESTIONS_MIN)) return "questions";
  return tooFew(conditions.options, OPTIONS_MIN) ? "options" : undefined;
}

function tooFew(count: unknown, min: number): boolean {
  return count !== undefined && !(typeof count === "number" && count >= min);
}

/** What the consent as a whole is, given what became of its purposes. */
export function statusOf(decisions: readonly PurposeDecision[]): ConsentStatus {
  const verdicts = new Set(decisions.map((decision) => decision.verdict));
  for (const verdict of ["invalidated", "given", "revoked", "withdrawn", "expired"] as const) {
    if (verdicts.has(verdict)) return verdict;
  }
  return "refused";
}

/**
 * Applies an ending to a consent: to the named purposes, or to all. Only what was given ends as
 * withdrawn or revoked; an invalidation covers everything, for it says the consent never was one.
 */
export function endConsent(
  consent: ConsentState,
  verdict: "withdrawn" | "revoked" | "invalidated" | "expired",
  at: string,
  purposes?: readonly string[],
): ConsentState {
  const decisions = consent.decisions.map((decision) => {
    const named = purposes === undefined || purposes.includes(decision.purpose);
    const ends = verdict === "invalidated" || decision.verdict === "given";
    return named && ends ? { ...decision, verdict, at } : decision;
  });
  const status = statusOf(decisions);
  const stays = consent.status === "superseded" && status === "given";
  return { ...consent, decisions, status: stays ? "superseded" : status };
}

/**
 * Marks older consents of the same giver and regime as superseded when the newer one was asked for
 * all their purposes. A superseded consent stays the basis of what came in under it.
 */
export function supersede(
  consents: readonly ConsentState[],
  newer: ConsentState,
): readonly ConsentState[] {
  const asked = new Set(newer.decisions.map((decision) => decision.purpose));
  return consents.map((older) => {
    const same = older.giver === newer.giver && older.regime === newer.regime;
    const covered = older.decisions.every((decision) => asked.has(decision.purpose));
    const replaced = same && covered && older.status === "given" && newer.status === "given";
    return replaced ? { ...older, status: "superseded" as const } : older;
  });
}

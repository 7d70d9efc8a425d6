/**
 * The conditions that each method of 16 CFR 312.5(b)(2) has: judged when a verifier reports them,
 * required when a service sets a method up, and kept with the consent.
 */
import { parseDuration } from "../lib/duration.js";
import {
  type Conditions,
  type ConsentMethod,
  type KeptConditions,
  WEAK_METHODS,
} from "./consent.js";

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

export interface MethodQuestion {
  /** What was asked for: a vendor's flow may report nothing, and is then recorded as just that. */
  readonly asked: ConsentMethod;
  /** The method that ran, as the verifier reports it. */
  readonly method: ConsentMethod | undefined;
  readonly conditions: Conditions;
  /** Whether the operator discloses children's data to anybody (the practice, not the purpose). */
  readonly discloses: boolean;
  /** A condition that the regime adds to the method (ccpa-minors: `monetary`). */
  readonly also: string | undefined;
}

/**
 * Judges what the verifier reported: the method that ran, and its conditions. A condition left out
 * counts as met; one reported unmet makes the method insufficient and the request stays open.
 */
export function judgeMethod(q: MethodQuestion): AnswerJudgement {
  const { conditions, discloses } = q;
  const method = q.method ?? (q.asked === "vendor-flow" ? q.asked : undefined);
  if (method === undefined) return { ok: false, code: "method-unreported", condition: "method" };
  if (method === "vendor-flow" && q.asked === "vendor-flow") return { ok: true };
  if (method === "vendor-flow" || method === "unlisted") return unmet("method");
  const weak = WEAK_METHODS.includes(method);
  if (weak && discloses) return unmet("no-disclosure");
  const denied = firstDenied(conditions, q.also);
  if (denied !== undefined) return unmet(denied);
  if (weak) return isUndone(conditions["plus-step-done"]) ? { ok: "not-yet" } : { ok: true };
  const condition = firstUnmet(method, conditions);
  return condition === undefined ? { ok: true } : unmet(condition);
}

/**
 * The conditions each method has: those that a set-up must state. `monetary` is COPPA's no more
 * (90 FR 16918 removed it).
 */
const METHOD_CONDITIONS: { readonly [M in ConsentMethod]: readonly string[] } = {
  "signed-form": ["returned-by"],
  "payment-transaction": ["holder-notified"],
  "toll-free-call": ["trained-staff"],
  "video-conference": ["trained-staff"],
  "government-id-database": ["id-deleted-after"],
  "knowledge-based-authentication": ["dynamic", "questions", "options", "attempts"],
  "face-match-photo-id": ["trained-staff", "id-deleted-after"],
  "email-plus": ["plus-step-done", "revocation-notice"],
  "text-plus": ["plus-step-done", "revocation-notice"],
  "vendor-flow": [],
  unlisted: [],
};

/**
 * The first condition that a method's set-up leaves out or does not meet, or undefined. A set-up
 * states what every answer by the method will be like, so here nothing counts as met unsaid.
 */
export function conditionMissing(
  method: ConsentMethod,
  setUp: Conditions,
  also: readonly string[],
): string | undefined {
  const all = [...METHOD_CONDITIONS[method], ...also];
  const absent = all.find((condition) => setUp[condition] === undefined);
  if (absent !== undefined) return absent;
  const off = also.find((condition) => setUp[condition] === false);
  if (off !== undefined || method === "vendor-flow" || method === "unlisted") return off;
  const judged = judgeMethod({
    asked: method,
    method,
    conditions: setUp,
    discloses: false,
    also: undefined,
  });
  if (judged.ok === true) return undefined;
  return judged.ok === "not-yet" ? "plus-step-done" : judged.condition;
}

/**
 * Of what was reported, the conditions that the method has (and that the law of the request adds):
 * those are judged, so that their values are closed words, numbers and durations. Anything else
 * that a verifier says may be a person's, and is not kept.
 */
export function conditionsKept(
  method: ConsentMethod,
  reported: Conditions,
  also: string | undefined,
): KeptConditions | undefined {
  const kept: Record<string, string | number | boolean> = {};
  for (const name of [...METHOD_CONDITIONS[method], also ?? ""]) {
    const said = reported[name];
    if (said !== undefined) kept[name] = said;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function isUndone(plusStep: Conditions[string]): boolean {
  return plusStep !== undefined && plusStep !== true;
}

function unmet(condition: string): AnswerJudgement {
  return { ok: false, code: INSUFFICIENT, condition };
}

/** Conditions that are a plain yes: whatever else is reported of them is none. */
const YES_OR_NO = [
  "holder-notified",
  "monetary",
  "trained-staff",
  "dynamic",
  "plus-step-done",
  "revocation-notice",
];

/**
 * Any condition reported false is unmet, whichever method it belongs to, and so is one that asks
 * for a yes and got something else. Two are not judged here: the plus step is waited for, and
 * `monetary` matters only to a law that adds it.
 */
function firstDenied(conditions: Conditions, also: string | undefined): string | undefined {
  const elsewhere = ["plus-step-done", "monetary"].filter((condition) => condition !== also);
  return Object.keys(conditions).find((name) => {
    const said = conditions[name];
    const denied = YES_OR_NO.includes(name) ? said !== undefined && said !== true : said === false;
    return denied && !elsewhere.includes(name);
  });
}

function firstUnmet(method: ConsentMethod, conditions: Conditions): string | undefined {
  switch (method) {
    case "signed-form":
      // A typed name in the app is no signature: post, fax or scan (312.5(b)(2)(i)).
      return wasSentBack(conditions["returned-by"]) ? undefined : "returned-by";
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

function wasSentBack(by: Conditions[string]): boolean {
  return by === undefined || by === "post" || by === "fax" || by === "scan";
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
  if (attempts !== undefined && !(Number.isSafeInteger(attempts) && Number(attempts) >= 1)) {
    return "attempts";
  }
  if (tooFew(conditions.questions, QUESTIONS_MIN)) return "questions";
  return tooFew(conditions.options, OPTIONS_MIN) ? "options" : undefined;
}

function tooFew(count: unknown, min: number): boolean {
  return count !== undefined && !(typeof count === "number" && count >= min);
}

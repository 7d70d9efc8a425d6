/**
 * Has the one who must agree agreed? Givers are told apart; each one's last answer on a purpose
 * counts, and a refusal or withdrawal by one outweighs the other's yes. An answer that never was a
 * consent (invalidated) takes nothing from another giver's yes. A yes never reaches back before its
 * own moment.
 */
import type { RefusalCode } from "../errors.js";
import {
  type ConsentState,
  type LapsedRequest,
  type PurposeDecision,
  type Verdict,
  WEAK_METHODS,
} from "./consent.js";
import { type Notice, noticeCovers, type Reach } from "./notice.js";
import type { Purpose } from "./policy.js";
import type { Need } from "./regimes/regime.js";
import type { Category } from "./vocabulary.js";

export interface AgreementQuestion {
  readonly need: Need;
  readonly purpose: Purpose;
  readonly categories: readonly Category[];
  readonly consents: readonly ConsentState[];
  /** Requests that lapsed: where nobody has ever decided on the purpose they give the code. */
  readonly lapsed: readonly LapsedRequest[];
  /** The consents that stood when the record came in; undefined when collecting now. */
  readonly stood: readonly string[] | undefined;
  /** The consent must have been answered strictly before this ISO instant; "" for no bound. */
  readonly before: string;
  readonly notices: ReadonlyMap<string, Notice>;
  /** Whether the operator discloses to anybody at all. */
  readonly discloses: boolean;
  /** Whether a school's representative may stand in for the parent for this purpose. */
  readonly school: boolean;
}

export type Agreement =
  | { readonly given: true; readonly consent: ConsentState }
  | { readonly given: false; readonly code: RefusalCode; readonly consent: string };

const CODE_OF: { readonly [V in Exclude<Verdict, "given">]: RefusalCode } = {
  refused: "consent-refused",
  withdrawn: "consent-withdrawn",
  revoked: "consent-withdrawn",
  expired: "consent-expired",
  invalidated: "consent-invalidated",
};

/**
 * What one giver says against outweighs another's yes. That an answer never was one, or never came,
 * does not.
 */
const AGAINST: readonly Verdict[] = ["refused", "withdrawn", "revoked"];

/** What one giver last decided on the purpose, and in which consent. */
interface LastDecision {
  decision: PurposeDecision;
  consent: ConsentState;
}

/** The newest yes that came as far, whatever it then falls short of. */
interface Furthest {
  yes: ConsentState | undefined;
  inTime: ConsentState | undefined;
  strong: ConsentState | undefined;
  told: ConsentState | undefined;
}

/** Allocates by the number of givers, never by the number of consents. */
export function agreementOf(q: AgreementQuestion): Agreement {
  const last = lastDecisions(q);
  const no = latest(last, true);
  if (no !== undefined && last.some(({ decision }) => AGAINST.includes(decision.verdict))) {
    return { given: false, ...codeOf(no) };
  }
  const furthest: Furthest = {
    yes: undefined,
    inTime: undefined,
    strong: undefined,
    told: undefined,
  };
  for (let index = q.consents.length - 1; index >= 0; index -= 1) {
    const consent = q.consents[index];
    if (consent !== undefined && opens(consent, q, last, furthest)) return { given: true, consent };
  }
  const { inTime, strong, told } = furthest;
  if (inTime === undefined) return { given: false, ...without(q, furthest, last) };
  if (strong === undefined) {
    return { given: false, code: "method-insufficient", consent: inTime.id };
  }
  // What falls short is told by the newest consent that covers the purpose.
  const code = told === undefined ? "notice-outdated" : "separate-consent-required";
  return { given: false, code, consent: inTime.id };
}

/** A consent that covers the purpose may still fall short: its method, its notice, its bundling. */
function opens(
  consent: ConsentState,
  q: AgreementQuestion,
  last: readonly LastDecision[],
  furthest: Furthest,
): boolean {
  if (!speaksFor(consent, q.need) || (consent.from === "school" && !q.school)) return false;
  const decision = decisionOn(consent, q.purpose.name);
  if (decision?.verdict !== "given") return false;
  furthest.yes ??= consent;
  if (!stoodThen(consent, q) || ended(consent, last, q)) return false;
  furthest.inTime ??= consent;
  if (q.discloses && consent.method !== "" && WEAK_METHODS.includes(consent.method)) return false;
  furthest.strong ??= consent;
  const notice = q.notices.get(consent.notice);
  if (notice === undefined || !noticeCovers(notice, reachOf(q))) return false;
  furthest.told ??= consent;
  return !q.purpose.separate || decision.named;
}

function reachOf({ purpose, categories }: AgreementQuestion): Reach {
  const recipients = purpose.recipients.filter((r) => r.role !== "processor");
  return { purpose: purpose.name, use: purpose.use, categories, recipients };
}

type Speaker = Pick<ConsentState | LapsedRequest, "from" | "regime">;

/** A school speaks in a parent's place, whichever law asks for the parent. */
export function speaksFor({ from, regime }: Speaker, need: Need): boolean {
  if (from === "school") return need.giver === "parent";
  return regime === need.regime && from === need.giver;
}

/**
 * Last by the decision, not by the consent: an older consent may have been taken back after a newer
 * one was given, at the same moment even.
 */
function lastDecisions({ consents, need, purpose }: AgreementQuestion): readonly LastDecision[] {
  const last: LastDecision[] = [];
  for (const consent of consents) {
    const decision = speaksFor(consent, need) ? decisionOn(consent, purpose.name) : undefined;
    if (decision === undefined) continue;
    const own = ofGiver(last, consent.giver);
    if (own === undefined) {
      last.push({ decision, consent });
    } else if (isLater(decision, own.decision)) {
      own.decision = decision;
      own.consent = consent;
    }
  }
  return last;
}

function ofGiver(last: readonly LastDecision[], giver: string): LastDecision | undefined {
  for (const one of last) if (one.consent.giver === giver) return one;
  return undefined;
}

function decisionOn(consent: ConsentState, purpose: string): PurposeDecision | undefined {
  for (const decision of consent.decisions) if (decision.purpose === purpose) return decision;
  return undefined;
}

/** The one decided last, of all or of those that are no yes. */
function latest(last: readonly LastDecision[], notGiven: boolean): LastDecision | undefined {
  let found: LastDecision | undefined;
  for (const one of last) {
    if (notGiven && one.decision.verdict === "given") continue;
    if (found === undefined || isLater(one.decision, found.decision)) found = one;
  }
  return found;
}

/** In the order of the decisions; where none was kept by their moments, a tie by the answers. */
function isLater(one: PurposeDecision, than: PurposeDecision): boolean {
  if (one.order !== undefined && than.order !== undefined) return one.order >= than.order;
  return one.at >= than.at;
}

/** The refusal that a decision other than a yes is. */
function codeOf({ decision, consent }: LastDecision): Refused {
  const { verdict } = decision;
  const code = verdict === "given" ? "consent-required" : CODE_OF[verdict];
  return { code, consent: consent.id };
}

interface Refused {
  readonly code: RefusalCode;
  readonly consent: string;
}

/** Nothing new is let in on an older yes of a giver whose later one turned out to be none. */
function ended(
  consent: ConsentState,
  last: readonly LastDecision[],
  q: AgreementQuestion,
): boolean {
  if (q.stood !== undefined) return false;
  return ofGiver(last, consent.giver)?.decision.verdict === "invalidated";
}

function stoodThen(consent: ConsentState, q: AgreementQuestion): boolean {
  if (q.need.reachesBack) return true;
  // The newest are asked first, and the newest stand last.
  if (q.stood !== undefined && q.stood.lastIndexOf(consent.id) < 0) return false;
  return q.before === "" || consent.answeredAt < q.before;
}

/** Silence takes nothing from an answer: it speaks only where none was ever given. */
function hasLapsed(q: AgreementQuestion): boolean {
  return q.lapsed.some((one) => speaksFor(one, q.need) && one.purposes.includes(q.purpose.name));
}

function without(q: AgreementQuestion, { yes }: Furthest, last: readonly LastDecision[]): Refused {
  const decided = latest(last, false);
  if (decided !== undefined && decided.decision.verdict !== "given") return codeOf(decided);
  if (decided === undefined && hasLapsed(q)) return { code: "consent-expired", consent: "" };
  // A yes that came only after the device took the value opens nothing for it, and is no reason of
  // scope.
  if (yes !== undefined && q.stood === undefined) return { code: "consent-required", consent: "" };
  const live = q.consents.find(
    (c) => speaksFor(c, q.need) && c.decisions.some((d) => d.verdict === "given"),
  );
  return live === undefined
    ? { code: "consent-required", consent: "" }
    : { code: "consent-out-of-scope", consent: live.id };
}

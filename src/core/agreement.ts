/**
 * Has the one who must agree agreed? Givers are told apart; each one's last answer on a purpose
 * counts, and a refusal or withdrawal by one outweighs the other's yes. An answer that never was a
 * consent (invalidated) takes nothing from another giver's yes. A yes never reaches back before its
 * own moment.
 */
import type { RefusalCode } from "../errors.js";
import { type ConsentState, type LapsedRequest, type Verdict, WEAK_METHODS } from "./consent.js";
import { type Notice, noticeCovers } from "./notice.js";
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
  readonly verdict: Verdict;
  readonly at: string;
  readonly order: number | undefined;
  readonly consent: ConsentState;
}

export function agreementOf(q: AgreementQuestion): Agreement {
  const mine = q.consents.filter((c) => speaksFor(c, q.need));
  const last = lastDecisions(mine, q.purpose.name);
  const no = latest(last.filter(({ verdict }) => verdict !== "given"));
  const outweighed = last.some(({ verdict }) => AGAINST.includes(verdict));
  if (outweighed && no !== undefined) return { given: false, ...codeOf(no) };
  const yes = mine.filter((c) => gives(c, q.purpose.name) && (c.from !== "school" || q.school));
  const inTime = yes.filter((c) => stoodThen(c, q) && !ended(c, last, q));
  const covering = inTime.at(-1);
  if (covering === undefined) return { given: false, ...without(q, mine, yes, last) };
  return narrowed(q, inTime, covering);
}

/** A school speaks in a parent's place, whichever law asks for the parent. */
function speaksFor({ from, regime }: ConsentState | LapsedRequest, need: Need): boolean {
  if (from === "school") return need.giver === "parent";
  return regime === need.regime && from === need.giver;
}

/** A consent that covers the purpose may still fall short: its method, its notice, its bundling. */
function narrowed(
  q: AgreementQuestion,
  inTime: readonly ConsentState[],
  covering: ConsentState,
): Agreement {
  const strong = inTime.filter(
    (c) => !(q.discloses && c.method !== "" && WEAK_METHODS.includes(c.method)),
  );
  if (strong.length === 0) {
    return { given: false, code: "method-insufficient", consent: covering.id };
  }
  const named = strong.filter((c) => {
    const notice = q.notices.get(c.notice);
    return (
      notice !== undefined &&
      noticeCovers(notice, {
        purpose: q.purpose.name,
        use: q.purpose.use,
        categories: q.categories,
        recipients: q.purpose.recipients.filter((r) => r.role !== "processor"),
      })
    );
  });
  if (named.length === 0) return { given: false, code: "notice-outdated", consent: covering.id };
  const apart = named.filter((c) => !q.purpose.separate || namedApart(c, q.purpose.name));
  const found = apart.at(-1);
  if (found === undefined) {
    return { given: false, code: "separate-consent-required", consent: covering.id };
  }
  return { given: true, consent: found };
}

/**
 * Last by the decision, not by the consent: an older consent may have been taken back after a newer
 * one was given, at the same moment even.
 */
function lastDecisions(
  consents: readonly ConsentState[],
  purpose: string,
): readonly LastDecision[] {
  const byGiver = new Map<string, LastDecision>();
  for (const consent of consents) {
    const decision = consent.decisions.find((d) => d.purpose === purpose);
    if (decision === undefined) continue;
    const { verdict, at, order } = decision;
    const found = latest([byGiver.get(consent.giver), { verdict, at, order, consent }]);
    if (found !== undefined) byGiver.set(consent.giver, found);
  }
  return [...byGiver.values()];
}

/** The one decided last. */
function latest(decisions: readonly (LastDecision | undefined)[]): LastDecision | undefined {
  let found: LastDecision | undefined;
  for (const one of decisions) {
    if (one !== undefined && (found === undefined || isLater(one, found))) found = one;
  }
  return found;
}

/** In the order of the decisions; where none was kept by their moments, a tie by the answers. */
function isLater(one: LastDecision, than: LastDecision): boolean {
  if (one.order !== undefined && than.order !== undefined) return one.order >= than.order;
  return one.at >= than.at;
}

/** The refusal that a decision other than a yes is. */
function codeOf(decision: LastDecision): { readonly code: RefusalCode; readonly consent: string } {
  const { verdict, consent } = decision;
  const code = verdict === "given" ? "consent-required" : CODE_OF[verdict];
  return { code, consent: consent.id };
}

/** Nothing new is let in on an older yes of a giver whose later one turned out to be none. */
function ended(
  consent: ConsentState,
  last: readonly LastDecision[],
  q: AgreementQuestion,
): boolean {
  const own = last.find((one) => one.consent.giver === consent.giver);
  return q.stood === undefined && own?.verdict === "invalidated";
}

function gives(consent: ConsentState, purpose: string): boolean {
  return consent.decisions.some((d) => d.purpose === purpose && d.verdict === "given");
}

function namedApart(consent: ConsentState, purpose: string): boolean {
  return consent.decisions.some((d) => d.purpose === purpose && d.named);
}

function stoodThen(consent: ConsentState, q: AgreementQuestion): boolean {
  if (q.need.reachesBack) return true;
  if (q.stood !== undefined && !q.stood.includes(consent.id)) return false;
  return q.before === "" || consent.answeredAt < q.before;
}

/** Silence takes nothing from an answer: it speaks only where none was ever given. */
function hasLapsed(q: AgreementQuestion): boolean {
  return q.lapsed.some((one) => speaksFor(one, q.need) && one.purposes.includes(q.purpose.name));
}

function without(
  q: AgreementQuestion,
  mine: readonly ConsentState[],
  yes: readonly ConsentState[],
  last: readonly LastDecision[],
): { readonly code: RefusalCode; readonly consent: string } {
  const decided = latest(last);
  if (decided !== undefined && decided.verdict !== "given") return codeOf(decided);
  if (decided === undefined && hasLapsed(q)) return { code: "consent-expired", consent: "" };
  // A yes that came only after the device took the value opens nothing for it, and is no reason of
  // scope.
  if (yes.length > 0 && q.stood === undefined) return { code: "consent-required", consent: "" };
  const live = mine.find((c) => c.decisions.some((d) => d.verdict === "given"));
  return live === undefined
    ? { code: "consent-required", consent: "" }
    : { code: "consent-out-of-scope", consent: live.id };
}

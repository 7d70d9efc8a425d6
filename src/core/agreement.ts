/**
 * Has the one who must agree agreed? Givers are told apart; each one's last answer on a purpose
 * counts, and a refusal or withdrawal by one outweighs the other's yes. An answer that never was a
 * consent (invalidated) takes nothing from another giver's yes. A yes never reaches back before its
 * own moment.
 */
import type { RefusalCode } from "../errors.js";
import { type ConsentState, type Verdict, WEAK_METHODS } from "./consent.js";
import { type Notice, noticeCovers } from "./notice.js";
import type { Purpose } from "./policy.js";
import type { Need } from "./regimes/regime.js";
import type { Category } from "./vocabulary.js";

export interface AgreementQuestion {
  readonly need: Need;
  readonly purpose: Purpose;
  readonly categories: readonly Category[];
  readonly consents: readonly ConsentState[];
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

/** A no that another giver's yes does not heal. */
const OUTWEIGHS: readonly Verdict[] = ["refused", "withdrawn", "revoked"];

export function agreementOf(q: AgreementQuestion): Agreement {
  const mine = q.consents.filter((c) => speaksFor(c, q.need));
  const last = lastAnswers(mine, q.purpose.name);
  const stand = new Set(last.filter((a) => a.verdict === "given").map((a) => a.giver));
  const yes = mine.filter(
    (c) => gives(c, q.purpose.name) && stand.has(c.giver) && (c.from !== "school" || q.school),
  );
  const against = latest(last.filter((a) => OUTWEIGHS.includes(a.verdict)));
  const ended = yes.length > 0 ? against : latest(last.filter((a) => a.verdict !== "given"));
  if (ended !== undefined && ended.verdict !== "given") {
    return { given: false, code: CODE_OF[ended.verdict], consent: ended.consent.id };
  }
  const inTime = yes.filter((c) => stoodThen(c, q));
  const covering = inTime.at(-1);
  if (covering === undefined) return { given: false, ...without(q, mine, yes) };
  return narrowed(q, inTime, covering);
}

/** A school speaks in a parent's place, whichever law asks for the parent. */
function speaksFor(consent: ConsentState, need: Need): boolean {
  if (consent.from === "school") return need.giver === "parent";
  return consent.regime === need.regime && consent.from === need.giver;
}

/** A consent that covers the purpose may still fall short: its method, its notice, its bundling. */
function narrowed(
  q: AgreementQuestion,
  inTime: readonly ConsentState[],
  latest: ConsentState,
): Agreement {
  const strong = inTime.filter(
    (c) => !(q.discloses && c.method !== "" && WEAK_METHODS.includes(c.method)),
  );
  if (strong.length === 0) {
    return { given: false, code: "method-insufficient", consent: latest.id };
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
  if (named.length === 0) return { given: false, code: "notice-outdated", consent: latest.id };
  const apart = named.filter((c) => !q.purpose.separate || namedApart(c, q.purpose.name));
  const found = apart.at(-1);
  if (found === undefined) {
    return { given: false, code: "separate-consent-required", consent: latest.id };
  }
  return { given: true, consent: found };
}

interface Answer {
  readonly giver: string;
  readonly verdict: Verdict;
  readonly at: string;
  readonly consent: ConsentState;
}

/** Each giver's last answer on the purpose, in the order of the answers. */
function lastAnswers(consents: readonly ConsentState[], purpose: string): readonly Answer[] {
  const byGiver = new Map<string, Answer>();
  for (const consent of consents) {
    const decision = consent.decisions.find((d) => d.purpose === purpose);
    if (decision === undefined) continue;
    const { verdict, at } = decision;
    byGiver.set(consent.giver, { giver: consent.giver, verdict, at, consent });
  }
  return [...byGiver.values()];
}

/** The one decided last; of two at the same moment the later answer. */
function latest(answers: readonly Answer[]): Answer | undefined {
  let found: Answer | undefined;
  for (const answer of answers) {
    if (found === undefined || answer.at >= found.at) found = answer;
  }
  return found;
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

function without(
  q: AgreementQuestion,
  mine: readonly ConsentState[],
  yes: readonly ConsentState[],
): { readonly code: RefusalCode; readonly consent: string } {
  // A yes that came only after the device took the value opens nothing for it, and is no reason of
  // scope.
  if (yes.length > 0 && q.stood === undefined) return { code: "consent-required", consent: "" };
  const live = mine.find((c) => c.decisions.some((d) => d.verdict === "given"));
  return live === undefined
    ? { code: "consent-required", consent: "" }
    : { code: "consent-out-of-scope", consent: live.id };
}

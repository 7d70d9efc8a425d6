/**
 * Where a record stands now, and what it may be used for. Computed at every use from the record's
 * immutable basis and from what is known and decided today: nothing is cleaned by being stored.
 */
import type { RefusalCode } from "../errors.js";
import { addDuration, type Duration } from "../lib/duration.js";
import { parseInstant } from "../lib/instant.js";
import { bandOf } from "./age.js";
import { type AgreementQuestion, agreementOf } from "./agreement.js";
import type { ConsentState } from "./consent.js";
import {
  type Decision,
  endedFor,
  type Facts,
  forbiddenBy,
  helpFor,
  needsFor,
  schoolMay,
  yearsOf,
} from "./gate.js";
import type { Purpose } from "./policy.js";
import type { Basis, RecordStatus } from "./record.js";
import type { Citation, Need } from "./regimes/regime.js";
import type { RecordRow } from "./row.js";

/** What is decided about the record by others than its subject's consents. */
export interface Marks {
  /** A hold keeps it: no use, no erasure. */
  readonly held: boolean;
  /** An order that freezes has selected it; the order's id. */
  readonly order: string;
}

export interface Standing {
  readonly status: RecordStatus;
  /**
   * Why, as a closed word: erased, held, order, invalidated, withdrawn, deletion-requested,
   * found-out, age-unknown, admitted.
   */
  readonly cause:
    | "erased"
    | "held"
    | "order"
    | "invalidated"
    | "withdrawn"
    | "deletion-requested"
    | "found-out"
    | "age-unknown"
    | "admitted";
  readonly because: Citation;
}

const OURS = (section: string): Citation => ({ regime: "custody", section, firmness: "design" });
const ERASURE = OURS("erased is erased");
const ADMITTED: Standing = { status: "admitted", cause: "admitted", because: OURS("as let in") };
const UNKNOWN_AGE: Citation = {
  regime: "coppa",
  section: "FTC v. Musical.ly (2019)",
  firmness: "order",
};
/** An import of unknown age is used this long from its arrival, and destroyed a year after. */
export const UNKNOWN_AGE_USE: Duration = { years: 0, months: 0, days: 45, seconds: 0 };
export const UNKNOWN_AGE_KEPT: Duration = { years: 0, months: 12, days: 0, seconds: 0 };

export function standingOf(facts: Facts, record: RecordRow, basis: Basis, marks: Marks): Standing {
  if (record.erasedAt !== "") return { status: "erased", cause: "erased", because: ERASURE };
  if (marks.held) return { status: "held", cause: "held", because: OURS("kept under a hold only") };
  if (marks.order !== "") {
    return { status: "tainted", cause: "order", because: OURS(`order ${marks.order}`) };
  }
  if (facts.subject.deletionRequestedAt !== "") {
    const because: Citation = { regime: "coppa", section: "16 CFR 312.6(a)(2)", firmness: "rule" };
    return { status: "restricted", cause: "deletion-requested", because };
  }
  return byConsent(facts, record, basis);
}

/** Would it be let in again, for its own purpose, by what is known now and what stood then? */
function byConsent(facts: Facts, record: RecordRow, basis: Basis): Standing {
  const purpose = facts.policy.purposes.get(record.purpose);
  if (purpose === undefined || basis.kind === "exception") return ADMITTED;
  const own = facts.subject.consents.find((c) => c.id === basis.consent);
  if (own?.status === "invalidated") return invalidated(own);
  const years = yearsOf(facts, takenMs(record));
  if (basis.imported && ageStillUnknown(facts, record, years)) {
    return { status: "restricted", cause: "age-unknown", because: UNKNOWN_AGE };
  }
  for (const need of needsFor(facts, purpose, years)) {
    const agreement = agreementOf(questionOn(facts, record, basis, purpose, need));
    if (agreement.given || SHORT_OF.includes(agreement.code)) continue;
    const ended = facts.subject.consents.find((c) => c.id === agreement.consent);
    if (ended !== undefined && basis.consents.includes(ended.id)) {
      if (ended.status === "invalidated") return invalidated(ended);
      // Ended for this purpose alone: the rest of it stands, and so does what came in under it.
      if (ended.decisions.some((d) => d.verdict === "given")) continue;
    }
    // No agreement stood when it came in, by what is known now: it lacked one it needed. Otherwise
    // it was taken back.
    const lacked = basis.kind === "none" || basis.consent === "";
    const cause = lacked ? "found-out" : "withdrawn";
    return { status: "restricted", cause, because: need.because };
  }
  return ADMITTED;
}

/** What a consent may fall short of at a use without the record having been let in wrongly. */
const SHORT_OF: readonly RefusalCode[] = [
  "method-insufficient",
  "notice-outdated",
  "separate-consent-required",
];

function invalidated(consent: ConsentState): Standing {
  const because: Citation = { regime: "coppa", section: "16 CFR 312.5(b)(1)", firmness: "rule" };
  return consent.endedByPractice === true
    ? { status: "restricted", cause: "withdrawn", because }
    : { status: "tainted", cause: "invalidated", because };
}

/** An import whose subject's age nobody learned in time: not used any more. */
function ageStillUnknown(facts: Facts, record: RecordRow, years: number | undefined): boolean {
  if (years !== undefined || facts.policy.audience === "child-directed") return false;
  const arrived = parseInstant(record.collected);
  return arrived === undefined || facts.nowMs >= addDuration(arrived, UNKNOWN_AGE_USE);
}

function questionOn(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  purpose: Purpose,
  need: Need,
): AgreementQuestion {
  return {
    need,
    purpose,
    categories: [],
    consents: facts.subject.consents,
    stood: basis.consents,
    before: record.taken < record.collected ? record.taken : "",
    notices: facts.notices,
    discloses: false,
    school: schoolMay(facts, purpose),
  };
}

const RECORD_CODE: { readonly [S in Exclude<RecordStatus, "admitted">]: RefusalCode } = {
  erased: "record-erased",
  tainted: "record-tainted",
  restricted: "record-restricted",
  held: "record-restricted",
};

/**
 * May this record be used for this purpose, now? What is forbidden whatever is agreed comes first,
 * then the record's own status, its exception, and the purpose's agreement.
 */
export function decideUse(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  marks: Marks,
  purposeName: string,
): Decision {
  const years = yearsOf(facts, takenMs(record));
  const band = facts.policy.audience === "child-directed" ? "child" : bandOf(years);
  const purpose = facts.policy.purposes.get(purposeName);
  if (purpose === undefined) {
    return refused("purpose-unknown", OURS("declared purposes"), [], band);
  }
  const forbidden = forbiddenBy(facts, purpose, years);
  if (forbidden !== undefined) return refused("purpose-forbidden", forbidden, [], band);
  if (takenForAge(facts, record) && purposeName !== record.purpose) {
    return refused("purpose-forbidden", OURS("age checks are for age checks"), [], band);
  }
  const standing = standingOf(facts, record, basis, marks);
  if (standing.status !== "admitted") {
    return refused(RECORD_CODE[standing.status], standing.because, [], band);
  }
  const ended = endedFor(facts, purpose);
  if (ended !== undefined) return refused("purpose-forbidden", ended, [], band);
  if (basis.kind === "exception") return byException(facts, record, basis, purpose);
  return byAgreement(facts, record, basis, purpose);
}

/** Taken under an exception: for its own purpose, while the parent's notice does not forbid it. */
function byException(facts: Facts, record: RecordRow, basis: Basis, purpose: Purpose): Decision {
  const band = bandOf(yearsOf(facts, takenMs(record)));
  const because: Citation = {
    regime: "coppa",
    section: `16 CFR 312.5(c)(${basis.exception.slice(1)})`,
    firmness: "rule",
  };
  if (purpose.name !== record.purpose) {
    return refused("exception-not-allowed", because, ["Ask for consent."], band);
  }
  const notice = facts.subject.parentNotices[record.id];
  if (notice === "bounced") {
    return refused("notice-undelivered", because, ["Reach the parent."], band);
  }
  if (notice === "refused") return refused("consent-refused", because, [], band);
  return { allowed: true, kind: "exception", consent: "", band, because };
}

function byAgreement(facts: Facts, record: RecordRow, basis: Basis, purpose: Purpose): Decision {
  const years = yearsOf(facts, takenMs(record));
  const band = facts.policy.audience === "child-directed" ? "child" : bandOf(years);
  const collection = facts.policy.collections.get(record.collection);
  const categories = basis.categories ?? collection?.categories ?? [];
  let consent: ConsentState | undefined;
  let because = OURS("no regime in force asks for consent");
  for (const need of needsFor(facts, purpose, years)) {
    const agreement = agreementOf({
      ...questionOn(facts, record, basis, purpose, need),
      categories,
      discloses: facts.policy.discloses,
    });
    if (!agreement.given) {
      return refused(agreement.code, need.because, [helpFor(need, purpose)], band);
    }
    consent = agreement.consent;
    because = need.because;
  }
  return { allowed: true, kind: basis.kind, consent: consent?.id ?? "", band, because };
}

function takenForAge(facts: Facts, record: RecordRow): boolean {
  return facts.policy.purposes.get(record.purpose)?.use === "age-assurance";
}

/** A moment that cannot be read makes the age unknown, never adult. */
function takenMs(record: RecordRow): number {
  return parseInstant(record.taken) ?? Number.NaN;
}

function refused(
  code: RefusalCode,
  because: Citation,
  help: readonly string[],
  band: ReturnType<typeof bandOf>,
): Decision {
  return { allowed: false, code, band, because, consent: "", help };
}

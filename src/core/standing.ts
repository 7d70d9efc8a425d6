/**
 * Where a record stands now, and what it may be used for. Computed at every use from the record's
 * immutable basis and from what is known and decided today: nothing is cleaned by being stored.
 */
import type { RefusalCode } from "../errors.js";
import { addDuration, type Duration } from "../lib/duration.js";
import { parseInstant } from "../lib/instant.js";
import type { Band } from "./age.js";
import { agreementOf } from "./agreement.js";
import type { ConsentState } from "./consent.js";
import { exceptionServes, saidThirteenAtSignUp, sectionOf } from "./exception.js";
import { furtherRefused, REFUSED_FURTHER } from "./further-refusal.js";
import {
  bandIn,
  type Decision,
  endedFor,
  type Facts,
  forbiddenBy,
  type Ground,
  type Refusal,
  yearsOf,
} from "./gate.js";
import { type Lack, lackFor, needsOn, questionOn, takenMs, unaskedFor } from "./lack.js";
import type { Sparing } from "./order.js";
import type { Purpose } from "./policy.js";
import type { Basis, RecordStatus, StandingCause } from "./record.js";
import type { Citation, Need } from "./regimes/regime.js";
import type { RecordRow } from "./row.js";
import { isSpared } from "./sparing.js";
import { isToBeDeleted } from "./subject.js";

/** What is decided about the record by others than its subject's consents. */
export interface Marks {
  /** A hold keeps it: no use, no erasure. */
  readonly held: boolean;
  /** An order that freezes has selected it; the order's id. */
  readonly order: string;
  /**
   * One for each such order, where the text of every one of them lets live what a consent is
   * obtained for in time; absent or empty where one of them spares nothing.
   */
  readonly sparing?: readonly Sparing[];
}

export interface Standing {
  readonly status: RecordStatus;
  readonly cause: StandingCause;
  readonly because: Citation;
}

const OURS = (section: string): Citation => ({ regime: "custody", section, firmness: "design" });
const ERASURE = OURS("erased is erased");
const ADMITTED: Standing = { status: "admitted", cause: "admitted", because: OURS("as let in") };
const NEVER_ONE: Citation = { regime: "coppa", section: "16 CFR 312.5(b)(1)", firmness: "rule" };
const UNKNOWN_AGE: Citation = {
  regime: "coppa",
  section: "FTC v. Musical.ly (2019)",
  firmness: "order",
};
/** An import of unknown age is used this long from its arrival, and destroyed a year after. */
export const UNKNOWN_AGE_USE: Duration = { years: 0, months: 0, days: 45, seconds: 0 };
export const UNKNOWN_AGE_KEPT: Duration = { years: 0, months: 12, days: 0, seconds: 0 };

/** @param years the age at the taking, for a caller who has worked it out already */
export function standingOf(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  marks: Marks,
  years = yearsOf(facts, takenMs(record)),
): Standing {
  if (record.erasedAt !== "") return { status: "erased", cause: "erased", because: ERASURE };
  if (marks.held) return { status: "held", cause: "held", because: OURS("kept under a hold only") };
  const { sparing = [] } = marks;
  const spared = sparing.length > 0 && sparing.every((one) => isSpared(one, facts, record, basis));
  if (marks.order !== "" && !spared) {
    return { status: "tainted", cause: "order", because: OURS(`order ${marks.order}`) };
  }
  const lack = lackFor(facts, record, basis, record.purpose, years);
  const broken = brokenUnder(facts, basis, lack);
  if (broken !== undefined && broken.endedByPractice !== true) {
    return { status: "tainted", cause: "invalidated", because: NEVER_ONE };
  }
  // After the taint: a wish to delete never makes milder what was unlawful from the start.
  if (isToBeDeleted(facts.subject, record.ordinal)) {
    const because: Citation = { regime: "coppa", section: "16 CFR 312.6(a)(2)", firmness: "rule" };
    return { status: "restricted", cause: "deletion-requested", because };
  }
  if (spared) {
    const because = OURS(`order ${marks.order}, unless: consent`);
    return { status: "admitted", cause: "spared", because };
  }
  // Ended by a change of practice: it was good until then.
  if (broken !== undefined) {
    return { status: "restricted", cause: "withdrawn", because: NEVER_ONE };
  }
  const { exception } = basis;
  if (exception !== "" && furtherRefused(facts.subject, record.purpose, exception)) {
    return { status: "restricted", cause: "withdrawn", because: REFUSED_FURTHER };
  }
  return byConsent(facts, record, basis, years, lack);
}

/** Would it be let in again, for its own purpose, by what is known now and what stood then? */
function byConsent(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  years: number | undefined,
  lack: Lack | undefined,
): Standing {
  const opener = facts.subject.consents.find((c) => c.id === basis.consent);
  if (!facts.policy.purposes.has(record.purpose)) {
    // The policy has dropped its purpose: what was taken back stays taken back.
    const over = opener?.status === "withdrawn" || opener?.status === "revoked";
    return over
      ? { status: "restricted", cause: "withdrawn", because: OURS("taken back") }
      : ADMITTED;
  }
  if (basis.imported && bandIn(facts, years) === "unknown" && timeIsUp(facts, record)) {
    return { status: "restricted", cause: "age-unknown", because: UNKNOWN_AGE };
  }
  if (lack === undefined) return ADMITTED;
  const { because } = lack.need;
  // No agreement stood when it came in, by what is known now: it lacked one it needed. Another's
  // does not make up for it: a person's own yes is none once they turn out too young to give it.
  const unasked = unaskedFor(facts, record, basis, record.purpose);
  if (basis.kind === "none" || basis.consent === "" || unasked !== undefined) {
    return { status: "restricted", cause: "found-out", because: unasked?.because ?? because };
  }
  // Otherwise something was taken back. As long as another purpose of the same consent is open the
  // record stays, and each purpose answers for itself when it is used.
  const asked = new Set([record.purpose, ...(opener?.decisions ?? []).map((d) => d.purpose)]);
  const closed = [...asked].every(
    (purpose) =>
      !facts.policy.purposes.has(purpose) ||
      lackFor(facts, record, basis, purpose, years)?.agreement.code.startsWith("consent-"),
  );
  return closed ? { status: "restricted", cause: "withdrawn", because } : ADMITTED;
}

/**
 * The consent that it came in under and that was found to be none, or else was ended by a practice.
 */
function brokenUnder(facts: Facts, basis: Basis, lack: Lack | undefined): ConsentState | undefined {
  const lacked = lack?.agreement.consent ?? "";
  const stood = lacked !== "" && basis.consents.includes(lacked);
  let broken: ConsentState | undefined;
  for (const consent of facts.subject.consents) {
    if (consent.status !== "invalidated") continue;
    if (consent.id !== basis.consent && !(stood && consent.id === lacked)) continue;
    if (consent.endedByPractice !== true) return consent;
    broken ??= consent;
  }
  return broken;
}

/** An import whose subject's age nobody learned in time: not used any more. */
function timeIsUp(facts: Facts, record: RecordRow): boolean {
  const arrived = parseInstant(record.collected);
  return arrived === undefined || facts.nowMs >= addDuration(arrived, UNKNOWN_AGE_USE);
}

const RECORD_CODE: { readonly [S in Exclude<RecordStatus, "admitted">]: RefusalCode } = {
  erased: "record-erased",
  tainted: "record-tainted",
  restricted: "record-restricted",
  held: "record-restricted",
};

/**
 * May this record be used for this purpose, now? What is unknown or forbidden answers first, then
 * the record's own status, its exception, the age, and the purpose's agreement.
 */
export function decideUse(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  marks: Marks,
  purposeName: string,
): Decision {
  const years = yearsOf(facts, takenMs(record));
  const band = bandIn(facts, years);
  const purpose = facts.policy.purposes.get(purposeName);
  if (purpose === undefined) {
    return refused("purpose-unknown", OURS("declared purposes"), band);
  }
  const forbidden =
    takenForAge(facts, record) && purposeName !== record.purpose
      ? OURS("age checks are for age checks")
      : forbiddenBy(facts, purpose, years);
  if (forbidden !== undefined) return refused("purpose-forbidden", forbidden, band);
  const standing = standingOf(facts, record, basis, marks, years);
  if (standing.status !== "admitted") {
    const { status, because, cause } = standing;
    return { ...refused(RECORD_CODE[status], because, band), standing: cause };
  }
  const ended = endedFor(facts, purpose);
  if (ended !== undefined) return refused("purpose-forbidden", ended, band);
  if (basis.kind === "exception") return byException(facts, record, basis, purpose, years);
  // An import is used until its subject's age has been unknown for too long: `standingOf`.
  if (band === "unknown" && purpose.use !== "age-assurance" && !basis.imported) {
    return refused("age-unknown", OURS("unknown is never adult"), band);
  }
  return byAgreement(facts, record, basis, purpose, { years, spared: standing.cause === "spared" });
}

/**
 * Taken under an exception: for its own purpose, as long as that is practised as the exception has
 * it, and while the parent's notice does not forbid it.
 */
function byException(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  purpose: Purpose,
  years: number | undefined,
): Decision {
  const band = bandIn(facts, years);
  const because = sectionOf(basis.exception);
  const { exception } = basis;
  const fits = exception !== "" && exceptionServes(exception, purpose);
  const { evidence } = facts.subject;
  const said = exception !== "c8" || saidThirteenAtSignUp(evidence, takenMs(record));
  if (purpose.name !== record.purpose || !fits || !said) {
    return refused("exception-not-allowed", because, band);
  }
  const notice = facts.subject.parentNotices[record.id];
  if (notice === "bounced") {
    return refused("notice-undelivered", because, band);
  }
  if (notice === "refused") return refused("consent-refused", because, band);
  const agreed = byAgreement(facts, record, basis, purpose, { years, spared: false });
  return agreed.allowed ? { ...agreed, because } : agreed;
}

function byAgreement(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  purpose: Purpose,
  { years, spared }: { readonly years: number | undefined; readonly spared: boolean },
): Decision {
  const band = bandIn(facts, years);
  const collection = facts.policy.collections.get(record.collection);
  const categories = basis.categories ?? collection?.categories ?? [];
  const grounds: Ground[] = [];
  for (const need of needsOn(facts, basis, purpose, years)) {
    const agreement = agreementOf({
      ...questionOn(facts, record, basis, purpose, need),
      // A yes never reaches back, unless the order that took the record says that it may.
      ...(spared ? { stood: undefined, before: "" } : {}),
      categories,
      discloses: facts.policy.discloses,
    });
    if (!agreement.given) {
      return refused(agreement.code, need.because, band, { need, consent: agreement.consent });
    }
    grounds.push({ need, consent: agreement.consent });
  }
  const last = grounds.at(-1);
  const because = last?.need.because ?? OURS("no regime in force asks for consent");
  const consent = last?.consent.id ?? "";
  return { allowed: true, kind: basis.kind, consent, band, because, grounds };
}

/** True for what was taken to learn an age: it serves nothing else. */
export function takenForAge(facts: Facts, record: RecordRow): boolean {
  return facts.policy.purposes.get(record.purpose)?.use === "age-assurance";
}

function refused(
  code: RefusalCode,
  because: Citation,
  band: Band,
  lacking: { readonly need?: Need; readonly consent: string } = { consent: "" },
): Refusal {
  return { allowed: false, code, band, because, consent: lacking.consent, need: lacking.need };
}

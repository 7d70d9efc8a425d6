/**
 * Where a record stands now, and what it may be used for. Computed at every use from the record's
 * immutable basis and from what is known and decided today: nothing is cleaned by being stored.
 */
import type { RefusalCode } from "../errors.js";
import { parseInstant } from "../lib/instant.js";
import type { Band } from "./age.js";
import { type Agreement, agreementOf } from "./agreement.js";
import type { ConsentState } from "./consent.js";
import {
  bandIn,
  type Decision,
  type Facts,
  forbiddenBy,
  helpFor,
  needsFor,
  yearsOf,
} from "./gate.js";
import { isSpared, type Sparing } from "./order.js";
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
  /** Set where that order's own text lets live what a consent is obtained for in time. */
  readonly sparing?: Sparing | undefined;
}

export interface Standing {
  readonly status: RecordStatus;
  /**
   * Why, as a closed word: erased, held, order, invalidated, withdrawn, deletion-requested,
   * found-out, spared (by a consent that an order's own text allows), admitted.
   */
  readonly cause:
    | "erased"
    | "held"
    | "order"
    | "invalidated"
    | "withdrawn"
    | "deletion-requested"
    | "found-out"
    | "spared"
    | "admitted";
  readonly because: Citation;
}

const OURS = (section: string): Citation => ({ regime: "custody", section, firmness: "design" });
const ERASURE = OURS("erased is erased");

export function standingOf(facts: Facts, record: RecordRow, basis: Basis, marks: Marks): Standing {
  if (record.erasedAt !== "") return { status: "erased", cause: "erased", because: ERASURE };
  if (marks.held) return { status: "held", cause: "held", because: OURS("kept under a hold only") };
  const spared = isSpared(marks.sparing, record.purpose, facts.subject.consents);
  if (marks.order !== "" && !spared) {
    return { status: "tainted", cause: "order", because: OURS(`order ${marks.order}`) };
  }
  const opener = facts.subject.consents.find((c) => c.id === basis.consent);
  if (opener?.status === "invalidated") {
    const because: Citation = { regime: "coppa", section: "16 CFR 312.5(b)(1)", firmness: "rule" };
    return { status: "tainted", cause: "invalidated", because };
  }
  // After the taint: a wish to delete never makes milder what was unlawful from the start.
  if (facts.subject.deletionRequestedAt !== "") {
    const because: Citation = { regime: "coppa", section: "16 CFR 312.6(a)(2)", firmness: "rule" };
    return { status: "restricted", cause: "deletion-requested", because };
  }
  if (spared) {
    const because = OURS(`order ${marks.order}, unless: consent`);
    return { status: "admitted", cause: "spared", because };
  }
  return byConsent(facts, record, basis, opener);
}

/** Would it be let in again, for its own purpose, by what is known now and what stood then? */
function byConsent(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  opener: ConsentState | undefined,
): Standing {
  const admitted: Standing = { status: "admitted", cause: "admitted", because: OURS("as let in") };
  if (basis.kind === "exception") return admitted;
  if (!facts.policy.purposes.has(record.purpose)) {
    // The policy has dropped its purpose: what was taken back stays taken back.
    const over = opener?.status === "withdrawn" || opener?.status === "revoked";
    return over
      ? { status: "restricted", cause: "withdrawn", because: OURS("taken back") }
      : admitted;
  }
  const lacking = lackFor(facts, record, basis, record.purpose);
  if (lacking === undefined) return admitted;
  const { because } = lacking.need;
  // No agreement stood when it came in, by what is known now: it lacked one it needed.
  if (basis.kind === "none" || basis.consent === "") {
    return { status: "restricted", cause: "found-out", because };
  }
  // Otherwise something was taken back. As long as another purpose of the same consent is open the
  // record stays, and each purpose answers for itself when it is used.
  const asked = new Set([record.purpose, ...(opener?.decisions ?? []).map((d) => d.purpose)]);
  const closed = [...asked].every(
    (purpose) =>
      !facts.policy.purposes.has(purpose) ||
      lackFor(facts, record, basis, purpose)?.agreement.code.startsWith("consent-"),
  );
  return closed ? { status: "restricted", cause: "withdrawn", because } : admitted;
}

interface Lack {
  readonly need: Need;
  readonly agreement: Extract<Agreement, { given: false }>;
}

/** The first agreement that the record lacks for a purpose, whatever is disclosed now. */
function lackFor(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  purposeName: string,
): Lack | undefined {
  const purpose = facts.policy.purposes.get(purposeName);
  if (purpose === undefined) return undefined;
  for (const need of needsFor(facts, purpose, yearsOf(facts, takenMs(record)))) {
    const agreement = agreementOf({
      need,
      purpose,
      categories: [],
      consents: facts.subject.consents,
      stood: basis.consents,
      before: record.taken < record.collected ? record.taken : "",
      notices: facts.notices,
      discloses: false,
    });
    if (!agreement.given) return { need, agreement };
  }
  return undefined;
}

const RECORD_CODE: { readonly [S in Exclude<RecordStatus, "admitted">]: RefusalCode } = {
  erased: "record-erased",
  tainted: "record-tainted",
  restricted: "record-restricted",
  held: "record-restricted",
};

/**
 * May this record be used for this purpose, now? What is unknown or forbidden answers first, then
 * the record's own status, the exception, the age, and the purpose's agreement.
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
    return refused("purpose-unknown", OURS("declared purposes"), [], band);
  }
  const forbidden =
    takenForAge(facts, record) && purposeName !== record.purpose
      ? OURS("age checks are for age checks")
      : forbiddenBy(facts, purpose, years);
  if (forbidden !== undefined) return refused("purpose-forbidden", forbidden, [], band);
  const standing = standingOf(facts, record, basis, marks);
  if (standing.status !== "admitted") {
    return refused(RECORD_CODE[standing.status], standing.because, [], band);
  }
  if (basis.kind === "exception" && purposeName !== record.purpose) {
    const because: Citation = {
      regime: "coppa",
      section: `16 CFR 312.5(c)(${basis.exception.slice(1)})`,
      firmness: "rule",
    };
    return refused("exception-not-allowed", because, ["Ask for consent."], band);
  }
  if (basis.kind === "exception") {
    return { allowed: true, kind: "exception", consent: "", band, because: standing.because };
  }
  if (band === "unknown" && purpose.use !== "age-assurance") {
    return refused("age-unknown", OURS("unknown is never adult"), ["An age."], band);
  }
  return byAgreement(facts, record, basis, purpose, standing.cause === "spared");
}

function byAgreement(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  purpose: Purpose,
  spared: boolean,
): Decision {
  const years = yearsOf(facts, takenMs(record));
  const band = bandIn(facts, years);
  const categories = facts.policy.collections.get(record.collection)?.categories ?? [];
  let consent = "";
  let because = OURS("no regime in force asks for consent");
  for (const need of needsFor(facts, purpose, years)) {
    const agreement = agreementOf({
      need,
      purpose,
      categories,
      consents: facts.subject.consents,
      // A yes never reaches back, unless the order that took the record says that it may.
      stood: spared ? undefined : basis.consents,
      before: !spared && record.taken < record.collected ? record.taken : "",
      notices: facts.notices,
      discloses: facts.policy.discloses,
    });
    if (!agreement.given) {
      return refused(agreement.code, need.because, [helpFor(need, purpose)], band);
    }
    consent = agreement.consent.id;
    because = need.because;
  }
  return { allowed: true, kind: basis.kind, consent, band, because };
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
  band: Band,
): Decision {
  return { allowed: false, code, band, because, consent: "", help };
}

/**
 * The gate: may this be collected, may that be used. Pure and synchronous: facts in, a decision
 * with its rule out.
 *
 * The order of the questions is the order of the codes: what is unknown or forbidden whatever
 * anybody agrees to, the state of the subject, the exception, the age, then (per regime that
 * governs the subject) the agreement. Everything that cannot be established lands on a refusal.
 */
import type { RefusalCode } from "../errors.js";
import { instantText } from "../lib/instant.js";
import { ageAt, type Band, bandOf } from "./age.js";
import { agreementOf } from "./agreement.js";
import type { ConsentState, LapsedRequest } from "./consent.js";
import { faultOfException, needsBeside, sectionOf } from "./exception.js";
import { furtherRefused, REFUSED_FURTHER } from "./further-refusal.js";
import type { Notice } from "./notice.js";
import type { Policy, Purpose } from "./policy.js";
import type { BasisKind, Exception, StandingCause } from "./record.js";
import { regimesFor } from "./regimes/index.js";
import type { Citation, Need } from "./regimes/regime.js";
import type { SubjectState } from "./subject.js";
import type { Category } from "./vocabulary.js";

export interface Facts {
  /** The policy as practised now: changes since the start are laid over it. */
  readonly policy: Policy;
  /** Epoch milliseconds of the question. */
  readonly nowMs: number;
  readonly notices: ReadonlyMap<string, Notice>;
  readonly subject: SubjectState;
  /**
   * The subject's requests that nobody answered in time. They open nothing and close nothing, but
   * name a refusal, so they are looked up for a refusal only; absent: not looked up.
   */
  readonly lapsed?: readonly LapsedRequest[];
}

/** All that the laws ask about: the policy, and where the person is. */
export interface Governed {
  readonly policy: Policy;
  readonly subject: Pick<SubjectState, "jurisdiction">;
}

export interface CollectQuestion {
  /** "" asks about the purpose alone, whatever would be collected for it. */
  readonly collection: string;
  readonly purpose: string;
  readonly fields: readonly string[];
  /** Epoch milliseconds of arrival. */
  readonly atMs: number;
  /**
   * Epoch milliseconds at which the device took it, when earlier than the arrival: the age then
   * decides.
   */
  readonly takenMs?: number;
  readonly exception?: Exception;
  /** The consent that the caller cites. */
  readonly consent?: string;
  /** Exceptions under which this subject's data is held already; they do not combine. */
  readonly exceptionsHeld?: readonly Exception[];
  /** Held since before custody came: stored without a basis, judged at every use. */
  readonly imported?: boolean;
}

/** Who had to agree, and the consent that says so. */
export interface Ground {
  readonly need: Need;
  readonly consent: ConsentState;
}

export type Decision =
  | {
      readonly allowed: true;
      readonly kind: BasisKind;
      /** The consent that opens the door for the purpose; "" when none was needed. */
      readonly consent: string;
      readonly band: Band;
      readonly because: Citation;
      /** One for each that had to agree; none where nobody had to. */
      readonly grounds: readonly Ground[];
    }
  | {
      readonly allowed: false;
      readonly code: RefusalCode;
      readonly band: Band;
      readonly because: Citation;
      readonly consent: string;
      /**
       * Who has not agreed, where that is the reason. What would change the answer is said in
       * sentences by core/explanation.ts, from this and the code.
       */
      readonly need: Need | undefined;
      /** Where the record's own standing is the reason: why it stands so. */
      readonly standing?: StandingCause;
    };

export type Refusal = Extract<Decision, { allowed: false }>;

const OURS = (section: string): Citation => ({ regime: "custody", section, firmness: "design" });

export function decideCollect(facts: Facts, q: CollectQuestion): Decision {
  const { policy, subject } = facts;
  const years = yearsOf(facts, q.takenMs ?? q.atMs);
  const band = bandIn(facts, years);
  const refuse = refuser(band);
  const purpose = policy.purposes.get(q.purpose);
  if (purpose === undefined) return refuse("purpose-unknown", OURS("declared purposes"), "");
  const collection = policy.collections.get(q.collection);
  const known = collection !== undefined && q.fields.every((f) => collection.fields.has(f));
  if (!known && (q.collection !== "" || q.fields.length > 0)) {
    return refuse("field-unknown", OURS("declared fields"), "");
  }
  const forbidden = forbiddenBy(facts, purpose, years) ?? endedFor(facts, purpose);
  if (forbidden !== undefined) return refuse("purpose-forbidden", forbidden, "");
  if (subject.suppressedSince !== "") {
    return refuse("subject-suppressed", OURS("suppression after erasure"), "");
  }
  if (q.imported === true) {
    const because = OURS("held since before, judged at use");
    return { allowed: true, kind: "none", consent: "", band, because, grounds: [] };
  }
  if (q.exception !== undefined) return byException(facts, q, purpose, years);
  if (purpose.use !== "age-assurance" && band === "unknown") {
    return refuse("age-unknown", OURS("unknown is never adult"), "");
  }
  return byAgreement(facts, q, purpose, needsFor(facts, purpose, years), band);
}

function byAgreement(
  facts: Facts,
  q: CollectQuestion,
  purpose: Purpose,
  needs: readonly Need[],
  band: Band,
): Decision {
  const { policy, subject } = facts;
  const refuse = refuser(band);
  const categories = categoriesOf(facts, q);
  const foreign = q.consent !== undefined && !subject.consents.some((c) => c.id === q.consent);
  const grounds: Ground[] = [];
  for (const need of needs) {
    const agreement = agreementOf({
      need,
      purpose,
      categories,
      consents: subject.consents,
      lapsed: facts.lapsed ?? [],
      stood: undefined,
      before: q.takenMs === undefined ? "" : instantText(q.takenMs),
      notices: facts.notices,
      discloses: policy.discloses,
      school: schoolMay(facts, purpose),
    });
    if (!agreement.given) {
      if (foreign && !BEFORE_WRONG_SUBJECT.includes(agreement.code)) break;
      return refuse(agreement.code, need.because, agreement.consent, need);
    }
    grounds.push({ need, consent: agreement.consent });
  }
  if (foreign) {
    return refuse("wrong-subject", OURS("a consent is for one child"), q.consent ?? "");
  }
  const consent = grounds.at(-1)?.consent;
  const because = needs[0]?.because ?? OURS("no regime in force asks for consent");
  const kind = kindOf(consent);
  return { allowed: true, kind, consent: consent?.id ?? q.consent ?? "", band, because, grounds };
}

/** Method and notice are asked before the consents, and of those `wrong-subject` comes first. */
const BEFORE_WRONG_SUBJECT: readonly RefusalCode[] = ["method-insufficient", "notice-outdated"];

export function kindOf(consent: ConsentState | undefined): BasisKind {
  if (consent === undefined) return "none";
  return consent.from === "school" ? "school" : "consent";
}

/**
 * Whole years by what is known, at an instant. Whom the service is for is no evidence: `bandIn`.
 */
export function yearsOf(facts: Facts, atMs: number): number | undefined {
  return ageAt(facts.subject.evidence, atMs);
}

/** The band by which somebody is treated: a child-directed service treats everybody as a child. */
export function bandIn(facts: Facts, years: number | undefined): Band {
  return facts.policy.audience === "child-directed" ? "child" : bandOf(years);
}

/** Who must have agreed to the purpose, for somebody of this age. */
export function needsFor(
  facts: Governed,
  purpose: Purpose,
  years: number | undefined,
): readonly Need[] {
  const { policy, subject } = facts;
  if (purpose.use === "age-assurance" && policy.audience !== "child-directed") return [];
  const question = questionOf(facts, purpose, years);
  return regimesFor(policy.regimes, subject.jurisdiction).flatMap((r) => r.needs(question));
}

/** The practice is over, for everybody or for this person. */
export function endedFor(facts: Facts, purpose: Purpose): Citation | undefined {
  const ended = purpose.ended || facts.subject.endedPurposes.includes(purpose.name);
  if (!ended) return undefined;
  return { regime: "coppa", section: "16 CFR 312.10", firmness: "rule" };
}

/** With the pack in force, a school stands in for a parent, for its closed list of uses. */
export function schoolMay(facts: Governed, purpose: Purpose): boolean {
  return regimesFor(facts.policy.regimes, facts.subject.jurisdiction).some(
    (regime) => regime.schoolUses?.includes(purpose.use) === true,
  );
}

/** The rule that forbids the purpose for somebody of this age, whatever anybody agrees to. */
export function forbiddenBy(
  facts: Governed,
  purpose: Purpose,
  years: number | undefined,
): Citation | undefined {
  const question = questionOf(facts, purpose, years);
  for (const regime of regimesFor(facts.policy.regimes, facts.subject.jurisdiction)) {
    const citation = regime.forbids(question);
    if (citation !== undefined) return citation;
  }
  return undefined;
}

/** A child-directed service treats everybody as a child, whatever the evidence says. */
const CHILD_MAX_YEARS = 12;

function questionOf(facts: Governed, purpose: Purpose, known: number | undefined) {
  const child = facts.policy.audience === "child-directed";
  const years = child ? Math.min(known ?? CHILD_MAX_YEARS, CHILD_MAX_YEARS) : known;
  return {
    use: purpose.use,
    for: purpose.for,
    discloses: purpose.discloses,
    years,
    audience: facts.policy.audience,
    jurisdiction: facts.subject.jurisdiction,
  };
}

function byException(
  facts: Facts,
  q: CollectQuestion,
  purpose: Purpose,
  years: number | undefined,
): Decision {
  const band = bandIn(facts, years);
  const exception = q.exception as Exception;
  const because = sectionOf(exception);
  if (furtherRefused(facts.subject, purpose.name, exception)) {
    return refuser(band)("consent-refused", REFUSED_FURTHER, "");
  }
  const collection = facts.policy.collections.get(q.collection);
  const fault =
    collection === undefined
      ? ("exception-not-allowed" as const)
      : faultOfException(exception, {
          purpose,
          kept: collection,
          categories: categoriesOf(facts, q),
          held: q.exceptionsHeld ?? [],
          evidence: facts.subject.evidence,
          atMs: q.takenMs ?? q.atMs,
        });
  if (fault !== undefined) return refuser(band)(fault, because, "");
  const needs = needsBeside(needsFor(facts, purpose, years));
  if (needs.length === 0) {
    return { allowed: true, kind: "exception", consent: "", band, because, grounds: [] };
  }
  const agreed = byAgreement(facts, q, purpose, needs, band);
  return agreed.allowed ? { ...agreed, kind: "exception", because } : agreed;
}

/** True for a refusal whose code a lapsed request may change. */
export function mayHaveLapsed(decision: Decision): boolean {
  if (decision.allowed) return false;
  return decision.code === "consent-required" || decision.code === "consent-out-of-scope";
}

function categoriesOf(facts: Facts, q: CollectQuestion): readonly Category[] {
  const fields = facts.policy.collections.get(q.collection)?.fields;
  const found = q.fields.map((name) => fields?.get(name)?.category);
  return [...new Set(found)].filter((category): category is Category => category !== undefined);
}

function refuser(band: Band) {
  return (code: RefusalCode, because: Citation, consent: string, need?: Need): Refusal => ({
    allowed: false,
    code,
    band,
    because,
    consent,
    need,
  });
}

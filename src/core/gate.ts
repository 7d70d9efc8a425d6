/**
 * The gate: may this be collected, may that be used. Pure and synchronous: facts in, a decision
 * with its rule out.
 *
 * The order of the questions is the order of the codes: what is unknown or forbidden whatever
 * anybody agrees to, the state of the subject, the exception, the age, then (per regime that
 * governs the subject) the agreement. Everything that cannot be established lands on a refusal.
 */
import type { RefusalCode } from "../errors.js";
import { ageAt, type Band, bandOf } from "./age.js";
import { agreementOf } from "./agreement.js";
import { faultOfException } from "./exception.js";
import type { Notice } from "./notice.js";
import type { Policy, Purpose } from "./policy.js";
import type { BasisKind, Exception } from "./record.js";
import { regimesFor } from "./regimes/index.js";
import type { Citation, Need } from "./regimes/regime.js";
import type { SubjectState } from "./subject.js";
import type { Category } from "./vocabulary.js";

export interface Facts {
  readonly policy: Policy;
  readonly notices: ReadonlyMap<string, Notice>;
  readonly subject: SubjectState;
}

export interface CollectQuestion {
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
}

export type Decision =
  | {
      readonly allowed: true;
      readonly kind: BasisKind;
      /** The consent that opens the door for the purpose; "" when none was needed. */
      readonly consent: string;
      readonly band: Band;
      readonly because: Citation;
    }
  | {
      readonly allowed: false;
      readonly code: RefusalCode;
      readonly band: Band;
      readonly because: Citation;
      readonly consent: string;
      /** What would change the answer, in sentences, without a value. */
      readonly help: readonly string[];
    };

/** Codes that answer before whose consent it is: the method, then the notice. */
const BEFORE_CONSENT: readonly RefusalCode[] = ["method-insufficient", "notice-outdated"];

const OURS = (section: string): Citation => ({ regime: "custody", section, firmness: "design" });

export function decideCollect(facts: Facts, q: CollectQuestion): Decision {
  const { policy, subject } = facts;
  const years = yearsOf(facts, q.takenMs ?? q.atMs);
  const band = bandIn(facts, years);
  const refuse = refuser(band);
  const purpose = policy.purposes.get(q.purpose);
  if (purpose === undefined) {
    return refuse("purpose-unknown", OURS("declared purposes"), "", ["Declare it in the policy."]);
  }
  const collection = policy.collections.get(q.collection);
  if (collection === undefined || q.fields.some((f) => !collection.fields.has(f))) {
    return refuse("field-unknown", OURS("declared fields"), "", ["Declare it in the policy."]);
  }
  const forbidden = forbiddenBy(facts, purpose, years);
  if (forbidden !== undefined) return refuse("purpose-forbidden", forbidden, "", []);
  if (subject.suppressedSince !== "") {
    return refuse("subject-suppressed", OURS("suppression after erasure"), "", [
      "A new registration with a new consent.",
    ]);
  }
  if (q.exception !== undefined) return byException(facts, q, purpose, band);
  if (purpose.use !== "age-assurance" && band === "unknown") {
    return refuse("age-unknown", OURS("unknown is never adult"), "", [
      "An age from a neutral screen, a document, a store signal or a parent.",
    ]);
  }
  const categories = categoriesOf(facts, q);
  const needs = needsFor(facts, purpose, years);
  const foreign = q.consent !== undefined && !subject.consents.some((c) => c.id === q.consent);
  const wrongSubject = () =>
    refuse("wrong-subject", OURS("a consent is for one child"), q.consent ?? "", [
      "Cite a consent that was given for this subject, or none.",
    ]);
  let consent = "";
  for (const need of needs) {
    const agreement = agreementOf({
      need,
      purpose,
      categories,
      consents: subject.consents,
      stood: undefined,
      before: q.takenMs === undefined ? "" : new Date(q.takenMs).toISOString(),
      notices: facts.notices,
      discloses: policy.discloses,
    });
    if (!agreement.given) {
      if (foreign && !BEFORE_CONSENT.includes(agreement.code)) return wrongSubject();
      return refuse(agreement.code, need.because, agreement.consent, [helpFor(need, purpose)]);
    }
    consent = agreement.consent.id;
  }
  if (foreign) return wrongSubject();
  const because = needs[0]?.because ?? OURS("no regime in force asks for consent");
  const kind = consent === "" ? "none" : "consent";
  return { allowed: true, kind, consent: consent || (q.consent ?? ""), band, because };
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
  facts: Facts,
  purpose: Purpose,
  years: number | undefined,
): readonly Need[] {
  const { policy, subject } = facts;
  if (purpose.use === "age-assurance" && policy.audience !== "child-directed") return [];
  const question = questionOf(facts, purpose, years);
  return regimesFor(policy.regimes, subject.jurisdiction).flatMap((r) => r.needs(question));
}

/** The rule that forbids the purpose for somebody of this age, whatever anybody agrees to. */
export function forbiddenBy(
  facts: Facts,
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

function questionOf(facts: Facts, purpose: Purpose, years: number | undefined) {
  return {
    use: purpose.use,
    for: purpose.for,
    discloses: purpose.discloses,
    years,
    audience: facts.policy.audience,
    jurisdiction: facts.subject.jurisdiction,
  };
}

function byException(facts: Facts, q: CollectQuestion, purpose: Purpose, band: Band): Decision {
  const exception = q.exception as Exception;
  const because: Citation = {
    regime: "coppa",
    section: `16 CFR 312.5(c)(${exception.slice(1)})`,
    firmness: "rule",
  };
  const collection = facts.policy.collections.get(q.collection);
  const fault =
    collection === undefined
      ? ("exception-not-allowed" as const)
      : faultOfException(exception, {
          purpose,
          retain: collection.retain,
          categories: categoriesOf(facts, q),
          held: q.exceptionsHeld ?? [],
          evidence: facts.subject.evidence,
          atMs: q.atMs,
        });
  if (fault !== undefined) {
    return refuser(band)(fault, because, "", ["Ask for consent, or collect only what it lists."]);
  }
  return { allowed: true, kind: "exception", consent: "", band, because };
}

function categoriesOf(facts: Facts, q: CollectQuestion): readonly Category[] {
  const fields = facts.policy.collections.get(q.collection)?.fields;
  const found = q.fields.map((name) => fields?.get(name)?.category);
  return [...new Set(found)].filter((category): category is Category => category !== undefined);
}

export function helpFor(need: Need, purpose: Purpose): string {
  const who = need.giver === "parent" ? "A parent's verified consent" : "The person's own consent";
  const apart = purpose.separate ? ", given apart from any other" : "";
  return `${who} for "${purpose.name}"${apart} (${need.because.section}).`;
}

function refuser(band: Band) {
  return (
    code: RefusalCode,
    because: Citation,
    consent: string,
    help: readonly string[],
  ): Decision => ({ allowed: false, code, band, because, consent, help });
}

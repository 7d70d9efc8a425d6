/**
 * What a record lacks: the agreement that its subject's age asks for at the moment it was taken, by
 * what is known now, among the consents that stood then, under the laws of the place where it came
 * in. Whoever moves makes nothing lawful that was not, and nothing unlawful that was.
 */
import { parseInstant } from "../lib/instant.js";
import { type Agreement, type AgreementQuestion, agreementOf, speaksFor } from "./agreement.js";
import { needsBeside } from "./exception.js";
import { type Facts, needsFor, schoolMay, yearsOf } from "./gate.js";
import type { Purpose } from "./policy.js";
import type { Basis } from "./record.js";
import type { Need } from "./regimes/regime.js";
import type { RecordRow } from "./row.js";

export interface Lack {
  readonly need: Need;
  readonly agreement: Extract<Agreement, { given: false }>;
}

/**
 * The agreement that the record lacks for a purpose, whatever is disclosed now: the first that is
 * not there, else the first that falls short (of its notice, of being given apart).
 * @param years the age at the taking, for a caller who has worked it out already
 */
export function lackFor(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  purposeName: string,
  years = yearsOf(facts, takenMs(record)),
): Lack | undefined {
  const purpose = facts.policy.purposes.get(purposeName);
  if (purpose === undefined) return undefined;
  let short: Lack | undefined;
  const then = inPlace(facts, basis.jurisdiction);
  for (const need of needsOn(then, basis, purpose, years)) {
    const agreement = agreementOf(questionOn(then, record, basis, purpose, need));
    if (agreement.given) continue;
    if (agreement.code.startsWith("consent-")) return { need, agreement };
    short ??= { need, agreement };
  }
  return short;
}

/**
 * Who ought to have been asked about the purpose when the record came in, by what is known now, and
 * was not: no consent that stood then answers for them. What was asked and taken back since is no
 * such thing; it is a lack all the same.
 */
export function unaskedFor(
  facts: Facts,
  record: RecordRow,
  basis: Basis,
  purposeName: string,
): Need | undefined {
  const purpose = facts.policy.purposes.get(purposeName);
  if (purpose === undefined) return undefined;
  const then = inPlace(facts, basis.jurisdiction);
  const answered = (need: Need): boolean =>
    then.subject.consents.some(
      (consent) =>
        (need.reachesBack || basis.consents.includes(consent.id)) &&
        speaksFor(consent, need) &&
        consent.decisions.some((decision) => decision.purpose === purposeName),
    );
  return needsFor(then, purpose, yearsOf(then, takenMs(record))).find(
    (need) => !answered(need) && !agreementOf(questionOn(then, record, basis, purpose, need)).given,
  );
}

/** Who must have agreed to the purpose for what came in on this basis. */
export function needsOn(
  facts: Facts,
  basis: Basis,
  purpose: Purpose,
  years: number | undefined,
): readonly Need[] {
  const needs = needsFor(facts, purpose, years);
  return basis.kind === "exception" ? needsBeside(needs) : needs;
}

/** The facts as they are under the laws of another place. */
export function inPlace(facts: Facts, jurisdiction: string): Facts {
  const { subject } = facts;
  return subject.jurisdiction === jurisdiction
    ? facts
    : { ...facts, subject: { ...subject, jurisdiction } };
}

/** The question whether a need is met for a record that is held already. */
export function questionOn(
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
    lapsed: facts.lapsed ?? [],
    stood: basis.consents,
    before: record.taken < record.collected ? record.taken : "",
    notices: facts.notices,
    discloses: false,
    school: schoolMay(facts, purpose),
  };
}

/** A moment that cannot be read makes the age unknown, never adult. */
export function takenMs(record: RecordRow): number {
  return parseInstant(record.taken) ?? Number.NaN;
}

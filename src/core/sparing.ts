/**
 * Whom an order's own text spares: those for whom a consent, or a school's authorisation, is
 * obtained after it was opened and in time (Edmodo order: "without VPC or School Authorization").
 */
import { agreementOf } from "./agreement.js";
import type { ConsentState } from "./consent.js";
import { type Facts, yearsOf } from "./gate.js";
import { inPlace, needsOn, questionOn, takenMs } from "./lack.js";
import type { Sparing } from "./order.js";
import type { Basis } from "./record.js";
import type { Need } from "./regimes/regime.js";
import type { RecordRow } from "./row.js";

/**
 * True when everybody who must agree to the record's own purpose now does, and one of the yeses was
 * given in time. A yes of somebody else's (the child's own where a parent is asked), or one that
 * another giver's no outweighs, obtains nothing. The order's notice reaches what was already taken,
 * so when the record came in does not matter.
 */
export function isSpared(
  sparing: Sparing | undefined,
  facts: Facts,
  record: RecordRow,
  basis: Basis,
): boolean {
  if (sparing === undefined) return false;
  const inTime = facts.subject.consents.filter((consent) =>
    isInTime(consent, sparing, record.purpose),
  );
  if (inTime.length === 0) return false;
  const purpose = facts.policy.purposes.get(record.purpose);
  if (purpose === undefined) return true;
  const then = inPlace(facts, basis.jurisdiction);
  const needs = needsOn(then, basis, purpose, yearsOf(then, takenMs(record)));
  if (needs.length === 0) return true;
  const agreed = (need: Need, consents: readonly ConsentState[]): boolean => {
    const question = questionOn(then, record, basis, purpose, need);
    return agreementOf({ ...question, consents, stood: undefined, before: "" }).given;
  };
  return (
    needs.every((need) => agreed(need, facts.subject.consents)) &&
    needs.some((need) => agreed(need, inTime))
  );
}

function isInTime(
  { answeredAt, decisions }: ConsentState,
  { from, until }: Sparing,
  purpose: string,
): boolean {
  const day = answeredAt.slice(0, 10);
  const given = decisions.some((d) => d.purpose === purpose && d.verdict === "given");
  return given && day >= from && day <= until;
}

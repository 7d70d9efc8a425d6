/**
 * 16 CFR 312.7: no child's taking part is made to depend on more than is reasonably necessary. A
 * disclosure that the service does not need can be refused, and the service stays open. What ends
 * it all the same may have another reason, which no program knows: it is flagged, not refused.
 */
import type { ConsentState, Verdict } from "./consent.js";
import type { Policy } from "./policy.js";

const NO: readonly Verdict[] = ["refused", "withdrawn"];

/** True when the newest decision on the purpose, by whomever, is a no of the giver's own. */
function saidNo(consents: readonly ConsentState[], purpose: string): boolean {
  let newest: { readonly verdict: Verdict; readonly at: string } | undefined;
  for (const { decisions } of consents) {
    const said = decisions.find((one) => one.purpose === purpose);
    if (said !== undefined && (newest === undefined || said.at >= newest.at)) newest = said;
  }
  return newest !== undefined && NO.includes(newest.verdict);
}

/**
 * The disclosures that were refused while the operator ends what does not need them: the names to
 * flag, none where nothing is amiss. `ended` are the purposes that the operator closes for the
 * person; one that the giver refused too is no condition.
 */
export function conditionedOn(
  policy: Policy,
  consents: readonly ConsentState[],
  ended: readonly string[],
): readonly string[] {
  const closesService = ended.some((name) => {
    const purpose = policy.purposes.get(name);
    return purpose?.use === "service" && !purpose.separate && !saidNo(consents, name);
  });
  if (!closesService) return [];
  return [...policy.purposes.values()]
    .filter(({ name, separate }) => separate && saidNo(consents, name))
    .map(({ name }) => name);
}

/** A flag as it is handed back and written to the ledger; absent where there is nothing to say. */
export interface Conditioned {
  readonly conditionedOn?: readonly string[];
}

export function flagged(names: readonly string[]): Conditioned {
  return names.length === 0 ? {} : { conditionedOn: names };
}

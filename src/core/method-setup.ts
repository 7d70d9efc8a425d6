/** How the verification methods in use are set up: checked when the policy is made. */
import { CustodyError } from "../errors.js";
import { CONSENT_METHODS, type Conditions, type ConsentMethod } from "./consent.js";
import { conditionMissing } from "./method-conditions.js";
import { requireKnown } from "./options.js";
import { REGIMES, type RegimeName } from "./regimes/index.js";
import type { Regime } from "./regimes/regime.js";

/** The conditions of 16 CFR 312.5(b)(2) by the words of their answers. */
const CONDITIONS = [
  "returned-by",
  "holder-notified",
  "monetary",
  "trained-staff",
  "id-deleted-after",
  "dynamic",
  "questions",
  "options",
  "attempts",
  "plus-step-done",
  "revocation-notice",
];

/**
 * A method whose set-up leaves a condition out is refused at start: what nobody states, nobody
 * keeps. A condition that a regime in force adds (ccpa-minors: `monetary`) belongs to it.
 *
 * @throws `config/method-condition-missing` naming method and condition, `option-unknown`
 */
export function checkMethods(
  methods: { readonly [M in ConsentMethod]?: Conditions },
  regimes: readonly RegimeName[],
): void {
  requireKnown(methods, CONSENT_METHODS, "policy.methods");
  for (const method of CONSENT_METHODS) {
    const setUp = methods[method];
    if (setUp === undefined) continue;
    requireKnown(setUp, CONDITIONS, `policy.methods.${method}`);
    const missing = conditionMissing(method, setUp, addedBy(regimes, method));
    if (missing === undefined) continue;
    throw new CustodyError("config/method-condition-missing", {
      path: `methods.${method}.${missing}`,
      method,
    });
  }
}

function addedBy(regimes: readonly RegimeName[], method: ConsentMethod): readonly string[] {
  const laws = regimes.map((name): Regime => REGIMES[name]);
  return laws.flatMap((law) => law.alsoRequires?.[method] ?? []);
}

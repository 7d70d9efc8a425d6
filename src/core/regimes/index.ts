/** The laws custody knows, by name. A new law is a new file and one line here. */
import { coppa } from "./coppa.js";
import { isJurisdiction, type Regime } from "./regime.js";

export const REGIMES = { coppa } as const satisfies Readonly<Record<string, Regime>>;

export type RegimeName = keyof typeof REGIMES;

export function isRegimeName(name: unknown): name is RegimeName {
  return typeof name === "string" && Object.hasOwn(REGIMES, name);
}

/** The regimes in force for a jurisdiction, in the order the policy names them. */
export function regimesFor(names: readonly RegimeName[], jurisdiction: string): readonly Regime[] {
  // A place that cannot be read ("us", "USA") is no way out of the law: every regime named binds.
  const unreadable = !isJurisdiction(jurisdiction);
  return names
    .map((name) => REGIMES[name])
    .filter((regime) => unreadable || regime.governs(jurisdiction));
}

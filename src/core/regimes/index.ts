/** The laws custody knows, by name. A new law is a new file and one line here. */
import { coppa } from "./coppa.js";
import type { Regime } from "./regime.js";

export const REGIMES = { coppa } as const satisfies Readonly<Record<string, Regime>>;

export type RegimeName = keyof typeof REGIMES;

export function isRegimeName(name: unknown): name is RegimeName {
  return typeof name === "string" && Object.hasOwn(REGIMES, name);
}

/** The regimes in force for a jurisdiction, in the order the policy names them. */
export function regimesFor(names: readonly RegimeName[], jurisdiction: string): readonly Regime[] {
  return names.map((name) => REGIMES[name]).filter((regime) => regime.governs(jurisdiction));
}

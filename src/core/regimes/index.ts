/** The laws custody knows, by name. A new law is a new file and two lines here. */
import { caAb1043 } from "./ca-ab1043.js";
import { ccpaMinors } from "./ccpa-minors.js";
import { coppa } from "./coppa.js";
import { gdprArt8 } from "./gdpr-art8.js";
import { indiaDpdp } from "./india-dpdp.js";
import { nyCdpa } from "./ny-cdpa.js";
import { isJurisdiction, type Regime } from "./regime.js";
import { schoolAuthorization } from "./school-authorization.js";
import { ukAadc } from "./uk-aadc.js";
import { usVaMinors } from "./us-va-minors.js";
import { utahAsaa } from "./utah-asaa.js";

export const REGIMES = {
  coppa,
  "gdpr-art8": gdprArt8,
  "uk-aadc": ukAadc,
  "ccpa-minors": ccpaMinors,
  "ny-cdpa": nyCdpa,
  "us-va-minors": usVaMinors,
  "utah-asaa": utahAsaa,
  "india-dpdp": indiaDpdp,
  "ca-ab1043": caAb1043,
  "school-authorization": schoolAuthorization,
} as const satisfies Readonly<Record<string, Regime>>;

export type RegimeName = keyof typeof REGIMES;

export function isRegimeName(name: unknown): name is RegimeName {
  return typeof name === "string" && Object.hasOwn(REGIMES, name);
}

/** The regimes in force for a jurisdiction, in the order the policy names them. */
export function regimesFor(names: readonly RegimeName[], jurisdiction: string): readonly Regime[] {
  // A place that cannot be read ("us", "USA") is no way out of the law: every regime named binds.
  const unreadable = !isJurisdiction(jurisdiction);
  return names
    .map((name): Regime => REGIMES[name])
    .filter((regime) => unreadable || regime.governs(jurisdiction));
}

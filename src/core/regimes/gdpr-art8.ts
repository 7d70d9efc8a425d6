/**
 * Art. 8 GDPR with the ages the member states chose (Art. 8(1): 16 unless a state lowered it, never
 * below 13). A person's own consent covers every use but what was asked for, security and legal
 * duties; below the state's age the holder of parental responsibility gives it. France asks for
 * both below 15 (Loi Informatique et Libertés, art. 45).
 */
import type { Use } from "../vocabulary.js";
import type { Citation, Need, Regime } from "./regime.js";

const DEFAULT_AGE_YEARS = 16;

/** Digital consent ages of the EU and EEA states; one that is not named has the default. */
const AGES_YEARS: Readonly<Record<string, number>> = {
  AT: 14,
  BE: 13,
  BG: 14,
  CY: 14,
  CZ: 15,
  DE: 16,
  DK: 15,
  EE: 13,
  ES: 14,
  FI: 13,
  FR: 15,
  GR: 15,
  HR: 16,
  HU: 16,
  IE: 16,
  IS: 13,
  IT: 14,
  LI: 16,
  LT: 14,
  LU: 16,
  LV: 13,
  MT: 13,
  NL: 16,
  NO: 13,
  PL: 16,
  PT: 13,
  RO: 16,
  SE: 13,
  SI: 15,
  SK: 16,
};

/** Uses that rest on another ground than consent (Art. 6(1)(b), (c), (f)). */
const WITHOUT_CONSENT: readonly Use[] = ["service", "security", "legal"];

const ART8: Citation = { regime: "gdpr-art8", section: "GDPR Art. 8(1)", firmness: "rule" };
const ART6: Citation = { regime: "gdpr-art8", section: "GDPR Art. 6(1)(a)", firmness: "rule" };
const JOINT: Citation = {
  regime: "gdpr-art8",
  section: "GDPR Art. 8(1) with Loi 78-17 art. 45 (joint consent below 15)",
  firmness: "rule",
};

const need = (giver: Need["giver"], because: Citation): Need => ({
  giver,
  regime: "gdpr-art8",
  because,
  reachesBack: false,
});

const PERSON: readonly Need[] = [need("subject", ART6)];
const PARENT: readonly Need[] = [need("parent", ART8)];
const BOTH: readonly Need[] = [need("parent", JOINT), need("subject", JOINT)];

/** The state's age in whole years; the default for the Union as a whole. */
export function digitalConsentAge(jurisdiction: string): number {
  return AGES_YEARS[stateOf(jurisdiction)] ?? DEFAULT_AGE_YEARS;
}

function stateOf(jurisdiction: string): string {
  return jurisdiction.split("-")[0] ?? "";
}

export const gdprArt8: Regime = {
  name: "gdpr-art8",
  title: "General Data Protection Regulation, Art. 8",
  governs: (jurisdiction) => {
    const state = stateOf(jurisdiction);
    return state === "EU" || Object.hasOwn(AGES_YEARS, state);
  },
  needs: ({ use, years, jurisdiction }) => {
    if (WITHOUT_CONSENT.includes(use)) return [];
    // Unknown: somebody has to have agreed, at whatever age.
    if (years === undefined || years >= digitalConsentAge(jurisdiction)) return PERSON;
    return stateOf(jurisdiction) === "FR" ? BOTH : PARENT;
  },
  forbids: () => undefined,
};

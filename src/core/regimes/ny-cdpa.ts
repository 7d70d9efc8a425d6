/**
 * New York Child Data Protection Act, Gen. Bus. Law 899-ee ff. (in force 20 June 2025). Below 13 it
 * leaves the field to COPPA; from 13 to 17 processing that is not strictly necessary for what was
 * asked for needs the person's own informed consent (899-ff). Marketing, research, training and
 * disclosure are not strictly necessary.
 */
import type { Use } from "../vocabulary.js";
import { type Citation, type Need, type Regime, within } from "./regime.js";

const TEEN_FROM_YEARS = 13;
const ADULT_FROM_YEARS = 18;
const NOT_NECESSARY: readonly Use[] = [
  "first-party-training",
  "disclosure",
  "advertising",
  "marketing",
  "research",
];

const OWN: Citation = {
  regime: "ny-cdpa",
  section: "N.Y. Gen. Bus. Law 899-ff",
  firmness: "rule",
};
const TEEN: readonly Need[] = [
  { giver: "subject", regime: "ny-cdpa", because: OWN, reachesBack: false },
];

export const nyCdpa: Regime = {
  name: "ny-cdpa",
  title: "New York Child Data Protection Act",
  governs: (jurisdiction) => within(jurisdiction, "US-NY"),
  needs: ({ use, years }) => {
    const teen = years !== undefined && years >= TEEN_FROM_YEARS && years < ADULT_FROM_YEARS;
    return teen && NOT_NECESSARY.includes(use) ? TEEN : [];
  },
  forbids: () => undefined,
};

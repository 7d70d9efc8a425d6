/**
 * The United Kingdom: Art. 8 UK GDPR with the age of 13 (Data Protection Act 2018 s.9) and the
 * Children's Code (Age Appropriate Design Code). The person agrees from 13, a parent below, to
 * every use but what was asked for, security and legal duties.
 */
import type { Use } from "../vocabulary.js";
import { type Citation, type Need, type Regime, within } from "./regime.js";

const CONSENT_AGE_YEARS = 13;
const WITHOUT_CONSENT: readonly Use[] = ["service", "security", "legal"];

const BELOW: Citation = {
  regime: "uk-aadc",
  section: "UK GDPR Art. 8(1), DPA 2018 s.9",
  firmness: "rule",
};
const CODE: Citation = {
  regime: "uk-aadc",
  section: "Children's Code, standards 7 and 12 (off by default)",
  firmness: "guidance",
};

const PARENT: readonly Need[] = [
  { giver: "parent", regime: "uk-aadc", because: BELOW, reachesBack: false },
];
const PERSON: readonly Need[] = [
  { giver: "subject", regime: "uk-aadc", because: CODE, reachesBack: false },
];

export const ukAadc: Regime = {
  name: "uk-aadc",
  title: "UK Age Appropriate Design Code (Children's Code)",
  governs: (jurisdiction) => within(jurisdiction, "GB"),
  needs: ({ use, years }) => {
    if (WITHOUT_CONSENT.includes(use)) return [];
    return years !== undefined && years < CONSENT_AGE_YEARS ? PARENT : PERSON;
  },
  forbids: () => undefined,
};

/**
 * India, Digital Personal Data Protection Act 2023 s.9 with the Rules of 2025: a child is anybody
 * under 18; a parent's verifiable consent comes before any processing (s.9(1)), and tracking,
 * behavioural monitoring and targeted advertising are out whatever anybody agrees to (s.9(3)).
 */
import { type Citation, type Need, type Regime, within } from "./regime.js";

const CHILD_UNDER_YEARS = 18;

const CONSENT: Citation = { regime: "india-dpdp", section: "DPDP Act s.9(1)", firmness: "rule" };
const NO_ADVERTS: Citation = { regime: "india-dpdp", section: "DPDP Act s.9(3)", firmness: "rule" };

const PARENT: readonly Need[] = [
  { giver: "parent", regime: "india-dpdp", because: CONSENT, reachesBack: false },
];

/** Stated positively: an age that is not known is judged by `age-unknown`, not here. */
const isChild = (years: number | undefined): boolean =>
  years !== undefined && years < CHILD_UNDER_YEARS;

export const indiaDpdp: Regime = {
  name: "india-dpdp",
  title: "Digital Personal Data Protection Act 2023 (India), s.9",
  governs: (jurisdiction) => within(jurisdiction, "IN"),
  needs: ({ years }) => (isChild(years) ? PARENT : []),
  forbids: ({ use, years, ...asked }) => {
    const adverts = use === "advertising" || asked.for === "advertising";
    return adverts && isChild(years) ? NO_ADVERTS : undefined;
  },
};

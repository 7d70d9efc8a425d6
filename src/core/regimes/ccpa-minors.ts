/**
 * California, Civ. Code 1798.120(c) and 11 CCR 7070 to 7072: personal information of somebody under
 * 16 is sold or shared only after an opt-in, the parent's under 13, the person's own at 13 to 15.
 * The opt-in is in addition to COPPA's consent (7070(a)(1)), covers what is held already, and its
 * method list still says "monetary" for a card check.
 */
import type { DisclosedFor } from "../vocabulary.js";
import { type Citation, type Need, type Regime, within } from "./regime.js";

const PARENT_UNDER_YEARS = 13;
const OPT_IN_UNDER_YEARS = 16;
/** Selling, and sharing for cross-context advertising. */
const SALE: readonly DisclosedFor[] = ["advertising", "consideration"];

const UNDER_13: Citation = {
  regime: "ccpa-minors",
  section: "Cal. Civ. Code 1798.120(c); 11 CCR 7070(a)(1)",
  firmness: "rule",
};
const UNDER_16: Citation = {
  regime: "ccpa-minors",
  section: "Cal. Civ. Code 1798.120(c); 11 CCR 7071",
  firmness: "rule",
};

const PARENT: readonly Need[] = [
  { giver: "parent", regime: "ccpa-minors", because: UNDER_13, reachesBack: true },
];
const TEEN: readonly Need[] = [
  { giver: "subject", regime: "ccpa-minors", because: UNDER_16, reachesBack: true },
];

export const ccpaMinors: Regime = {
  name: "ccpa-minors",
  title: "California Consumer Privacy Act, consumers under 16",
  governs: (jurisdiction) => within(jurisdiction, "US-CA"),
  needs: ({ discloses, years, ...asked }) => {
    if (!discloses || asked.for === undefined || !SALE.includes(asked.for)) return [];
    if (years === undefined || years >= OPT_IN_UNDER_YEARS) return [];
    return years < PARENT_UNDER_YEARS ? PARENT : TEEN;
  },
  forbids: () => undefined,
  alsoRequires: { "payment-transaction": "monetary" },
};

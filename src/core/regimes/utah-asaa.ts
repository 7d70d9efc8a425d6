/**
 * Utah App Store Accountability Act, Code 13-76-202: the developer asks the store for the age
 * category at download, purchase, first launch or a significant change, and as a routine at most
 * once in twelve months; the lowest of the store's and its own age data counts (which is custody's
 * rule everywhere). It asks for no consent to processing.
 */
import { ASKS_NOTHING, type Regime, within } from "./regime.js";

const RECHECK_MONTHS = 12;

export const utahAsaa: Regime = {
  name: "utah-asaa",
  title: "Utah App Store Accountability Act (13-76)",
  governs: (jurisdiction) => within(jurisdiction, "US-UT"),
  ...ASKS_NOTHING,
  routineRecheck: {
    months: RECHECK_MONTHS,
    because: { regime: "utah-asaa", section: "Utah Code 13-76-202(2)", firmness: "rule" },
  },
};

/**
 * The Children's Online Privacy Protection Rule, 16 CFR Part 312, as amended 2025 (90 FR 16918;
 * compliance date 22 April 2026).
 *
 * A child is an individual under 13 (312.2). Verifiable parental consent comes before any
 * collection, use or disclosure (312.5(a)(1)); the exceptions of 312.5(c) are the gate's, because
 * they ask for no consent at all.
 */
import type { Citation, Need, Regime } from "./regime.js";

const CHILD_UNDER_YEARS = 13;

const CONSENT: Citation = { regime: "coppa", section: "16 CFR 312.5(a)(1)", firmness: "rule" };

const PARENT: readonly Need[] = [
  { giver: "parent", regime: "coppa", because: CONSENT, reachesBack: false },
];

export const coppa: Regime = {
  name: "coppa",
  title: "Children's Online Privacy Protection Rule (16 CFR Part 312)",
  governs: (jurisdiction) => jurisdiction === "US" || jurisdiction.startsWith("US-"),
  needs: ({ years, audience }) => {
    // A site whose primary audience is children treats every visitor as a child (312.2 "directed to
    // children").
    if (audience === "child-directed") return PARENT;
    return years !== undefined && years < CHILD_UNDER_YEARS ? PARENT : [];
  },
  forbids: () => undefined,
};

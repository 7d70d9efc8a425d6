/**
 * A school in place of the parent: FTC COPPA FAQ N (guidance; there is no school exception in the
 * Rule) as made concrete in U.S. v. Edmodo (N.D. Cal. 3:23-cv-02495, 2023) II.B: a representative
 * with a name and a title who attests authority, for educational purposes, never commercial ones.
 */
import { ASKS_NOTHING, type Citation, type Regime, within } from "./regime.js";

export const SCHOOL: Citation = {
  regime: "school-authorization",
  section: "U.S. v. Edmodo (2023) II.B; FTC COPPA FAQ N",
  firmness: "order",
};

export const schoolAuthorization: Regime = {
  name: "school-authorization",
  title: "School authorisation in place of a parent",
  governs: (jurisdiction) => within(jurisdiction, "US"),
  ...ASKS_NOTHING,
  schoolUses: ["service", "internal-operations", "security", "legal"],
};

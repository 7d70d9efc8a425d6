/**
 * California AB 1043, Civ. Code 1798.500 ff. (from 1 January 2027): the operating system sends an
 * age bracket, its receipt is actual knowledge, and only clear and convincing information of the
 * developer's own outweighs it. Both are the folding rule of core/age.ts; the pack asks for no
 * consent.
 */
import { ASKS_NOTHING, type Regime, within } from "./regime.js";

export const caAb1043: Regime = {
  name: "ca-ab1043",
  title: "California Digital Age Assurance Act (AB 1043)",
  governs: (jurisdiction) => within(jurisdiction, "US-CA"),
  ...ASKS_NOTHING,
};

/**
 * Virginia Code 59.1-577.1 (SB 854): a neutral age screen, the device's minor signal honoured, and
 * age data for age purposes only. Enjoined since 27 February 2026 (NetChoice v. Jones, E.D. Va.
 * 1:25-cv-02067); the pack binds where a policy lists it. It asks for no consent to processing.
 * That age data serves nothing else is the gate's rule everywhere, so there is nothing to add here.
 */
import { ASKS_NOTHING, type Regime, within } from "./regime.js";

export const usVaMinors: Regime = {
  name: "us-va-minors",
  title: "Virginia Consumer Data Protection Act, users under 16 (59.1-577.1)",
  governs: (jurisdiction) => within(jurisdiction, "US-VA"),
  ...ASKS_NOTHING,
};

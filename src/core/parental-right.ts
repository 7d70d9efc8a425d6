/** What a law lets a parent ask for about what is held of their child. */
import type { RegimeName } from "./regimes/index.js";
import type { Citation } from "./regimes/regime.js";

export interface ParentalRight {
  readonly right: string;
  readonly because: Citation;
}

const section = (paragraph: string): Citation => ({
  regime: "coppa",
  section: `16 CFR 312.6${paragraph}`,
  firmness: "rule",
});

/**
 * By law, as far as custody has them as data. A law that is not here may well give rights: nothing
 * is said about them.
 */
export const PARENTAL_RIGHTS: { readonly [R in RegimeName]?: readonly ParentalRight[] } = {
  coppa: [
    {
      right: "to have the types or categories of personal information described",
      because: section("(a)(1)"),
    },
    {
      right: "to refuse, at any time, further use or future collection",
      because: section("(a)(2)"),
    },
    {
      right: "to have the child's personal information deleted, at any time",
      because: section("(a)(2)"),
    },
    {
      right: "to review the personal information collected from the child",
      because: section("(a)(3)"),
    },
  ],
};

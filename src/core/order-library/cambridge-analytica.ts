/**
 * In the Matter of Cambridge Analytica, LLC. FTC Docket No. 9383, opinion and final order
 * of 6 December 2019.
 */
import type { LibraryOrder } from "./library-order.js";

export const cambridgeAnalytica: LibraryOrder = {
  name: "cambridge-analytica",
  title: "In the Matter of Cambridge Analytica, LLC",
  citation: "FTC Docket No. 9383, opinion and final order of 6 December 2019",
  page: "182-3107-cambridge-analytica-llc-matter",
  read: "order",
  parts: [
    {
      about: "everything that the app brought in",
      select: {
        source: "the-app",
      },
      remedy: {
        data: {
          destroy: "P10D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P10D",
        },
        recipients: {
          list: "P10D",
        },
        attest: {
          due: "P30D",
          form: "28-usc-1746",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Work product goes too: algorithms and equations that originated in whole or in " +
      "part from the data.",
    "The days run from the effective date; where a regulator holds the data, from " +
      "its return (clock-starts).",
    "The sworn list names everyone it was shared with: name, address, telephone.",
    "Carve-out for a government or legal duty: place a hold for each thing kept.",
  ],
  unknown: ["whether recipients had to be told to delete"],
};

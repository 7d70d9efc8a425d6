/** In the Matter of Avast Limited (Jumpshot). FTC Docket No. C-4805. */
import type { LibraryOrder } from "./library-order.js";

export const avast: LibraryOrder = {
  name: "avast",
  title: "In the Matter of Avast Limited (Jumpshot)",
  citation: "FTC Docket No. C-4805",
  page: "2023033-avast",
  read: "order",
  parts: [
    {
      about: "browsing data of Jumpshot",
      select: {
        source: "jumpshot",
      },
      remedy: {
        data: {
          destroy: "P20D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P20D",
        },
        recipients: {
          instruct: "P20D",
          scope: ["data", "models", "software"],
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Recipients destroy the data, the models derived from it and the analysis software.",
    "Thirty days after a hold ends, what it kept goes.",
  ],
  unknown: [
    "by which day the sworn statement was due: add `attest` when you know",
    "within how many days correspondence was to be sent on",
  ],
};

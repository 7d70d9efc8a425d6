/** In the Matter of X-Mode Social, Inc. and Outlogic, LLC. FTC Docket No. C-4802, April 2024. */
import type { LibraryOrder } from "./library-order.js";

export const xMode: LibraryOrder = {
  name: "x-mode",
  title: "In the Matter of X-Mode Social, Inc. and Outlogic, LLC",
  citation: "FTC Docket No. C-4802, April 2024",
  page: "2123038-x-mode-social-inc",
  read: "order",
  parts: [
    {
      about: "location data without affirmative express consent",
      select: {
        category: "geolocation",
        basis: "none",
      },
      remedy: {
        data: {
          destroy: "P60D",
          deidentified: "allowed",
        },
        derived: {
          embeddings: "P90D",
          labels: "P90D",
          generated: "P90D",
          joins: "P90D",
          aggregates: "P90D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P90D",
        },
        recipients: {
          instruct: "P90D",
          forward: "P10D",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Data products go: models, derived data, inferences, audience segments.",
    "Instead of destroying, the data may within 90 days be consented to, " +
      "de-identified or made non-sensitive; written here is de-identification.",
    "Customers of the last three years are told.",
  ],
  unknown: ["by which day the written statement was due: add `attest` when you know"],
};

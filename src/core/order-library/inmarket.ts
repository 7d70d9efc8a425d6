/** In the Matter of InMarket Media, LLC. FTC Docket No. C-4803, May 2024. */
import type { LibraryOrder } from "./library-order.js";

export const inmarket: LibraryOrder = {
  name: "inmarket",
  title: "In the Matter of InMarket Media, LLC",
  citation: "FTC Docket No. C-4803, May 2024",
  page: "2023088-inmarket-media-llc",
  read: "order",
  parts: [
    {
      about: "location data of the operator's own apps",
      select: {
        category: "geolocation",
        source: "own-app",
      },
      remedy: {
        data: {
          destroy: "P90D",
        },
        derived: {
          aggregates: "P120D",
        },
        models: "keep",
        freeze: "immediately",
      },
    },
    {
      about: "location data of other parties' apps",
      select: {
        category: "geolocation",
        source: "partner-kit",
      },
      remedy: {
        data: {
          destroy: "P120D",
        },
        derived: {
          aggregates: "P120D",
        },
        models: "keep",
        freeze: "immediately",
      },
    },
  ],
  notes: ["Audience segments have a term of their own; models are not named."],
  unknown: ["by which day the written statement was due: add `attest` when you know"],
};

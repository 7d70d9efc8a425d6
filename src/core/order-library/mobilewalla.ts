/** In the Matter of Mobilewalla, Inc.. FTC Docket No. C-4811, January 2025. */
import type { LibraryOrder } from "./library-order.js";

export const mobilewalla: LibraryOrder = {
  name: "mobilewalla",
  title: "In the Matter of Mobilewalla, Inc.",
  citation: "FTC Docket No. C-4811, January 2025",
  page: "202-3196-mobilewalla-inc-matter",
  read: "order",
  parts: [
    {
      about: "location data for which neither operator nor supplier can show consent",
      select: {
        category: "geolocation",
        basis: "none",
      },
      remedy: {
        data: {
          destroy: "P90D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P120D",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "What cannot be shown is not consented: a missing record of consent taints.",
    "Hashed telephone numbers are covered.",
  ],
  unknown: [
    "the terms for recipients",
    "by which day a statement was due: add `attest` when you know",
  ],
};

/** United States v. Cerebral, Inc.. S.D. Fla. 1:24-cv-21376, May 2024. */
import type { LibraryOrder } from "./library-order.js";

export const cerebral: LibraryOrder = {
  name: "cerebral",
  title: "United States v. Cerebral, Inc.",
  citation: "S.D. Fla. 1:24-cv-21376, May 2024",
  page: "222-3067-cerebral-inc-kyle-robertson-us-v",
  read: "order",
  parts: [
    {
      about: "health data kept without need",
      select: {
        category: "health",
      },
      remedy: {
        data: {
          destroy: "P60D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P60D",
        },
        recipients: {
          instruct: "P60D",
          forward: "P5D",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "In all forms, hashed or encrypted included.",
    "Not what treatment, payment or operations need: leave it out of the selection.",
  ],
  unknown: ["by which day a statement was due: add `attest` when you know"],
};

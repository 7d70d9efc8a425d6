/**
 * Federal Trade Commission v. Rite Aid Corporation. E.D. Pa. 2:23-cv-05023-KBH, order
 * filed 26 February 2024 (modifies C-4308).
 */
import type { LibraryOrder } from "./library-order.js";

export const riteAid: LibraryOrder = {
  name: "rite-aid",
  title: "Federal Trade Commission v. Rite Aid Corporation",
  citation: "E.D. Pa. 2:23-cv-05023-KBH, order filed 26 February 2024 (modifies C-4308)",
  page: "2023190-rite-aid-corporation-ftc-v",
  read: "order",
  parts: [
    {
      about: "photos and videos taken for face recognition",
      select: {
        category: ["photo", "video", "biometric"],
      },
      remedy: {
        data: {
          destroy: "P45D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P45D",
        },
        recipients: {
          instruct: "P60D",
          forward: "P10D",
        },
        attest: {
          due: "P45D",
          form: "28-usc-1746",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Any data, models or algorithms derived in whole or in part go with the photos, on one clock.",
  ],
  unknown: ["what recipients were told to destroy besides the data"],
};

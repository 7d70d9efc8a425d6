/** United States v. Easy Healthcare Corporation (Premom). N.D. Ill. 1:23-cv-3107, June 2023. */
import type { LibraryOrder } from "./library-order.js";

export const premom: LibraryOrder = {
  name: "premom",
  title: "United States v. Easy Healthcare Corporation (Premom)",
  citation: "N.D. Ill. 1:23-cv-3107, June 2023",
  page: "202-3186-easy-healthcare-corporation-us-v",
  read: "order",
  parts: [
    {
      about: "health data that went to others",
      select: {
        category: "health",
      },
      remedy: {
        recipients: {
          instruct: "P45D",
          forward: "P5D",
        },
      },
    },
  ],
  notes: [
    "A claw-back: identify recipients, tell them, demand written confirmation, send replies on.",
    "Hashed and encrypted forms are covered; nothing more is shared until receipt is confirmed.",
  ],
  unknown: ["terms for the operator's own data and for models"],
};

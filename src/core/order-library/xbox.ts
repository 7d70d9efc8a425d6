/** United States v. Microsoft Corporation (Xbox). W.D. Wash. 2:23-cv-00836-RAJ, June 2023. */
import type { LibraryOrder } from "./library-order.js";

export const xbox: LibraryOrder = {
  name: "xbox",
  title: "United States v. Microsoft Corporation (Xbox)",
  citation: "W.D. Wash. 2:23-cv-00836-RAJ, June 2023",
  page: "1923258-microsoft-corporation-us-v",
  read: "order",
  parts: [
    {
      about: "what was taken to seek a consent that never came",
      select: {
        basis: "exception",
        purpose: "asking",
      },
      remedy: {
        data: {
          destroy: "P2W",
        },
        models: "keep",
        attest: {
          due: "P13M",
          form: "28-usc-1746",
        },
      },
    },
  ],
  notes: [
    "Two weeks from collection, for everything taken to ask a parent: custody's own " +
      "requests lapse after as long.",
    "Accounts without consent are suspended after 180 days and deleted a year later.",
    "No model is destroyed.",
  ],
  unknown: [],
};

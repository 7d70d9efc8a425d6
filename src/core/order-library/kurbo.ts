/**
 * United States v. Kurbo, Inc. and WW International, Inc.. N.D. Cal. 3:22-cv-00946-TSH,
 * filed 3 March 2022.
 */
import type { LibraryOrder } from "./library-order.js";

export const kurbo: LibraryOrder = {
  name: "kurbo",
  title: "United States v. Kurbo, Inc. and WW International, Inc.",
  citation: "N.D. Cal. 3:22-cv-00946-TSH, filed 3 March 2022",
  page: "1923228-weight-watchersww",
  read: "order",
  parts: [
    {
      about: "children's data without notice and verifiable consent",
      select: {
        "band-at-collection": "child",
        basis: "none",
      },
      remedy: {
        data: {
          destroy: "P30D",
          unless: "consent",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P90D",
        },
        attest: {
          due: "P90D",
          form: "28-usc-1746",
          counts: true,
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Data of accounts for which notice and consent are obtained within the 30 days " +
      "stays; no model does.",
    "The statement counts who was noticed, consented, declined, did not reply, asked " +
      "for deletion, asked questions.",
  ],
  unknown: [],
};

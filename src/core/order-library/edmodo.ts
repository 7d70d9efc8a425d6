/** United States v. Edmodo, LLC. N.D. Cal. 3:23-cv-02495-TSH, filed 27 June 2023. */
import type { LibraryOrder } from "./library-order.js";

export const edmodo: LibraryOrder = {
  name: "edmodo",
  title: "United States v. Edmodo, LLC",
  citation: "N.D. Cal. 3:23-cv-02495-TSH, filed 27 June 2023",
  page: "202-3129-edmodo-llc-us-v",
  read: "order",
  parts: [
    {
      about: "students' data without a parent's consent or a school's authorisation",
      select: {
        "band-at-collection": "child",
        basis: "none",
      },
      remedy: {
        data: {
          destroy: "P60D",
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
    "Only models made with data that nobody authorised go: those of agreed data survive.",
    "The counts name schools' authorisations apart.",
  ],
  unknown: [],
};

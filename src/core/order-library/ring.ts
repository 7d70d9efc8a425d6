/** Federal Trade Commission v. Ring LLC. D.D.C. 1:23-cv-01549-JMC, filed 16 June 2023. */
import type { LibraryOrder } from "./library-order.js";

export const ring: LibraryOrder = {
  name: "ring",
  title: "Federal Trade Commission v. Ring LLC",
  citation: "D.D.C. 1:23-cv-01549-JMC, filed 16 June 2023",
  page: "2023113-ring-llc",
  read: "order",
  parts: [
    {
      about: "recordings reviewed or annotated before March 2018",
      select: {
        collection: "recordings",
        collected: {
          to: "2018-02-28",
        },
      },
      remedy: {
        data: {
          destroy: "P30D",
        },
        derived: {
          embeddings: "P90D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P90D",
          infeasible: "allowed",
        },
        attest: {
          due: "P90D",
          form: "28-usc-1746",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Reaches models developed from review and annotation: labels carry it on.",
    "The one exit: the principal executive officer swears which product, why, on " +
      "personal or expert knowledge, within the 90 days (`models.infeasible`).",
    "Narrowed to models that the defendant identifies or reasonably can.",
  ],
  unknown: [],
};

/** United States v. Apitor Technology Co., Ltd.. N.D. Cal. 3:25-cv-07363, October 2025. */
import type { LibraryOrder } from "./library-order.js";

export const apitor: LibraryOrder = {
  name: "apitor",
  title: "United States v. Apitor Technology Co., Ltd.",
  citation: "N.D. Cal. 3:25-cv-07363, October 2025",
  page: "apitor",
  read: "order",
  parts: [
    {
      about: "geolocation that another party's kit in the app took from children",
      select: {
        source: "the-kit",
        category: "geolocation",
        basis: "none",
      },
      remedy: {
        data: {
          destroy: "P60D",
          unless: "consent",
        },
        models: "keep",
        attest: {
          due: "P60D",
          form: "28-usc-1746",
          counts: true,
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "What a kit collects in the app is the operator's.",
    "No model clause: no children's order after Edmodo in our source has one.",
  ],
  unknown: [],
};

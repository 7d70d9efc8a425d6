/**
 * In the Matter of Aleksandr Kogan and Alexander Nix. FTC Dockets No. C-4693 and C-4694,
 * December 2019.
 */
import type { LibraryOrder } from "./library-order.js";

export const koganNix: LibraryOrder = {
  name: "kogan-nix",
  title: "In the Matter of Aleksandr Kogan and Alexander Nix",
  citation: "FTC Dockets No. C-4693 and C-4694, December 2019",
  page: "182-3107-cambridge-analytica-llc-matter",
  read: "order",
  parts: [
    {
      about: "everything that the app brought in",
      select: {
        source: "the-app",
      },
      remedy: {
        data: {
          destroy: "P10D",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P10D",
        },
        recipients: {
          list: "P10D",
        },
        attest: {
          due: "P30D",
          form: "28-usc-1746",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: ["The same wording as against Cambridge Analytica, for persons instead of a company."],
  unknown: ["whether recipients had to be told to delete"],
};

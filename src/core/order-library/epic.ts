/** United States v. Epic Games, Inc.. E.D.N.C. 5:22-cv-00518-BO, 2023. */
import type { LibraryOrder } from "./library-order.js";

export const epic: LibraryOrder = {
  name: "epic",
  title: "United States v. Epic Games, Inc.",
  citation: "E.D.N.C. 5:22-cv-00518-BO, 2023",
  page: "1923203-epic-games-matter",
  read: "order",
  parts: [
    {
      about: "everybody who is not known to be 13 or over",
      select: {
        "band-at-collection": ["child", "unknown"],
      },
      remedy: {
        data: {
          destroy: "P60D",
          unless: "consent",
        },
        models: "keep",
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
    "Spared are those a neutral age gate shows to be 13 or over, and those with " +
      "verifiable consent.",
    "Persistent identifiers used solely for internal operations may stay: leave them " +
      "out of the selection.",
    "No model is destroyed.",
  ],
  unknown: [],
};

/** United States v. Musical.ly. C.D. Cal. 2:19-cv-1439, 2019. */
import type { LibraryOrder } from "./library-order.js";

export const musically: LibraryOrder = {
  name: "musically",
  title: "United States v. Musical.ly",
  citation: "C.D. Cal. 2:19-cv-1439, 2019",
  page: "172-3004-musically-inc",
  read: "order",
  parts: [
    {
      about:
        "accounts whose holder's age is still unknown when 45 days are over: taken down, " +
        "then destroyed within twelve months",
      select: {
        "band-at-collection": "unknown",
      },
      remedy: {
        data: {
          destroy: "P12M",
        },
        models: "keep",
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Judged by the age at collection: users now 13 or over who were under 13 then are covered.",
    "The twelve months run from the take-down: open the order on that day.",
    "No model is destroyed.",
  ],
  unknown: [
    "within how many days the data of those under 13 at collection was to be " +
      "destroyed: a second part with `band-at-collection: child` is for you to write",
    "whether and when a statement is sworn",
  ],
};

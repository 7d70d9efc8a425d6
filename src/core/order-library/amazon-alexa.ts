/** United States v. Amazon.com, Inc. (Alexa). W.D. Wash. 2:23-cv-00811-TL, filed 19 July 2023. */
import type { LibraryOrder } from "./library-order.js";

export const amazonAlexa: LibraryOrder = {
  name: "amazon-alexa",
  title: "United States v. Amazon.com, Inc. (Alexa)",
  citation: "W.D. Wash. 2:23-cv-00811-TL, filed 19 July 2023",
  page: "192-3128-amazoncom-alexa-us-v",
  read: "order",
  parts: [
    {
      about: "inactive child profiles (18 months unused)",
      select: {
        collection: "voice",
        subject: "sub_of-each-inactive-profile",
      },
      remedy: {
        data: {
          destroy: "P90D",
        },
        derived: {
          embeddings: "keep",
          labels: "keep",
          generated: "keep",
          aggregates: "keep",
        },
        models: "keep",
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Models are not destroyed: data products made before the deletion may stay in " +
      "use, none may be made or improved with the data afterwards.",
    "The 90 days run from the identification of a profile, which is due within six " +
      "months; a parent may ask to keep it.",
  ],
  unknown: ["whether and when a statement is sworn"],
};

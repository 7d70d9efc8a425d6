/** In the Matter of Everalbum, Inc.. FTC Docket No. C-4743, final order of May 2021. */
import type { LibraryOrder } from "./library-order.js";

export const everalbum: LibraryOrder = {
  name: "everalbum",
  title: "In the Matter of Everalbum, Inc.",
  citation: "FTC Docket No. C-4743, final order of May 2021",
  page: "192-3172-everalbum-inc-matter",
  read: "order",
  parts: [
    {
      about: "photos and videos of deactivated users",
      select: {
        collection: "photos",
        subject: "sub_of-each-deactivated-user",
      },
      remedy: {
        data: {
          destroy: "P30D",
        },
        freeze: "immediately",
      },
    },
    {
      about: "face embeddings of users who gave no express consent; their photos stay",
      select: {
        collection: "photos",
        purpose: "faces",
        basis: "none",
      },
      remedy: {
        data: "keep",
        derived: {
          embeddings: "P90D",
        },
        models: "keep",
        freeze: "immediately",
      },
    },
    {
      about: "every model developed in whole or in part with users' biometrics, agreed or not",
      select: {
        collection: "photos",
        purpose: "faces",
      },
      remedy: {
        data: "keep",
        derived: {
          embeddings: "keep",
        },
        models: {
          relation: "in-whole-or-in-part",
          destroy: "P90D",
        },
        freeze: "immediately",
      },
    },
  ],
  notes: [
    "Embeddings are listed apart from models, with a selection of their own.",
    "What is kept under a legal hold is itemised; 30 days after its end it goes, and " +
      "a second statement is sworn.",
    "A face model made later needs a disclosure of its own and express consent.",
  ],
  unknown: ["by which day each of the three sworn statements was due: add `attest` when you know"],
};

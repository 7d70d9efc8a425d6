/** The codes of a certificate in words, for its reader and for whoever swears to it. */
import type { Certificate } from "../verify.js";

type Doubt = Certificate["notProven"][number];
type ToldState = NonNullable<Certificate["told"]>[number]["state"];

const NOT_PROVEN: { readonly [C in Doubt["code"]]: string } = {
  "place-unknown": "nobody said where its bytes lie",
  "scrub-logical": "the file could not be rewritten; deleted pages may still be in it",
  "backup-unexpired": "its copies are not gone yet",
  "recipient-refused": "was told to delete, and refused",
  "recipient-silent": "was told to delete, and never answered",
  "onward-copy": "is said to have received the data from a recipient; custody cannot reach it",
};

const TOLD: { readonly [S in ToldState]: string } = {
  confirmed: "said that it did so",
  refused: "refused",
  "no-answer": "never answered",
  open: "has not yet said that it did all of it",
};

/** A code without words is said as it is: nothing may be left out. */
export function doubtWords({ code, until }: Doubt): string {
  const end = until === undefined ? "" : ` (gone from ${until})`;
  return `${wordsIn(NOT_PROVEN, code)}${end}`;
}

export function toldWords(state: ToldState): string {
  return wordsIn(TOLD, state);
}

function wordsIn(table: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(table, code) ? (table[code] ?? code) : code;
}

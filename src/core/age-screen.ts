/**
 * The age question itself: neutral or not (16 CFR 312.2 "mixed audience": no default age, no
 * encouragement to falsify; FTC COPPA FAQ D and H.3).
 */
import { CustodyError } from "../errors.js";
import type { Audience } from "./vocabulary.js";

export interface AgeScreen {
  /** What its makers say of it; false is an answer. */
  readonly neutral: boolean;
  /** A date or age that is filled in before anybody answers. */
  readonly default?: string | number;
  /** The words of the question and of what stands beside it. */
  readonly text?: string;
  /** The last birth year that a list offers. */
  readonly latestYear?: number;
}

/** Numbers as words from nine up: smaller ones are said in many questions that name no age. */
const TEENS = "(?:thir|four|fif|six|seven|eigh|nine)teen";
const AGE_WORDS = new RegExp(
  `\\b(?:nine|ten|eleven|twelve|${TEENS}|twenty(?:-one)?|` +
    `ninth|tenth|eleventh|twelfth|${TEENS}th|twentieth|twenty-first)\\b`,
  "i",
);
/**
 * Dates, as examples of an answer show them: with points or slashes in any form, with hyphens only
 * where there is a year, because 8-12 is a span of ages.
 */
const DATE = new RegExp(
  "(?<!\\d)(?:\\d{1,4}([./])\\d{1,2}\\1\\d{1,4}|\\d{1,4}[./]\\d{1,4}|" +
    "\\d{4}-\\d{1,2}(?:-\\d{1,2})?|(?:\\d{1,2}-)?\\d{1,2}-\\d{4})(?!\\d)",
  "g",
);
/** One or two digits that are no part of a longer number. */
const AGE_DIGITS = /(?<!\d)\d{1,2}(?!\d)/;

/**
 * @throws `config/audience-screen-conflict` where every visitor is a child already (FAQ D.2),
 * `config/age-screen-not-neutral` naming the path
 */
export function checkScreen(screen: AgeScreen, audience: Audience, year: number): void {
  if (audience === "child-directed") {
    throw new CustodyError("config/audience-screen-conflict", { path: "screen" });
  }
  const fault = faultOf(screen, year);
  if (fault === undefined) return;
  throw new CustodyError("config/age-screen-not-neutral", { path: `screen.${fault}` });
}

function faultOf(screen: AgeScreen, year: number): string | undefined {
  if (screen.neutral !== true) return "neutral";
  if (screen.default !== undefined) return "default";
  if (screen.text !== undefined && namesAnAge(screen.text)) return "text";
  return screen.latestYear !== undefined && screen.latestYear < year ? "latestYear" : undefined;
}

function namesAnAge(text: string): boolean {
  return AGE_DIGITS.test(text.replace(DATE, " ")) || AGE_WORDS.test(text);
}

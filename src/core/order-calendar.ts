/** The duties of orders as a calendar that any calendar program reads. */
import { sha256Hex } from "../lib/bytes.js";
import { type CalendarEvent, calendarText } from "../lib/icalendar.js";

const PRODUCT = "-//custody//orders//EN";
const ABOUT_CHARACTERS = 16;

/** What of a duty stands in a calendar. */
export interface CalendarDuty {
  readonly order: string;
  readonly title: string;
  readonly citation: string;
  /** YYYY-MM-DD. */
  readonly opened: string;
  readonly duty: string;
  /** A recipient's name; "" otherwise. */
  readonly about: string;
  readonly due: string;
  readonly state: "open" | "done" | "overdue";
}

const WORDS: { readonly [duty: string]: string } = {
  data: "destroy the data",
  embeddings: "destroy embeddings",
  labels: "destroy labels",
  generated: "destroy what was generated",
  copies: "destroy copies",
  joins: "destroy joined tables",
  aggregates: "destroy aggregates",
  models: "destroy models",
  instruct: "instruct recipients",
  list: "hand in the list of recipients",
  attest: "hand in the sworn statement",
  forward: "send a recipient's reply on",
};

/**
 * One event for each duty, on its day. What is done stays, and says so: a calendar that drops it
 * would look like a duty forgotten. A duty keeps its UID for good.
 */
export function orderCalendar(store: string, duties: readonly CalendarDuty[]): string {
  return calendarText(
    PRODUCT,
    duties.map((duty) => eventOf(store, duty)),
  );
}

function eventOf(store: string, duty: CalendarDuty): CalendarEvent {
  const { order, title, citation, opened, about, due, state } = duty;
  const word = WORDS[duty.duty] ?? duty.duty;
  const name = about === "" ? "" : `.${sha256Hex(about).slice(0, ABOUT_CHARACTERS)}`;
  return {
    uid: `${order}.${duty.duty}${name}@${store}`,
    stamped: opened,
    day: due,
    summary: `${state === "done" ? "[done] " : ""}${title}: ${word}`,
    description: [citation, about, `order ${order}`].filter((part) => part !== "").join("\n"),
    categories: ["custody", state],
  };
}

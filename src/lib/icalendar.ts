/**
 * iCalendar (RFC 5545): whole-day events as text. The same events give the same bytes.
 */
import { CustodyError } from "../errors.js";
import { utf8 } from "./bytes.js";
import { parseCivilDate } from "./civil-date.js";

export interface CalendarEvent {
  /** Unique in the world and the same whenever the same thing is written down again. */
  readonly uid: string;
  /** YYYY-MM-DD: the day it was written down. */
  readonly stamped: string;
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly summary: string;
  readonly description: string;
  readonly categories: readonly string[];
}

/** RFC 5545, 3.1: octets of a line without its end. */
const LINE_OCTETS_MAX = 75;
const LINE_END = "\r\n";

/** @throws `date-impossible` for a day that is none */
export function calendarText(product: string, events: readonly CalendarEvent[]): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    `PRODID:${escapedText(product)}`,
    "CALSCALE:GREGORIAN",
    ...events.flatMap(eventLines),
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}${LINE_END}`).join("");
}

/** Marked as free time: a duty blocks nobody's day. */
function eventLines(event: CalendarEvent): readonly string[] {
  const { uid, stamped, day, summary, description, categories } = event;
  return [
    "BEGIN:VEVENT",
    `UID:${escapedText(uid)}`,
    `DTSTAMP:${dateText(stamped)}T000000Z`,
    `DTSTART;VALUE=DATE:${dateText(day)}`,
    `SUMMARY:${escapedText(summary)}`,
    ...(description === "" ? [] : [`DESCRIPTION:${escapedText(description)}`]),
    ...(categories.length === 0 ? [] : [`CATEGORIES:${categories.map(escapedText).join(",")}`]),
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
  ];
}

function dateText(day: string): string {
  if (parseCivilDate(day) === undefined) throw new CustodyError("date-impossible", { path: "day" });
  return day.replaceAll("-", "");
}

/** RFC 5545, 3.3.11; other control characters have no place in a text. */
export function escapedText(text: string): string {
  return text
    .replaceAll(/[\\;,]/g, (found) => `\\${found}`)
    .replaceAll(/\r\n|\r|\n/g, "\\n")
    .replaceAll(/[^\P{Cc}\t]/gu, "");
}

/** Folded before the octet that is too many, never inside a character. */
export function folded(line: string): string {
  const parts: string[] = [];
  let part = "";
  let octets = 0;
  for (const character of line) {
    const size = utf8(character).length;
    // A continuation line begins with a space, which counts.
    if (octets + size > LINE_OCTETS_MAX) {
      parts.push(part);
      part = " ";
      octets = 1;
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join(LINE_END);
}

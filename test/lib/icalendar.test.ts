import { expect, test } from "vitest";
import { isCustodyError } from "../../src/errors.js";
import { calendarText, escapedText, folded } from "../../src/lib/icalendar.js";

const EVENT = {
  uid: "ord_1.data@sto_1",
  stamped: "2026-06-01",
  day: "2026-07-01",
  summary: "Kurbo: destroy the data",
  description: "",
  categories: ["custody", "open"],
};

test("a calendar is the same bytes every time, with CRLF at each line's end", () => {
  const text = calendarText("-//custody//EN", [EVENT]);
  expect(text).toBe(calendarText("-//custody//EN", [EVENT]));
  expect(text.split("\r\n")).toEqual([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//custody//EN",
    "CALSCALE:GREGORIAN",
    "BEGIN:VEVENT",
    "UID:ord_1.data@sto_1",
    "DTSTAMP:20260601T000000Z",
    "DTSTART;VALUE=DATE:20260701",
    "SUMMARY:Kurbo: destroy the data",
    "CATEGORIES:custody,open",
    "TRANSP:TRANSPARENT",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ]);
  expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
});

test("separators and line ends in a text are escaped, other control characters are left out", () => {
  expect(escapedText("a;b,c\\d\ne\r\nf\rg")).toBe("a\\;b\\,c\\\\d\\ne\\nf\\ng");
  expect(escapedText("a\u0000b\u001bc\td")).toBe("abc\td");
  expect(escapedText('a:b"c')).toBe('a:b"c');
});

test("no line is over 75 octets, and no character is cut in two", () => {
  const octets = (line: string) => new TextEncoder().encode(line).length;
  for (const text of ["x".repeat(400), "ä".repeat(200), "🦦".repeat(100), `${"x".repeat(74)}é`]) {
    const lines = folded(text).split("\r\n");
    expect(Math.max(...lines.map(octets))).toBeLessThanOrEqual(75);
    expect(lines.map((line, index) => (index === 0 ? line : line.slice(1))).join("")).toBe(text);
    expect(lines.slice(1).every((line) => line.startsWith(" "))).toBe(true);
  }
  expect(folded("x".repeat(75))).toBe("x".repeat(75));
  expect(folded("x".repeat(76)).split("\r\n")).toHaveLength(2);
});

test("a day that is none is refused", () => {
  try {
    calendarText("p", [{ ...EVENT, day: "2026-02-30" }]);
    expect.unreachable();
  } catch (error) {
    expect(isCustodyError(error, "date-impossible")).toBe(true);
  }
});

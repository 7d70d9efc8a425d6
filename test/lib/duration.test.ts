import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCivilDate } from "../../src/lib/civil-date.js";
import {
  addDuration,
  addDurationToDate,
  compareDurations,
  formatDuration,
  parseDuration,
  spellDuration,
} from "../../src/lib/duration.js";

const for_ = (text: string) => parseDuration(text)!;
const on = (text: string) => parseCivilDate(text)!;
const plus = (at: string, duration: string, zone?: string) =>
  new Date(addDuration(Date.parse(at), for_(duration), zone)).toISOString();

test("ISO 8601 durations are read, weeks as days and hours as seconds", () => {
  expect(for_("P1Y")).toEqual({ years: 1, months: 0, days: 0, seconds: 0 });
  expect(for_("P30D")).toEqual({ years: 0, months: 0, days: 30, seconds: 0 });
  expect(for_("PT10M")).toEqual({ years: 0, months: 0, days: 0, seconds: 600 });
  expect(for_("P1Y2M3DT4H")).toEqual({ years: 1, months: 2, days: 3, seconds: 14_400 });
  expect(for_("P2W")).toEqual({ years: 0, months: 0, days: 14, seconds: 0 });
  expect(for_("PT1H1M1S").seconds).toBe(3661);
  expect(for_("P0D")).toEqual({ years: 0, months: 0, days: 0, seconds: 0 });
  expect(for_("P3M").months).toBe(3);
  expect(for_("PT3M").months).toBe(0);
});

test("empty, negative, fractional and disordered ones are not durations", () => {
  const wrong: unknown[] = [
    "",
    "P",
    "PT",
    "P1YT",
    "-P1D",
    "P-1D",
    "+P1D",
    "P1.5D",
    "P1,5D",
    "PT0.5S",
  ]
    .concat(["p1d", "1D", "P1", "P1D2M", "P1H", "PT1D", "P1D ", "P1D\n", "P1DT1HT1M", "P12345678D"])
    .concat(["P1M1Y", "T1H", "PT1S1M"]);
  for (const text of [...wrong, 30, null, undefined]) {
    expect(parseDuration(text), String(text)).toBeUndefined();
  }
});

test("a duration and its text go both ways", () => {
  const n = fc.nat({ max: 99_999 });
  fc.assert(
    fc.property(n, n, n, fc.nat({ max: 10_000_000 }), (years, months, days, seconds) => {
      const duration = { years, months, days, seconds };
      expect(parseDuration(formatDuration(duration))).toEqual(duration);
    }),
  );
  for (const text of ["P0D", "P1Y", "P30D", "PT10M", "P1Y2M3DT4H", "PT1H30S"]) {
    expect(formatDuration(for_(text))).toBe(text);
  }
});

test("in UTC a day is 24 hours and the time of day stays", () => {
  expect(plus("2026-01-31T10:20:30.456Z", "P1M")).toBe("2026-02-28T10:20:30.456Z");
  expect(plus("2026-03-28T12:00:00Z", "P1D")).toBe("2026-03-29T12:00:00.000Z");
  expect(plus("2024-02-29T00:00:00Z", "P1Y")).toBe("2025-02-28T00:00:00.000Z");
  expect(plus("2026-01-01T00:00:00Z", "PT10M")).toBe("2026-01-01T00:10:00.000Z");
  expect(plus("2026-01-01T00:00:00Z", "P1DT1H")).toBe("2026-01-02T01:00:00.000Z");
});

test("days in UTC are exactly so many milliseconds, for any instant", () => {
  fc.assert(
    fc.property(fc.integer({ min: -4e12, max: 4e12 }), fc.nat({ max: 9999 }), (ms, days) => {
      const duration = { years: 0, months: 0, days, seconds: 7 };
      expect(addDuration(ms, duration)).toBe(ms + days * 86_400_000 + 7000);
    }),
  );
});

test("in a zone a day may have 23 or 25 hours, seconds never change", () => {
  expect(plus("2026-03-28T11:00:00Z", "P1D", "Europe/Berlin")).toBe("2026-03-29T10:00:00.000Z");
  expect(plus("2026-03-28T11:00:00Z", "PT24H", "Europe/Berlin")).toBe("2026-03-29T11:00:00.000Z");
  expect(plus("2026-10-24T10:00:00Z", "P1D", "Europe/Berlin")).toBe("2026-10-25T11:00:00.000Z");
  expect(plus("2026-03-28T01:30:00Z", "P1D", "Europe/Berlin")).toBe("2026-03-29T01:00:00.000Z");
});

test("nothing added changes nothing, also in the second reading of a repeated hour", () => {
  expect(plus("2026-10-25T01:30:00Z", "P0D", "Europe/Berlin")).toBe("2026-10-25T01:30:00.000Z");
  expect(plus("2026-10-25T01:30:00Z", "PT1S", "Europe/Berlin")).toBe("2026-10-25T01:30:01.000Z");
});

test("dates take months first, then days, and ignore seconds", () => {
  expect(addDurationToDate(on("2026-01-31"), for_("P1M1D"))).toEqual(on("2026-03-01"));
  expect(addDurationToDate(on("2026-01-31"), for_("P1Y1M"))).toEqual(on("2027-02-28"));
  expect(addDurationToDate(on("2026-01-31"), for_("PT99H"))).toEqual(on("2026-01-31"));
});

test("what leads out of the calendar or comes from no instant is refused", () => {
  const impossible = expect.objectContaining({ code: "date-impossible" });
  expect(() => plus("2026-01-01T00:00:00Z", "P9999Y")).toThrow(impossible);
  expect(() => addDurationToDate(on("9999-12-31"), for_("P1D"))).toThrow(impossible);
  const notInstant = expect.objectContaining({ code: "instant-invalid" });
  expect(() => addDuration(Number.NaN, for_("P1D"))).toThrow(notInstant);
  const refused = expect.objectContaining({ code: "option-invalid" });
  expect(() => addDuration(0, for_("P1D"), "Mars/Base")).toThrow(refused);
});

test("durations compare by their average length", () => {
  const order = ["PT10M", "P1D", "P30D", "P1M", "P6M", "P365D", "P1Y", "P366D", "P5Y"];
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) {
      expect(Math.sign(compareDurations(for_(a), for_(b))), `${a} ${b}`).toBe(Math.sign(i - j));
    }
  }
  expect(compareDurations(for_("P12M"), for_("P1Y"))).toBe(0);
  expect(compareDurations(for_("PT24H"), for_("P1D"))).toBe(0);
});

test("a duration in English has the parts that it has, in the singular where it is one", () => {
  const words = (text: string) => {
    const duration = parseDuration(text);
    return duration === undefined ? undefined : spellDuration(duration);
  };
  expect(words("P1Y")).toBe("1 year");
  expect(words("P2W")).toBe("14 days");
  expect(words("P1Y2M3DT4H5M6S")).toBe(
    "1 year, 2 months, 3 days, 4 hours, 5 minutes and 6 seconds",
  );
  expect(words("PT90M")).toBe("1 hour and 30 minutes");
  expect(words("P0D")).toBe("no time");
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CivilDate,
  civilFromDays,
  formatCivilDate,
  parseCivilDate,
} from "../../src/lib/civil-date.js";
import {
  civilDateAt,
  firstInstantAt,
  isTimeZone,
  LAST_ZONE,
  localMsAt,
  startOfDay,
  ZONE_FORMATS_MAX,
} from "../../src/lib/zone.js";

const HOUR_MS = 3_600_000;
const on = (text: string): CivilDate => parseCivilDate(text)!;
const start = (date: string, zone: string) => new Date(startOfDay(on(date), zone)).toISOString();
const ZONES = Intl.supportedValuesOf("timeZone");

/** Another way to the local date than the code's: a date-only format, read as text. */
function oracle(zone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (ms) => format.format(ms).split("/").reverse().join("-");
}

describe("names", () => {
  test("IANA names are zones", () => {
    for (const name of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", LAST_ZONE]) {
      expect(isTimeZone(name), name).toBe(true);
    }
    expect(ZONES.every(isTimeZone)).toBe(true);
  });

  test("bare offsets and inventions are not", () => {
    const wrong = [
      "",
      "UTC-12",
      "+05:30",
      "-12:00",
      "Mars/Base",
      "Europe/Berlin\n",
      "a".repeat(65),
    ];
    for (const name of wrong) expect(isTimeZone(name), name).toBe(false);
    const refused = expect.objectContaining({ code: "option-invalid" });
    expect(() => civilDateAt(0, "Mars/Base")).toThrow(refused);
    expect(() => startOfDay(on("2026-01-01"), "Mars/Base")).toThrow(refused);
  });

  test("more zones than the cache holds are all answered", () => {
    expect(ZONES.length).toBeGreaterThan(ZONE_FORMATS_MAX);
    for (const zone of [...ZONES, ...ZONES.slice(0, 5)]) {
      expect(formatCivilDate(civilDateAt(0, zone)), zone).toBe(oracle(zone)(0));
    }
  });
});

test("the last zone is twelve hours behind UTC, and no zone begins a day later", () => {
  expect(start("2026-05-01", LAST_ZONE)).toBe("2026-05-01T12:00:00.000Z");
  const last = startOfDay(on("2026-05-01"), LAST_ZONE);
  for (const zone of ZONES) expect(startOfDay(on("2026-05-01"), zone)).toBeLessThanOrEqual(last);
});

describe("days that do not begin at midnight", () => {
  test.each([
    ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"],
    ["2023-04-28", "Africa/Cairo", "2023-04-27T22:00:00.000Z"],
    ["2022-03-27", "Asia/Beirut", "2022-03-26T22:00:00.000Z"],
    ["2024-03-10", "America/Havana", "2024-03-10T05:00:00.000Z"],
  ])("%s in %s begins at %s, an hour after midnight", (date, zone, expected) => {
    expect(start(date, zone)).toBe(expected);
    expect(localMsAt(Date.parse(expected), zone) % (24 * HOUR_MS)).toBe(HOUR_MS);
  });

  test("a repeated last hour of the evening belongs to the old day", () => {
    // On 2018-02-17 at 24:00 the clocks of São Paulo went back to 23:00.
    expect(start("2018-02-18", "America/Sao_Paulo")).toBe("2018-02-18T03:00:00.000Z");
  });

  test("ordinary days on both sides of a change begin at midnight", () => {
    expect(start("2026-03-29", "Europe/Berlin")).toBe("2026-03-28T23:00:00.000Z");
    expect(start("2026-03-30", "Europe/Berlin")).toBe("2026-03-29T22:00:00.000Z");
    expect(start("2026-11-01", "America/New_York")).toBe("2026-11-01T04:00:00.000Z");
    expect(start("2026-11-02", "America/New_York")).toBe("2026-11-02T05:00:00.000Z");
  });
});

describe("days that a zone never had", () => {
  test("Samoa's 30 December 2011 is the first instant of the 31st", () => {
    expect(start("2011-12-30", "Pacific/Apia")).toBe("2011-12-30T10:00:00.000Z");
    expect(start("2011-12-31", "Pacific/Apia")).toBe("2011-12-30T10:00:00.000Z");
    expect(start("2011-12-29", "Pacific/Apia")).toBe("2011-12-29T10:00:00.000Z");
  });

  test("Kwajalein's 21 August 1993 is the first instant of the 22nd", () => {
    const skipped = startOfDay(on("1993-08-21"), "Pacific/Kwajalein");
    expect(civilDateAt(skipped, "Pacific/Kwajalein")).toEqual(on("1993-08-22"));
    expect(civilDateAt(skipped - 1, "Pacific/Kwajalein")).toEqual(on("1993-08-20"));
  });
});

test("offsets with seconds are kept: Monrovia was 44:30 behind until 1972", () => {
  expect(start("1960-01-01", "Africa/Monrovia")).toBe("1960-01-01T00:44:30.000Z");
  expect(civilDateAt(Date.UTC(1960, 0, 1, 0, 44, 29, 999), "Africa/Monrovia")).toEqual(
    on("1959-12-31"),
  );
});

test("a clock change within a minute is found to the second", () => {
  // Monrovia gave up its 44:30 at midnight, so that its 7 January 1972 began at 00:44:30.
  expect(start("1972-01-07", "Africa/Monrovia")).toBe("1972-01-07T00:44:30.000Z");
  expect(localMsAt(Date.parse("1972-01-07T00:44:29Z"), "Africa/Monrovia")).toBe(
    Date.parse("1972-01-06T23:59:59Z"),
  );
  expect(localMsAt(Date.parse("1972-01-07T00:44:31Z"), "Africa/Monrovia")).toBe(
    Date.parse("1972-01-07T00:44:31Z"),
  );
});

test("early years are not read as years of the twentieth century", () => {
  expect(civilDateAt(Date.parse("0050-06-01T12:00:00Z"), "Europe/Paris")).toEqual(on("0050-06-01"));
  expect(civilDateAt(Date.parse("0001-01-02T00:00:00Z"), "America/New_York")).toEqual(
    on("0001-01-01"),
  );
  const impossible = expect.objectContaining({ code: "date-impossible" });
  expect(() => civilDateAt(Date.parse("0001-01-01T00:00:00Z"), "America/New_York")).toThrow(
    impossible,
  );
  const notInstant = expect.objectContaining({ code: "instant-invalid" });
  expect(() => civilDateAt(Number.NaN, "UTC")).toThrow(notInstant);
});

test("a day in any zone starts at its first instant, by another way of counting", () => {
  const zone = fc.constantFrom(...ZONES, LAST_ZONE, "UTC");
  // 1850 to 2049: before, during and after the years in which zones were settled.
  const date = fc.integer({ min: -43_830, max: 29_000 }).map(civilFromDays);
  fc.assert(
    fc.property(zone, date, (name, day) => {
      const local = oracle(name);
      const text = formatCivilDate(day);
      const first = startOfDay(day, name);
      const there = local(first);
      expect(there >= text).toBe(true);
      expect(local(first - 1) < text).toBe(true);
      expect(formatCivilDate(civilDateAt(first, name))).toBe(there);
      let seen = false;
      for (let ms = first - 34 * HOUR_MS; ms < first + 34 * HOUR_MS; ms += HOUR_MS / 2) {
        if (local(ms) !== text) continue;
        seen = true;
        expect(ms).toBeGreaterThanOrEqual(first);
      }
      expect(there === text).toBe(seen);
    }),
    { numRuns: 300 },
  );
});

test("every day of 1986 to 2026 starts right in the zones that change at midnight", () => {
  const zones = ["America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "America/Asuncion"].concat([
    "Asia/Amman",
    "America/Havana",
    "America/St_Johns",
    "Asia/Tehran",
    "Atlantic/Azores",
  ]);
  for (const zone of zones) {
    const local = oracle(zone);
    for (let days = 6000; days < 20_500; days += 1) {
      const day = civilFromDays(days);
      const first = startOfDay(day, zone);
      const text = formatCivilDate(day);
      if (local(first) !== text) expect(`${zone} ${local(first)}`).toBe(`${zone} ${text}`);
      if (local(first - 1) >= text) expect(`${zone} eve ${text}`).toBe("the day before");
    }
  }
});

test("a time that comes twice is the first, a time that never comes is the end of the gap", () => {
  const berlin = (local: string) =>
    new Date(firstInstantAt(Date.parse(local), "Europe/Berlin")).toISOString();
  expect(berlin("2026-10-25T02:30:00Z")).toBe("2026-10-25T00:30:00.000Z");
  expect(berlin("2026-03-29T02:30:00Z")).toBe("2026-03-29T01:00:00.000Z");
  expect(berlin("2026-03-29T03:00:00Z")).toBe("2026-03-29T01:00:00.000Z");
  expect(berlin("2026-03-29T01:59:59.999Z")).toBe("2026-03-29T00:59:59.999Z");
});

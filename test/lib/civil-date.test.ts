import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDays,
  addMonths,
  addYears,
  birthdayIn,
  type CivilDate,
  civilFromDays,
  compareCivil,
  daysFromCivil,
  formatCivilDate,
  isCivilDate,
  isLeapYear,
  parseCivilDate,
  yearsBetween,
} from "../../src/lib/civil-date.js";

const DAY_MS = 86_400_000;
const FIRST = -719_162;
const LAST = 2_932_896;
const on = (text: string): CivilDate => parseCivilDate(text)!;
const anyDate = fc.integer({ min: FIRST, max: LAST }).map(civilFromDays);
const impossible = expect.objectContaining({ code: "date-impossible" });

test("day numbers agree with the runtime's calendar for every day of 1600 to 2400", () => {
  const check = (days: number) => {
    const text = new Date(days * DAY_MS).toISOString().slice(0, 10);
    const date = civilFromDays(days);
    if (formatCivilDate(date) !== text) expect(formatCivilDate(date)).toBe(text);
    if (daysFromCivil(date) !== days) expect(daysFromCivil(date)).toBe(days);
  };
  for (let days = -135_140; days < 157_420; days += 1) check(days);
  fc.assert(fc.property(fc.integer({ min: FIRST, max: LAST }), check));
  expect(daysFromCivil(on("0001-01-01"))).toBe(FIRST);
  expect(daysFromCivil(on("9999-12-31"))).toBe(LAST);
});

test("dates outside the years 1 to 9999 are refused", () => {
  expect(() => civilFromDays(FIRST - 1)).toThrow(impossible);
  expect(() => civilFromDays(LAST + 1)).toThrow(impossible);
  expect(() => civilFromDays(0.5)).toThrow(impossible);
  expect(() => civilFromDays(Number.NaN)).toThrow(impossible);
  expect(() => addDays(on("9999-12-31"), 1)).toThrow(impossible);
  expect(() => addMonths(on("0001-01-01"), -1)).toThrow(impossible);
  expect(() => addMonths(on("2000-01-01"), 0.5)).toThrow(impossible);
  expect(() => daysFromCivil({ year: 2015, month: 2, day: 29 })).toThrow(impossible);
  expect(() => formatCivilDate({ year: 0, month: 1, day: 1 })).toThrow(impossible);
});

test("only days that exist, written as YYYY-MM-DD, are parsed", () => {
  expect(parseCivilDate("2016-02-29")).toEqual({ year: 2016, month: 2, day: 29 });
  const wrong: unknown[] = [
    "2015-02-29",
    "1900-02-29",
    "2015-04-31",
    "2015-13-01",
    "2015-00-01",
    "2015-01-00",
    "2015-01-32",
    "0000-01-01",
    "10000-01-01",
    "2015-1-1",
    "2015-01-01\n",
    " 2015-01-01",
    "2015-01-01T00:00:00Z",
    "+2015-01-01",
    "２015-01-01",
    "",
    20150101,
    null,
    undefined,
    new Date(0),
  ];
  for (const text of wrong) expect(parseCivilDate(text), String(text)).toBeUndefined();
});

test("a text is parsed exactly when the runtime's calendar has that day", () => {
  const part = (max: number) => fc.integer({ min: 0, max });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9999 }), part(14), part(33), (year, month, day) => {
      const text = [String(year).padStart(4, "0"), String(month).padStart(2, "0")]
        .concat(String(day).padStart(2, "0"))
        .join("-");
      const ms = Date.parse(`${text}T00:00:00Z`);
      const exists = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
      expect(parseCivilDate(text) !== undefined).toBe(exists);
      expect(isCivilDate({ year, month, day })).toBe(exists);
    }),
    { numRuns: 2000 },
  );
});

test("leap years follow the Gregorian rule", () => {
  expect([2000, 2004, 2024, 1600].every(isLeapYear)).toBe(true);
  expect([1900, 2100, 2023, 1].some(isLeapYear)).toBe(false);
});

test("months clamp to the last day, days do not", () => {
  expect(addMonths(on("2024-01-31"), 1)).toEqual(on("2024-02-29"));
  expect(addMonths(on("2023-01-31"), 1)).toEqual(on("2023-02-28"));
  expect(addMonths(on("2023-03-31"), -1)).toEqual(on("2023-02-28"));
  expect(addMonths(on("2023-12-15"), 1)).toEqual(on("2024-01-15"));
  expect(addMonths(on("2023-01-15"), -13)).toEqual(on("2021-12-15"));
  expect(addYears(on("2024-02-29"), 1)).toEqual(on("2025-02-28"));
  expect(addYears(on("2024-02-29"), 4)).toEqual(on("2028-02-29"));
  expect(addDays(on("2023-12-31"), 1)).toEqual(on("2024-01-01"));
  expect(addDays(on("2024-03-01"), -1)).toEqual(on("2024-02-29"));
});

test("comparison is the order of the day numbers", () => {
  fc.assert(
    fc.property(anyDate, anyDate, (a, b) => {
      const order = Math.sign(daysFromCivil(a) - daysFromCivil(b));
      expect(Math.sign(compareCivil(a, b))).toBe(order);
    }),
  );
});

describe("ages", () => {
  test("an age changes on the birthday, not on the day before", () => {
    expect(yearsBetween(on("2013-06-15"), on("2026-06-14"))).toBe(12);
    expect(yearsBetween(on("2013-06-15"), on("2026-06-15"))).toBe(13);
    expect(yearsBetween(on("2013-06-15"), on("2013-06-15"))).toBe(0);
  });

  test("29 February has its birthday on 1 March, except in leap years", () => {
    expect(yearsBetween(on("2012-02-29"), on("2025-02-28"))).toBe(12);
    expect(yearsBetween(on("2012-02-29"), on("2025-03-01"))).toBe(13);
    expect(yearsBetween(on("2012-02-29"), on("2028-02-28"))).toBe(15);
    expect(yearsBetween(on("2012-02-29"), on("2028-02-29"))).toBe(16);
    expect(birthdayIn(on("2012-02-29"), 13)).toEqual(on("2025-03-01"));
    expect(birthdayIn(on("2012-02-29"), 16)).toEqual(on("2028-02-29"));
  });

  test("nonsense has no age, and is not above any limit", () => {
    const today = on("2026-01-01");
    const nonsense: CivilDate[] = [
      { year: 2015, month: 2, day: 29 },
      { year: Number.NaN, month: 1, day: 1 },
      { year: 2000.5, month: 1, day: 1 },
      { year: -1, month: 1, day: 1 },
      {} as CivilDate,
    ];
    for (const date of nonsense) {
      expect(yearsBetween(date, today)).toBeUndefined();
      expect(yearsBetween(on("2000-01-01"), date)).toBeUndefined();
    }
    expect(yearsBetween(on("2026-01-02"), today)).toBeUndefined();
    expect((yearsBetween(on("2026-01-02"), today) as unknown as number) >= 13).toBe(false);
  });

  test("the age is n from the n-th birthday until the eve of the next", () => {
    const age = fc.integer({ min: 0, max: 120 });
    const birth = fc.integer({ min: -200_000, max: 100_000 }).map(civilFromDays);
    fc.assert(
      fc.property(birth, age, (born, years) => {
        const birthday = birthdayIn(born, years);
        expect(yearsBetween(born, birthday)).toBe(years);
        const eve = addDays(birthday, -1);
        expect(yearsBetween(born, eve)).toBe(years === 0 ? undefined : years - 1);
        expect(yearsBetween(born, addDays(birthdayIn(born, years + 1), -1))).toBe(years);
      }),
    );
  });

  test("an age that is no whole number from 0 has no birthday", () => {
    const refused = expect.objectContaining({ code: "option-invalid" });
    for (const age of [-1, 1.5, Number.NaN]) {
      expect(() => birthdayIn(on("2000-01-01"), age)).toThrow(refused);
    }
    expect(() => birthdayIn(on("2000-01-01"), 8000)).toThrow(impossible);
  });
});

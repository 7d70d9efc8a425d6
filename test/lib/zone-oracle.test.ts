/**
 * Our dates against Temporal's (see temporal-oracle.ts for what the two share): every time zone the
 * runtime knows at least once, with random days of 1900 to 2100, and every hard day by name. The
 * long form is test/torture/zone-oracle.torture.ts.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays, addMonths, addYears, civilFromDays } from "../../src/lib/civil-date.js";
import * as oracle from "./temporal-oracle.js";
import { agreeOnBirthday, agreeOnDay, agreeOnDuration, type BirthSaid } from "./zone-agreement.js";

const DAY_MS = 86_400_000;
/** 1900-01-01 and 2100-12-31 in days since 1970. */
const [FIRST_DAY, LAST_DAY] = [-25_567, 47_846];

const day = fc.integer({ min: FIRST_DAY, max: LAST_DAY }).map(civilFromDays);
const said: fc.Arbitrary<BirthSaid> = fc
  .record({ date: day, kind: fc.constantFrom("birth-date", "birth-month", "birth-year") })
  .map(({ date, kind }) => {
    const text = oracle.plain({ ...date, year: Math.min(date.year, 2080) }).toString();
    const length = kind === "birth-date" ? 10 : kind === "birth-month" ? 7 : 4;
    return { kind: kind as BirthSaid["kind"], value: text.slice(0, length) };
  });
const duration = fc.record({
  years: fc.nat(3),
  months: fc.nat(14),
  days: fc.nat(60),
  seconds: fc.constantFrom(0, 1, 3599, 90_000),
});
const moment = fc
  .integer({ min: FIRST_DAY * 48, max: LAST_DAY * 48 })
  .map((halfHours) => (halfHours * DAY_MS) / 48);

describe("in every zone of the runtime", () => {
  test("there are more than 400 of them", () => {
    expect(oracle.ZONES.length).toBeGreaterThan(400);
  });

  test("days begin and dates read as Temporal has them", () => {
    for (const zone of oracle.ZONES) {
      for (const date of fc.sample(day, 3)) agreeOnDay(date, zone);
    }
  });

  test("a birthday comes with the first moment of its day and is not taken back", () => {
    const age = fc.constantFrom(0, 13, 16, 18);
    for (const zone of oracle.ZONES) {
      for (const [birth, years] of fc.sample(fc.tuple(said, age), 2)) {
        agreeOnBirthday(birth, years, zone);
      }
    }
  });

  test("a duration ends where Temporal has it, gaps and repetitions included", () => {
    for (const zone of oracle.ZONES) {
      for (const [ms, length] of fc.sample(fc.tuple(moment, duration), 3)) {
        agreeOnDuration(ms, length, zone);
      }
    }
  });
});

describe("the hard days", () => {
  test.each([
    ["Pacific/Apia", "2011-12-30", "a day that the calendar does not have"],
    ["Pacific/Kwajalein", "1993-08-21", "another one"],
    ["Pacific/Kiritimati", "1995-01-01", "another one"],
    ["America/Sao_Paulo", "2017-10-15", "no midnight: the clock goes from 23:59 to 01:00"],
    ["America/Sao_Paulo", "2018-02-18", "the hour before midnight comes twice"],
    ["Asia/Beirut", "2022-03-27", "no midnight"],
    ["America/St_Johns", "2010-11-07", "a minute after midnight it is the day before again"],
    ["America/Havana", "2024-11-03", "the hour after midnight comes twice"],
    ["Australia/Lord_Howe", "2024-04-07", "half an hour comes twice"],
    ["Africa/Monrovia", "1972-01-07", "the clock leaves its seconds behind"],
    ["Asia/Manila", "1844-12-31", "the day that Manila skipped"],
    ["America/Juneau", "1867-10-18", "the day that Alaska repeated"],
  ])("%s %s: %s", (zone, text) => {
    const [year = 0, month = 0, date = 0] = text.split("-").map(Number);
    for (const shift of [-1, 0, 1]) {
      const near = addDays({ year, month, day: date }, shift);
      if (year >= 1900) agreeOnDay(near, zone);
      agreeOnBirthday({ kind: "birth-date", value: oracle.plain(near).toString() }, 0, zone);
      const earlier = oracle.plain({ ...near, year: year - 13 }).toString();
      agreeOnBirthday({ kind: "birth-date", value: earlier }, 13, zone);
    }
  });

  test("29 February comes on 1 March of other years, in every zone and without one", () => {
    for (const zone of [...oracle.ZONES.filter((_, index) => index % 20 === 0), undefined]) {
      for (const age of [1, 12, 13, 16, 18, 88]) {
        agreeOnBirthday({ kind: "birth-date", value: "2012-02-29" }, age, zone);
      }
    }
  });

  test("a year, a month and a date of birth without a zone wait for UTC-12", () => {
    fc.assert(
      fc.property(said, fc.nat(20), (birth, age) => agreeOnBirthday(birth, age, undefined)),
      { numRuns: 200 },
    );
  });
});

test("days, months and years are added as Temporal adds them", () => {
  fc.assert(
    fc.property(day, fc.integer({ min: -3_000, max: 3_000 }), (date, count) => {
      const plain = oracle.plain(date);
      expect(addDays(date, count)).toEqual(oracle.civil(plain.add({ days: count })));
      expect(addMonths(date, count)).toEqual(oracle.civil(plain.add({ months: count })));
      const years = count % 100;
      expect(addYears(date, years)).toEqual(oracle.civil(plain.add({ years })));
    }),
    { numRuns: 1_000 },
  );
});

test("what is compared here can differ: the oracle has a clock of its own", () => {
  const date = { year: 2017, month: 10, day: 15 };
  expect(() => agreeOnDay(date, "America/Sao_Paulo")).not.toThrow();
  expect(oracle.firstMoment(date, "America/Sao_Paulo")).not.toBe(
    oracle.firstMoment(date, "America/New_York"),
  );
  expect(oracle.birthday({ year: 2012, month: 2, day: 29 }, 13)).toEqual({
    year: 2025,
    month: 3,
    day: 1,
  });
});

/**
 * The long form of test/lib/zone-oracle.test.ts: every time zone of the runtime, every year from
 * 1900 to 2100, and every change of every clock in between.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { civilFromDays, daysFromCivil } from "../../src/lib/civil-date.js";
import * as oracle from "../lib/temporal-oracle.js";
import { agreeOnBirthday, agreeOnDay, agreeOnDuration } from "../lib/zone-agreement.js";

const [FIRST_YEAR, LAST_YEAR] = [1900, 2100];
const DAY_MS = 86_400_000;
const startOf = (year: number): number => daysFromCivil({ year, month: 1, day: 1 });

test("every zone, every year: three days, a birthday, a month and a year of birth", () => {
  let days = 0;
  for (const zone of oracle.ZONES) {
    for (let year = FIRST_YEAR; year <= LAST_YEAR; year += 1) {
      const dates = fc.sample(fc.integer({ min: 0, max: 364 }), 3);
      for (const offset of dates) agreeOnDay(civilFromDays(startOf(year) + offset), zone);
      days += dates.length;
      const birth = civilFromDays(startOf(year - 18) + (dates[0] ?? 0));
      const text = oracle.plain(birth).toString();
      agreeOnBirthday({ kind: "birth-date", value: text }, 18, zone);
      agreeOnBirthday({ kind: "birth-month", value: text.slice(0, 7) }, 13, zone);
      agreeOnBirthday({ kind: "birth-year", value: text.slice(0, 4) }, 13, zone);
    }
  }
  expect(days).toBe(oracle.ZONES.length * (LAST_YEAR - FIRST_YEAR + 1) * 3);
}, 3_600_000);

test("every zone, every change of its clock: the days around it and what ends in it", () => {
  let changes = 0;
  for (const zone of oracle.ZONES) {
    for (const ms of oracle.clockChanges(zone, startOf(1900) * DAY_MS, startOf(2101) * DAY_MS)) {
      changes += 1;
      for (const shift of [-1, 0, 1]) {
        const date = oracle.dateAt(ms + shift * DAY_MS, zone);
        agreeOnDay(date, zone);
        const birth = civilFromDays(daysFromCivil({ ...date, year: date.year - 13, day: 1 }));
        const value = oracle.plain({ ...birth, day: Math.min(date.day, 28) }).toString();
        agreeOnBirthday({ kind: "birth-date", value }, 13, zone);
      }
      for (const [days, months] of [
        [1, 0],
        [30, 0],
        [0, 1],
        [0, 12],
      ] as const) {
        for (const minutes of [-90, -30, -1, 0, 1, 30, 90]) {
          const duration = { years: 0, months, days, seconds: 0 };
          agreeOnDuration(ms - days * DAY_MS + minutes * 60_000, duration, zone);
        }
      }
    }
  }
  expect(changes).toBeGreaterThan(10_000);
}, 3_600_000);

/** One day, one zone: everything of ours that has to agree with the oracle about them. */
import { expect } from "vitest";
import { type Evidence, yearsBy } from "../../src/core/age.js";
import { birthdayIn, type CivilDate, formatCivilDate } from "../../src/lib/civil-date.js";
import { addDuration, type Duration } from "../../src/lib/duration.js";
import { instantText, parseInstant } from "../../src/lib/instant.js";
import { civilDateAt, FIRST_ZONE, LAST_ZONE, startOfDay } from "../../src/lib/zone.js";
import * as oracle from "./temporal-oracle.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The day begins when the oracle says so, and the moments around it have the oracle's dates. */
export function agreeOnDay(date: CivilDate, zone: string): void {
  const start = startOfDay(date, zone);
  const about = `${zone} ${formatCivilDate(date)}`;
  expect(start, about).toBe(oracle.firstMoment(date, zone));
  for (const ms of [start - 1, start, start + MINUTE_MS, start + 5 * HOUR_MS]) {
    expect(civilDateAt(ms, zone), `${about} ${ms}`).toEqual(oracle.dateAt(ms, zone));
    expect(parseInstant(instantText(ms))).toBe(ms);
  }
  // Whoever's zone is not known has no birthday before it has come everywhere.
  expect(startOfDay(date, LAST_ZONE), about).toBe(oracle.firstMoment(date, oracle.LAST_OFFSET));
  expect(startOfDay(date, LAST_ZONE), about).toBeGreaterThanOrEqual(start);
  // And no day begins anywhere before it begins at UTC+14, which tells what lies ahead.
  expect(startOfDay(date, FIRST_ZONE), about).toBeLessThanOrEqual(start);
}

/**
 * The age is `age` from the first moment of the birthday on and at no moment before it; it does not
 * fall back when the clock does.
 */
export function agreeOnBirthday(said: BirthSaid, age: number, zone: string | undefined): void {
  const birth = said.kind === "birth-date" ? parts(said.value) : oracle.lastDay(said.value);
  const day = oracle.birthday(birth, age);
  const about = `${zone} ${said.value} at ${age}`;
  expect(birthdayIn(birth, age), about).toEqual(day);
  const comes = oracle.firstMoment(day, zone ?? oracle.LAST_OFFSET);
  const one: Evidence = { ...said, id: "ev", source: "document", at: instantText(comes), zone };
  for (const before of [1, MINUTE_MS, 2 * HOUR_MS]) {
    expect(yearsBy(one, comes - before), `${about}, ${before} ms before`).toBe(
      Math.max(0, age - 1),
    );
  }
  for (const after of [0, MINUTE_MS / 2, MINUTE_MS, 61_000, HOUR_MS, 2 * HOUR_MS]) {
    expect(yearsBy(one, comes + after), `${about}, ${after} ms after`).toBe(age);
  }
}

export interface BirthSaid {
  readonly kind: "birth-date" | "birth-month" | "birth-year";
  readonly value: string;
}

export function agreeOnDuration(ms: number, duration: Duration, zone: string): void {
  const about = `${zone} ${instantText(ms)} ${JSON.stringify(duration)}`;
  expect(addDuration(ms, duration, zone), about).toBe(oracle.later(ms, duration, zone));
}

function parts(text: string): CivilDate {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  return { year, month, day };
}

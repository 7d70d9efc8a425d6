import { CustodyError } from "../errors.js";

/** A day of the proleptic Gregorian calendar, years 1 to 9999; it has no time and no zone. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const CIVIL = /^(\d{4})-(\d{2})-(\d{2})$/;
/** The last year of the calendar that custody knows. */
export const YEAR_MAX = 9999;
const DAYS_OF_ERA = 146_097;
/** Days from 1 March of year 0, where the leap-year arithmetic starts, to 1970-01-01. */
const EPOCH_SHIFT_DAYS = 719_468;

/** The date in a text of the form YYYY-MM-DD, when that day exists; otherwise undefined. */
export function parseCivilDate(text: unknown): CivilDate | undefined {
  if (typeof text !== "string") return undefined;
  const match = CIVIL.exec(text);
  if (match === null) return undefined;
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  return isCivilDate(date) ? date : undefined;
}

/** True when the three numbers name a day that exists, in the years 1 to 9999. */
export function isCivilDate(date: CivilDate): boolean {
  const { year, month, day } = date;
  return (
    Number.isInteger(year) &&
    Number.isInteger(month) &&
    Number.isInteger(day) &&
    year >= 1 &&
    year <= YEAR_MAX &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month)
  );
}

/** YYYY-MM-DD. Throws `date-impossible` when the day does not exist. */
export function formatCivilDate(date: CivilDate): string {
  requireDate(date, "date");
  return `${pad(date.year, 4)}-${pad(date.month, 2)}-${pad(date.day, 2)}`;
}

/** Every fourth year, but of the full centuries only every fourth. */
export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/**
 * Whole days since 1970-01-01, negative before it. Years are counted from March, so that the leap
 * day is the last of its year; no floating point and no library date is involved. Throws
 * `date-impossible`.
 */
export function daysFromCivil(date: CivilDate): number {
  requireDate(date, "date");
  const year = date.month <= 2 ? date.year - 1 : date.year;
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const monthFromMarch = (date.month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + date.day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_OF_ERA + dayOfEra - EPOCH_SHIFT_DAYS;
}

/** The inverse of `daysFromCivil`. Throws `date-impossible` outside the years 1 to 9999. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + EPOCH_SHIFT_DAYS;
  const era = Math.floor(shifted / DAYS_OF_ERA);
  const dayOfEra = shifted - era * DAYS_OF_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const date = { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
  requireDate(date, "days");
  return date;
}

/**
 * The day so many days later (earlier when negative). Throws `date-impossible` outside the years 1
 * to 9999.
 */
export function addDays(date: CivilDate, days: number): CivilDate {
  return civilFromDays(daysFromCivil(date) + days);
}

/**
 * The same day of the month so many months later (earlier when negative); where that month is
 * shorter, its last day. Throws `date-impossible` outside the years 1 to 9999.
 */
export function addMonths(date: CivilDate, months: number): CivilDate {
  requireDate(date, "date");
  const total = date.year * 12 + (date.month - 1) + months;
  const year = Math.floor(total / 12);
  const month = total - year * 12 + 1;
  const moved = { year, month, day: Math.min(date.day, daysInMonth(year, month)) };
  requireDate(moved, "months");
  return moved;
}

/**
 * Twelve months for each year: 29 February becomes 28 February. A birthday is `birthdayIn` instead.
 */
export function addYears(date: CivilDate, years: number): CivilDate {
  return addMonths(date, years * 12);
}

/** Negative when a comes before b, zero on the same day, positive after it. */
export function compareCivil(a: CivilDate, b: CivilDate): number {
  return a.year - b.year || a.month - b.month || a.day - b.day;
}

/**
 * The age in whole years on a day. Somebody born on 29 February has their birthday on 1 March in
 * other years: the later day, so nobody is taken for older than they are.
 *
 * Undefined when `on` comes before `birth` or one of them is not a day. A caller compares with
 * `>=`, so that undefined lands on the side of the child.
 */
export function yearsBetween(birth: CivilDate, on: CivilDate): number | undefined {
  if (!isCivilDate(birth) || !isCivilDate(on) || compareCivil(on, birth) < 0) return undefined;
  const years = on.year - birth.year;
  return compareCivil(on, birthdayIn(birth, years)) < 0 ? years - 1 : years;
}

/**
 * The day on which a person reaches an age in whole years; for 29 February, 1 March of a year
 * without it. Throws `date-impossible` when that year is after 9999, `option-invalid` when the age
 * is no whole number from 0.
 */
export function birthdayIn(birth: CivilDate, age: number): CivilDate {
  requireDate(birth, "birth");
  if (!Number.isInteger(age) || age < 0) {
    throw new CustodyError("option-invalid", { path: "age", reason: "not a whole number from 0" });
  }
  const year = birth.year + age;
  const leapBirthday = birth.month === 2 && birth.day === 29 && !isLeapYear(year);
  const birthday = leapBirthday
    ? { year, month: 3, day: 1 }
    : { year, month: birth.month, day: birth.day };
  requireDate(birthday, "age");
  return birthday;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function requireDate(date: CivilDate, path: string): void {
  if (!isCivilDate(date)) throw new CustodyError("date-impossible", { path });
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

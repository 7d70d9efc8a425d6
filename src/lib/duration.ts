import {
  addDays,
  addMonths,
  type CivilDate,
  civilFromDays,
  compareCivil,
  daysFromCivil,
} from "./civil-date.js";
import { firstInstantAt, localMsAt } from "./zone.js";

/**
 * A length of time as laws write it. Weeks are folded into days, hours and minutes into seconds;
 * months are never turned into days, because how long a month is depends on where it begins.
 */
export interface Duration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly seconds: number;
}

const DATE = /^(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,7})D)?$/;
const TIME = /^(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?$/;

const DAY_MS = 86_400_000;
const DAYS_IN_YEAR = 365.2425;
const SECONDS_IN_DAY = 86_400;

/**
 * The duration in an ISO 8601 text such as P1Y, P30D, P2W, PT10M or P1Y2M3DT4H. Undefined for an
 * empty one (`P`, `PT`), for signs, for fractions and for numbers of more digits than any deadline
 * has. `P0D` is a duration.
 */
export function parseDuration(text: unknown): Duration | undefined {
  if (typeof text !== "string") return undefined;
  const [date, time, ...more] = text.slice(1).split("T");
  if (!text.startsWith("P") || date === undefined || more.length > 0) return undefined;
  if (time === "" || (date === "" && time === undefined)) return undefined;
  const dateMatch = DATE.exec(date);
  const timeMatch = TIME.exec(time ?? "");
  if (dateMatch === null || timeMatch === null) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = [
    ...dateMatch.slice(1),
    ...timeMatch.slice(1),
  ].map((digits: string | undefined) => Number(digits ?? 0));
  return {
    years: years ?? 0,
    months: months ?? 0,
    days: (weeks ?? 0) * 7 + (days ?? 0),
    seconds: (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0),
  };
}

/** The shortest ISO 8601 text with this meaning; no time at all is `P0D`. */
export function formatDuration(duration: Duration): string {
  const { years, months, days, seconds } = duration;
  const date = part(years, "Y") + part(months, "M") + part(days, "D");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const time = part(hours, "H") + part(minutes, "M") + part(seconds % 60, "S");
  if (time !== "") return `P${date}T${time}`;
  return date === "" ? "P0D" : `P${date}`;
}

/** In English: "1 year", "30 days", "1 month and 12 hours"; no time at all is "no time". */
export function spellDuration(duration: Duration): string {
  const { years, months, days, seconds } = duration;
  const parts = [
    counted(years, "year"),
    counted(months, "month"),
    counted(days, "day"),
    counted(Math.floor(seconds / 3600), "hour"),
    counted(Math.floor((seconds % 3600) / 60), "minute"),
    counted(seconds % 60, "second"),
  ].filter((one) => one !== "");
  const last = parts.pop() ?? "no time";
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}

/**
 * The instant a duration later. Years, months and days move the calendar date in the zone and keep
 * the time of day there, so P1D may be 23 or 25 hours; then the seconds are added as they are.
 * Where a clock change skips the time of day, the end of the gap counts; where it comes twice, the
 * first of the two. Throws `option-invalid` (zone), `instant-invalid`, and `date-impossible` beyond
 * the year 9999.
 */
export function addDuration(ms: number, duration: Duration, zone = "UTC"): number {
  const local = localMsAt(ms, zone);
  const days = Math.floor(local / DAY_MS);
  const date = civilFromDays(days);
  const moved = addDurationToDate(date, duration);
  const afterSeconds = duration.seconds * 1000;
  // Nothing moved: going through the wall clock could swap the two readings of a repeated hour.
  if (compareCivil(moved, date) === 0) return ms + afterSeconds;
  const timeOfDay = local - days * DAY_MS;
  return firstInstantAt(daysFromCivil(moved) * DAY_MS + timeOfDay, zone) + afterSeconds;
}

/**
 * The day a duration later: first the months (where the month is shorter, its last day), then the
 * days. Seconds are ignored, a date has none. Throws `date-impossible` beyond the year 9999.
 */
export function addDurationToDate(date: CivilDate, duration: Duration): CivilDate {
  return addDays(addMonths(date, duration.years * 12 + duration.months), duration.days);
}

/**
 * Negative, zero or positive by average length (a year is 365.2425 days, a month a twelfth of it).
 * Good enough to check a bound in a configuration, never to decide whether a deadline has passed.
 */
export function compareDurations(a: Duration, b: Duration): number {
  return averageDays(a) - averageDays(b);
}

function averageDays(duration: Duration): number {
  const years = duration.years + duration.months / 12;
  return years * DAYS_IN_YEAR + duration.days + duration.seconds / SECONDS_IN_DAY;
}

function counted(value: number, unit: string): string {
  if (value === 0) return "";
  return `${value} ${unit}${value === 1 ? "" : "s"}`;
}

function part(value: number, unit: string): string {
  return value === 0 ? "" : `${value}${unit}`;
}

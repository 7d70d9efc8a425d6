/**
 * What Temporal says about days, birthdays and durations, to compare our own arithmetic with.
 *
 * Independent of us: the calendar arithmetic, the search for the first moment of a day, and what
 * happens at gaps and repetitions; all of it is the polyfill's own code, written from the ECMAScript
 * proposal. Shared with us: the time zone data. The polyfill asks the same `Intl.DateTimeFormat` of
 * the same runtime, so a rule that ICU has wrong is wrong on both sides and is not found here.
 */
import { Temporal } from "temporal-polyfill";
import type { CivilDate } from "../../src/lib/civil-date.js";
import type { Duration } from "../../src/lib/duration.js";

export const ZONES: readonly string[] = Intl.supportedValuesOf("timeZone");

/** UTC-12 as an offset: no name of the database is involved. */
export const LAST_OFFSET = "-12:00";

export const plain = (date: CivilDate): Temporal.PlainDate => Temporal.PlainDate.from(date);

export const civil = ({ year, month, day }: Temporal.PlainDate): CivilDate => ({
  year,
  month,
  day,
});

/** The first moment of the day, or of the next one where the calendar has no such day. */
export function firstMoment(date: CivilDate, zone: string): number {
  return plain(date).toZonedDateTime(zone).epochMilliseconds;
}

export function dateAt(ms: number, zone: string): CivilDate {
  return civil(Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate());
}

/** 29 February is 1 March in other years: where adding years had to give way, the day after. */
export function birthday(birth: CivilDate, age: number): CivilDate {
  const moved = plain(birth).add({ years: age });
  return civil(moved.day === birth.day ? moved : moved.add({ days: 1 }));
}

/** The last day a year or month of birth can mean. */
export function lastDay(value: string): CivilDate {
  const month = Temporal.PlainYearMonth.from(value.length === 4 ? `${value}-12` : value);
  return civil(month.toPlainDate({ day: month.daysInMonth }));
}

/**
 * The rule of `addDuration` in Temporal's words: the date moves and the time of day stays; of two
 * readings the earlier one; in a gap the end of the gap, which is neither of Temporal's own answers.
 */
export function later(ms: number, duration: Duration, zone: string): number {
  const from = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  const { years, months, days, seconds } = duration;
  const date = from.toPlainDate().add({ years, months }).add({ days });
  if (date.equals(from.toPlainDate())) return ms + seconds * 1000;
  const wall = date.toPlainDateTime(from.toPlainTime());
  const earlier = wall.toZonedDateTime(zone, { disambiguation: "earlier" });
  const inGap = !earlier.toPlainDateTime().equals(wall);
  const moment = inGap ? earlier.getTimeZoneTransition("next") : earlier;
  if (moment === null) throw new Error(`a gap without an end in ${zone}`);
  return moment.epochMilliseconds + seconds * 1000;
}

/** The moments at which the zone's clock was moved, from one instant to another. */
export function* clockChanges(zone: string, fromMs: number, untilMs: number): Generator<number> {
  let at = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  for (;;) {
    const next = at.getTimeZoneTransition("next");
    if (next === null || next.epochMilliseconds >= untilMs) return;
    yield next.epochMilliseconds;
    at = next;
  }
}

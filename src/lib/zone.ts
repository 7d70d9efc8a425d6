import { CustodyError } from "../errors.js";
import { type CivilDate, civilFromDays, daysFromCivil } from "./civil-date.js";
import { isInstant } from "./instant.js";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** UTC-12, where every calendar day begins last: whoever has a birthday there has it everywhere. */
export const LAST_ZONE = "Etc/GMT+12";

/** UTC+14, where every calendar day begins first; no place was further ahead since 1900. */
export const FIRST_ZONE = "Etc/GMT-14";

/** How many zones keep their formatter; the one that has waited longest makes room. */
export const ZONE_FORMATS_MAX = 128;

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
const FORMATS = new Map<string, Intl.DateTimeFormat>();
/** Offsets at the bounds of samples, by formatter: asking Intl costs microseconds. */
const OFFSETS = new WeakMap<Intl.DateTimeFormat, Map<number, number>>();
/** Samples kept for one zone (two years' worth); when full they are all forgotten. */
export const ZONE_OFFSETS_MAX = 4_096;

/** No zone was ever further than this from UTC (Manila before 1845: -15:56). */
const OFFSET_MS_MAX = 16 * HOUR_MS;
/** Assumed to lie between two changes of one zone's offset; a shorter excursion would be missed. */
const SAMPLE_MS = 4 * HOUR_MS;

/**
 * True for a name of the IANA time zone database that this runtime knows. Bare offsets such as
 * `+05:30` are refused: they know nothing of summer time, and not every runtime takes them.
 */
export function isTimeZone(name: string): boolean {
  return formatOf(name) !== undefined;
}

/**
 * The date on the wall calendars of a zone. Throws `option-invalid` (zone) and `instant-invalid`.
 */
export function civilDateAt(ms: number, zone: string): CivilDate {
  return civilFromDays(Math.floor(localMsAt(ms, zone) / DAY_MS));
}

/**
 * The first instant whose date in the zone is `date`: midnight, or where a clock change swallows
 * midnight the end of that gap. Where the zone never had the day at all (Samoa, 2011-12-30) the
 * first instant of its next day. Throws `option-invalid` for an unknown zone and `date-impossible`.
 */
export function startOfDay(date: CivilDate, zone: string): number {
  return firstInstantAt(daysFromCivil(date) * DAY_MS, zone);
}

/**
 * Wall-clock time at an instant, written as the epoch milliseconds that the same clock would mean
 * in UTC. Throws `option-invalid` (zone) and `instant-invalid`.
 */
export function localMsAt(ms: number, zone: string): number {
  if (!isInstant(ms)) throw new CustodyError("instant-invalid", { path: "ms" });
  return ms + offsetAt(ms, requireFormat(zone), zone);
}

/**
 * The first instant at which the zone's wall clock shows `localMs` (in the notation of `localMsAt`)
 * or later. A time that occurs twice is the first of the two; one that a clock change skips is the
 * end of the gap.
 */
export function firstInstantAt(localMs: number, zone: string): number {
  const format = requireFormat(zone);
  if (zone === "UTC") return localMs;
  let startMs = localMs - OFFSET_MS_MAX;
  let offset = offsetAt(startMs, format, zone);
  for (let sampleMs = startMs + SAMPLE_MS; ; sampleMs += SAMPLE_MS) {
    const next = offsetAt(sampleMs, format, zone);
    const endMs = next === offset ? sampleMs : changeBetween(sampleMs, offset, format, zone);
    const candidate = Math.max(startMs, localMs - offset);
    if (candidate < endMs) return candidate;
    startMs = endMs;
    if (next === offset) continue;
    offset = next;
    // The rest of this sample belongs to the new offset.
    const after = Math.max(startMs, localMs - offset);
    if (after < sampleMs) return after;
    startMs = sampleMs;
  }
}

/** The first second at which the old offset, in force at the sample before, no longer applies. */
function changeBetween(
  sampleMs: number,
  oldOffset: number,
  format: Intl.DateTimeFormat,
  zone: string,
): number {
  let before = Math.floor(sampleMs / SECOND_MS) - SAMPLE_MS / SECOND_MS;
  let after = Math.ceil(sampleMs / SECOND_MS);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle * SECOND_MS, format, zone) === oldOffset) before = middle;
    else after = middle;
  }
  return after * SECOND_MS;
}

/**
 * Milliseconds by which the zone's clock is ahead of UTC; whole seconds, as far back as Intl has
 * them.
 */
function offsetAt(ms: number, format: Intl.DateTimeFormat, zone: string): number {
  if (zone === "UTC") return 0;
  // The same at both ends of a sample is the same in all of it: see SAMPLE_MS.
  const sample = Math.floor(ms / SAMPLE_MS);
  const before = offsetOfSample(sample, format);
  return before === offsetOfSample(sample + 1, format) ? before : computedOffset(ms, format);
}

function offsetOfSample(sample: number, format: Intl.DateTimeFormat): number {
  const known = OFFSETS.get(format) ?? new Map<number, number>();
  const kept = known.get(sample);
  if (kept !== undefined) return kept;
  if (known.size >= ZONE_OFFSETS_MAX) known.clear();
  const offset = computedOffset(sample * SAMPLE_MS, format);
  known.set(sample, offset);
  OFFSETS.set(format, known);
  return offset;
}

function computedOffset(ms: number, format: Intl.DateTimeFormat): number {
  const secondMs = Math.floor(ms / SECOND_MS) * SECOND_MS;
  const fields = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  let beforeChrist = false;
  for (const part of format.formatToParts(secondMs)) {
    if (part.type === "era") beforeChrist = part.value.startsWith("B");
    else if (part.type in fields) fields[part.type as keyof typeof fields] = Number(part.value);
  }
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; 400 years are always the same number of days.
  const year = (beforeChrist ? 1 - fields.year : fields.year) + 400;
  const { month, day, hour, minute, second } = fields;
  const local = Date.UTC(year, month - 1, day, hour, minute, second) - 146_097 * DAY_MS;
  return local - secondMs;
}

function requireFormat(zone: string): Intl.DateTimeFormat {
  const format = formatOf(zone);
  if (format === undefined) {
    throw new CustodyError("option-invalid", { path: "zone", reason: "not an IANA time zone" });
  }
  return format;
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  const format = ZONE_NAME.test(zone) ? newFormat(zone) : undefined;
  if (format === undefined) return undefined;
  const [oldest] = FORMATS.keys();
  if (FORMATS.size >= ZONE_FORMATS_MAX && oldest !== undefined) FORMATS.delete(oldest);
  FORMATS.set(zone, format);
  return format;
}

function newFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    // Intl answers an unknown zone with a RangeError; that is this function's "no".
    return undefined;
  }
}

import { CustodyError } from "../errors.js";
import { daysFromCivil, isCivilDate } from "./civil-date.js";

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/**
 * 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z, the ends of the calendar that custody
 * knows.
 */
const INSTANT_MIN_MS = -62_135_596_800_000;
const INSTANT_MAX_MS = 253_402_300_799_999;

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** True for a whole number of epoch milliseconds within the years 1 to 9999. */
export function isInstant(ms: unknown): ms is number {
  return (
    Number.isInteger(ms) && (ms as number) >= INSTANT_MIN_MS && (ms as number) <= INSTANT_MAX_MS
  );
}

/**
 * Epoch milliseconds of an ISO 8601 date-time with seconds, at most three decimals of a second, and
 * a zone (`Z` or ±HH:MM). Undefined for a day or time that does not exist, for a leap second, for
 * `-00:00` (which RFC 3339 gives the meaning "zone unknown") and without a zone: a local time is
 * not an instant.
 */
export function parseInstant(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined;
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  if (!isCivilDate(date) || hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMs = zoneOffset(match[8], Number(match[9] ?? 0), Number(match[10] ?? 0));
  if (offsetMs === undefined) return undefined;
  const fractionMs = Number((match[7] ?? "").padEnd(3, "0"));
  const timeMs = hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + fractionMs;
  const ms = daysFromCivil(date) * DAY_MS + timeMs - offsetMs;
  return isInstant(ms) ? ms : undefined;
}

/** The one text of an instant: UTC, always with milliseconds. Throws `instant-invalid`. */
export function instantText(ms: number): string {
  if (!isInstant(ms)) throw new CustodyError("instant-invalid", { path: "ms" });
  return new Date(ms).toISOString();
}

function zoneOffset(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (sign === undefined) return 0;
  if (hours > 23 || minutes > 59) return undefined;
  const size = hours * HOUR_MS + minutes * MINUTE_MS;
  if (sign === "+") return size;
  return size === 0 ? undefined : -size;
}

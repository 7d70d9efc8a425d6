/**
 * How old somebody is, by what is known: evidence in, a whole number of years (or unknown) out.
 *
 * The rule: the lowest of what each source says. A newer signal replaces the older one of its
 * source; the subject's own answers only ever lower. Only a confirmed signal lifts what others
 * said, by setting aside all that came before. Birthdays come at local midnight in the zone the
 * subject had when the evidence came in. Nothing that cannot be computed is ever an adult:
 * `undefined` means unknown.
 */
import {
  birthdayIn,
  type CivilDate,
  compareCivil,
  daysFromCivil,
  parseCivilDate,
  YEAR_MAX,
  yearsBetween,
} from "../lib/civil-date.js";
import { isInstant, parseInstant } from "../lib/instant.js";
import { civilDateAt, FIRST_ZONE, LAST_ZONE, startOfDay } from "../lib/zone.js";
import type { AssuranceLevel } from "./assurance.js";

export const EVIDENCE_KINDS = [
  "statement",
  "birth-date",
  "birth-year",
  "birth-month",
  "age-range",
  "credential",
  "report",
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

export const EVIDENCE_SOURCES = [
  "sign-up-screen",
  "profile",
  "parent",
  "support",
  "school",
  "store-apple",
  "store-google",
  "os",
  "document",
  "estimation",
  "eu-av",
  "internal",
] as const;
export type EvidenceSource = (typeof EVIDENCE_SOURCES)[number];

export const OCCASIONS = [
  "download",
  "purchase",
  "first-launch",
  "significant-change",
  "suspicion",
  "new-account",
  "routine",
] as const;
export type Occasion = (typeof OCCASIONS)[number];

export const BANDS = ["child", "teen", "adult", "unknown"] as const;
export type Band = (typeof BANDS)[number];

export interface Evidence {
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly source: EvidenceSource;
  /** ISO instant of arrival. */
  readonly at: string;
  /** The subject's zone at arrival; it stays with the evidence when the subject moves. */
  readonly zone: string | undefined;
  /**
   * A birth date (YYYY-MM-DD), month (YYYY-MM) or year (YYYY); for a credential whether the claim
   * is true.
   */
  readonly value?: string | boolean;
  /**
   * What a statement says or why a signal brought nothing; says nothing about the age by itself.
   */
  readonly claim?: string;
  readonly lower?: number;
  readonly upper?: number;
  readonly session?: string;
  /** Somebody checked it; never true for the subject's own answer. */
  readonly confirmed?: boolean;
  readonly occasion?: Occasion;
  /** IEEE 2089.1, as stated; says how much to rely on it, never which evidence counts. */
  readonly assurance?: AssuranceLevel;
  /** True only where a verifier checked a signature; false where the device can have forged it. */
  readonly verifiable?: boolean;
  /** Until when the token could be presented. That somebody was 18 by then stays true. */
  readonly validUntil?: string;
  /** SHA-256 of the token, base64url. */
  readonly tokenDigest?: string;
}

const CHILD_UNDER = 13;
const ADULT_FROM = 18;
/** The one claim of a credential that says something about the age. */
const ADULT_CLAIM = "age-over-18";
/** The subject's own answers: they only ever lower. */
const OWN: readonly EvidenceSource[] = ["sign-up-screen", "profile"];

/** Stated positively, so that NaN and undefined land on the safe side. */
export function bandOf(years: number | undefined): Band {
  if (years === undefined) return "unknown";
  if (years >= ADULT_FROM) return "adult";
  if (years >= CHILD_UNDER) return "teen";
  if (years >= 0) return "child";
  return "unknown";
}

/**
 * Whole years at an instant by the lowest of what each source says; undefined when nothing says
 * anything.
 */
export function ageAt(evidence: readonly Evidence[], atMs: number): number | undefined {
  let lowest: number | undefined;
  for (let index = startOf(evidence); index < evidence.length; index += 1) {
    const one = evidence[index];
    if (one === undefined || isReplaced(evidence, index)) continue;
    const years = yearsBy(one, atMs);
    if (years !== undefined && (lowest === undefined || years < lowest)) lowest = years;
  }
  return lowest;
}

/**
 * Evidence that is in force: it says something, is not set aside by a later confirmed one and not
 * replaced by a newer one of its source. `ageAt` takes the lowest of it without making this list.
 */
export function whatCounts(evidence: readonly Evidence[]): readonly Evidence[] {
  const start = startOf(evidence);
  return evidence.filter(
    (one, index) => index >= start && !saysNothing(one) && !isReplaced(evidence, index),
  );
}

/**
 * `actual` once anything held and not set aside says under 13 (16 CFR 312.3: actual knowledge),
 * else `none`.
 */
export function knowledgeAt(evidence: readonly Evidence[], atMs: number): "actual" | "none" {
  const under = sinceConfirmed(evidence).some((one) => {
    const years = yearsBy(one, atMs);
    return years !== undefined && years < CHILD_UNDER;
  });
  return under ? "actual" : "none";
}

function sinceConfirmed(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.slice(startOf(evidence));
}

/** The place of the last confirmed one: it sets aside all before it. */
function startOf(evidence: readonly Evidence[]): number {
  for (let index = evidence.length - 1; index > 0; index -= 1) {
    const one = evidence[index];
    if (one?.confirmed === true && !OWN.includes(one.source) && !saysNothing(one)) return index;
  }
  return 0;
}

/** A newer one of its source says something; the subject's own answers all stay. */
function isReplaced(evidence: readonly Evidence[], index: number): boolean {
  const source = evidence[index]?.source;
  if (source === undefined || OWN.includes(source)) return false;
  for (let later = evidence.length - 1; later > index; later -= 1) {
    const one = evidence[later];
    if (one?.source === source && !saysNothing(one)) return true;
  }
  return false;
}

function saysNothing(one: Evidence): boolean {
  if (one.kind === "statement") return true;
  // A credential proves its own claim and no other: "declined" beside a true value proves nothing.
  if (one.kind === "credential") return one.value !== true || one.claim !== ADULT_CLAIM;
  return one.claim !== undefined;
}

/** The age that one piece of evidence gives at an instant; undefined when either cannot be read. */
export function yearsBy(one: Evidence, atMs: number): number | undefined {
  if (saysNothing(one) || !isInstant(atMs)) return undefined;
  const zone = one.zone ?? LAST_ZONE;
  if (one.kind === "credential") return backFrom(ADULT_FROM, one, atMs, zone);
  if (one.kind === "age-range" || one.kind === "report") {
    return backFrom(one.lower ?? 0, one, atMs, zone);
  }
  const birth = latestBirthDay(one);
  return birth === undefined ? undefined : yearsSince(birth, atMs, zone);
}

/**
 * A birthday comes with the first moment of its day and is not taken back when the clock is put
 * back across midnight (Newfoundland did so at 00:01 until 2011), so on the day before it the
 * calendar alone does not say.
 */
function yearsSince(birth: CivilDate, atMs: number, zone: string): number | undefined {
  const today = civilDateAt(atMs, zone);
  if (compareCivil(today, birth) < 0) return 0;
  const years = yearsBetween(birth, today);
  if (years === undefined || today.year === YEAR_MAX) return years;
  const next = birthdayIn(birth, years + 1);
  const tomorrow = daysFromCivil(next) === daysFromCivil(today) + 1;
  return tomorrow && atMs >= startOfDay(next, zone) ? years + 1 : years;
}

/**
 * A range counts at its lower end; for an earlier day the whole years between are taken off, never
 * added later.
 */
function backFrom(lower: number, one: Evidence, atMs: number, zone: string): number | undefined {
  const arrived = parseInstant(one.at);
  if (arrived === undefined || !Number.isInteger(lower)) return undefined;
  if (atMs >= arrived) return lower;
  const years = yearsBetween(civilDateAt(atMs, zone), civilDateAt(arrived, zone));
  return years === undefined ? undefined : Math.max(0, lower - years);
}

/** The last day the birth can have been on: a year counts from its last day, a month likewise. */
function latestBirthDay(one: Evidence): CivilDate | undefined {
  if (typeof one.value !== "string") return undefined;
  if (one.kind === "birth-date") return parseCivilDate(one.value);
  if (one.kind === "birth-year") return parseCivilDate(`${one.value}-12-31`);
  for (let day = 31; day >= 28; day -= 1) {
    const date = parseCivilDate(`${one.value}-${day}`);
    if (date !== undefined) return date;
  }
  return undefined;
}

/**
 * Why a piece of evidence is refused before it is stored: `value-rejected` with the path, or
 * undefined.
 */
export function faultInEvidence(one: Evidence, nowMs: number): string | undefined {
  const { lower, upper } = one;
  for (const [path, bound] of Object.entries({ lower, upper })) {
    if (bound !== undefined && !(Number.isInteger(bound) && bound >= 0 && bound <= 150))
      return path;
  }
  if (lower !== undefined && upper !== undefined && lower > upper) return "lower";
  if (one.kind === "birth-date" || one.kind === "birth-month" || one.kind === "birth-year") {
    const birth = latestBirthDay(one);
    if (birth === undefined) return "value";
    const first = one.kind === "birth-date" ? birth : firstDay(one, birth);
    // Where the zone is unknown: a day that has begun nowhere on Earth yet cannot be a birth date.
    const today = civilDateAt(nowMs, one.zone ?? FIRST_ZONE);
    if (compareCivil(first, today) > 0) return "value";
  }
  return undefined;
}

function firstDay(one: Evidence, last: CivilDate): CivilDate {
  return one.kind === "birth-year"
    ? { year: last.year, month: 1, day: 1 }
    : { year: last.year, month: last.month, day: 1 };
}

/**
 * Google Play Age Signals, read on the server: the old field set (to 0.0.3, `userStatus`) and the
 * new one (from 0.0.4, `ageSignalsStatus` and `ageRangeSource`).
 *
 * Source: Google's documentation of the responses and of `AgeSignalsVerificationStatus`. The answer
 * is made on the device and nobody signs it: forgeable, also where Play Integrity vouches for the
 * app that sends it, unless that token carries the answer's hash.
 */
import type { AgeSignal } from "../../core/age-signal.js";
import type { AssuranceLevel } from "../../core/assurance.js";
import { boundOf, type Fields, fieldsOf, silent, unsignedRange } from "./unsigned-range.js";

/**
 * Declared by the user; set by a guardian; assessed by a card, mail address, selfie or ID; verified
 * by ID and selfie or a digital ID.
 */
const TIERS: ReadonlyMap<unknown, AssuranceLevel> = new Map([
  ["TIER_A", "asserted"],
  ["TIER_B", "standard"],
  ["TIER_C", "enhanced"],
  ["TIER_D", "strict"],
]);

/** By name, and by the constant of the Java API. */
const STATUSES: ReadonlyMap<unknown, AssuranceLevel> = new Map<unknown, AssuranceLevel>([
  ["VERIFIED", "enhanced"],
  [0, "enhanced"],
  ["SUPERVISED", "standard"],
  [1, "standard"],
  ["SUPERVISED_APPROVAL_PENDING", "standard"],
  [2, "standard"],
  ["SUPERVISED_APPROVAL_DENIED", "standard"],
  [3, "standard"],
  ["DECLARED", "asserted"],
]);
const VERIFIED: readonly unknown[] = ["VERIFIED", 0];
const VERIFIED_FROM = 18;
const UNKNOWN: readonly unknown[] = ["UNKNOWN", 4, null, undefined];
const WITHHELD: readonly unknown[] = ["NOT_SHARED", "VERIFICATION_REQUIRED"];

/**
 * Reads an answer under the names of the SDK; where the app asked for access first, with that
 * answer's `ageSignalsStatus` beside it. When both field sets are there the new one is read.
 *
 * Never throws and never makes an adult of what it does not know: an unknown status or tier, a
 * bound that is no age or no answer at all say nothing. Whether a guardian approved a change is no
 * age and is not read: `significantChangeStatus` and `SUPERVISED_APPROVAL_…` are the app's to act
 * on.
 */
export function readPlayAgeSignals(answer: unknown): AgeSignal {
  const fields = fieldsOf(answer);
  if (fields === undefined) return silent("store-google", "unsupported");
  const isNew = "ageSignalsStatus" in fields || "ageRangeSource" in fields;
  return isNew ? readTiered(fields) : readStatus(fields);
}

function readTiered(fields: Fields): AgeSignal {
  const { ageSignalsStatus: status, ageRangeSource: tier } = fields;
  if (WITHHELD.includes(status)) return silent("store-google", "not-shared");
  const shared = status === "SHARED" || status === undefined || status === null;
  const level = shared ? TIERS.get(tier) : undefined;
  if (shared && (tier === null || tier === undefined)) return silent("store-google", "not-shared");
  return rangeOf(fields, level);
}

function readStatus(fields: Fields): AgeSignal {
  const { userStatus: status } = fields;
  if (UNKNOWN.includes(status)) return silent("store-google", "not-shared");
  const level = STATUSES.get(status);
  const bare = (fields.ageLower ?? fields.ageUpper ?? undefined) === undefined;
  // Until 0.0.2 the status was the whole answer: over 18, and no bounds beside it.
  if (VERIFIED.includes(status) && bare) {
    return unsignedRange("store-google", VERIFIED_FROM, undefined, level);
  }
  return rangeOf(fields, level);
}

function rangeOf(fields: Fields, level: AssuranceLevel | undefined): AgeSignal {
  const [lower, upper] = [boundOf(fields.ageLower), boundOf(fields.ageUpper)];
  return unsignedRange("store-google", lower, upper, level);
}

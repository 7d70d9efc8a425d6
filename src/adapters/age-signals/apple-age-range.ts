/**
 * Apple's Declared Age Range (iOS, iPadOS, macOS 26 and later), read on the server.
 *
 * Source: Apple's documentation of `AgeRangeService.Response`, `AgeRange` and
 * `AgeRangeDeclaration`. The answer is made on the device and nobody signs it: forgeable.
 */
import type { AgeSignal } from "../../core/age-signal.js";
import type { AssuranceLevel } from "../../core/assurance.js";
import { boundOf, fieldsOf, silent, unsignedRange } from "./unsigned-range.js";

/**
 * Who or what says so. `confirmed` is a scrutinised method; the six that name the method are
 * deprecated and still sent by older systems.
 */
const DECLARATIONS: ReadonlyMap<unknown, AssuranceLevel> = new Map([
  ["selfDeclared", "asserted"],
  ["guardianDeclared", "standard"],
  ["confirmed", "enhanced"],
  ["paymentChecked", "enhanced"],
  ["governmentIDChecked", "strict"],
  ["checkedByOtherMethod", "enhanced"],
  ["guardianPaymentChecked", "enhanced"],
  ["guardianGovernmentIDChecked", "strict"],
  ["guardianCheckedByOtherMethod", "enhanced"],
]);

/**
 * Reads an answer as the app sends it on: `response` names the case of Apple's enum (`sharing` or
 * `declinedSharing`), and `range` holds `lowerBound`, `upperBound` and `ageRangeDeclaration` under
 * Apple's names, nil as null or left out. A wrapper's flat record (bounds beside `response`, or
 * without one) is read as well.
 *
 * Never throws and never makes an adult of what it does not know: another case, a bound that is no
 * age, bounds that cross, or a range open above without a known declaration say nothing. The
 * parental controls are no age and are not read.
 */
export function readAppleAgeRange(answer: unknown): AgeSignal {
  const fields = fieldsOf(answer);
  if (answer === "declinedSharing" || fields?.response === "declinedSharing") {
    return silent("store-apple", "declined");
  }
  if (fields === undefined) return silent("store-apple", "unsupported");
  const { response } = fields;
  if (response !== undefined && response !== "sharing") return silent("store-apple", "unsupported");
  const range = fieldsOf(fields.range) ?? fields;
  const level = DECLARATIONS.get(range.ageRangeDeclaration);
  const [lower, upper] = [boundOf(range.lowerBound), boundOf(range.upperBound)];
  return unsignedRange("store-apple", lower, upper, level);
}

/**
 * The age bracket that an operating system sends under California's Digital Age Assurance Act (AB
 * 1043, Cal. Civ. Code 1798.501, in force from 1 January 2027).
 *
 * The Act names four brackets and no wire format, and none was found published when this was
 * written. The words below are ours; an app maps its system's answer to them. The bracket is what
 * the account holder gave at set-up, and nobody signs it: forgeable. Receiving one is actual
 * knowledge.
 */
import type { AgeSignal, SilentClaim } from "../../core/age-signal.js";
import { fieldsOf, silent, unsignedRange } from "./unsigned-range.js";

export const OS_AGE_BRACKETS = ["under-13", "13-15", "16-17", "18-and-over"] as const;
export type OsAgeBracket = (typeof OS_AGE_BRACKETS)[number];

const BOUNDS: ReadonlyMap<unknown, readonly [number | undefined, number | undefined]> = new Map<
  OsAgeBracket,
  readonly [number | undefined, number | undefined]
>([
  ["under-13", [undefined, 12]],
  ["13-15", [13, 15]],
  ["16-17", [16, 17]],
  ["18-and-over", [18, undefined]],
]);
const SILENT: ReadonlyMap<unknown, SilentClaim> = new Map<string, SilentClaim>([
  ["declined", "declined"],
  ["not-shared", "not-shared"],
]);

/**
 * Reads `{ bracket }`, one of `OS_AGE_BRACKETS`, `declined` or `not-shared`. Never throws: another
 * word, or another shape, says nothing.
 */
export function readOsAgeBracket(answer: unknown): AgeSignal {
  const bracket = fieldsOf(answer)?.bracket;
  const bounds = BOUNDS.get(bracket);
  if (bounds === undefined) return silent("os", SILENT.get(bracket) ?? "unsupported");
  return unsignedRange("os", bounds[0], bounds[1], "asserted");
}

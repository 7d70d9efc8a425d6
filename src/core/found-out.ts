/**
 * Late discovery: what is learned of an age after something was taken (FORMAT.md, "what changes
 * them": "an age found out later with no basis").
 */
import type { Facts } from "./gate.js";
import { unaskedFor } from "./lack.js";
import type { Basis } from "./record.js";
import type { RecordRow } from "./row.js";
import { type Marks, standingOf, takenForAge } from "./standing.js";

const UNMARKED: Marks = { held: false, order: "" };

/**
 * What turns out about a record when more is known of its subject's age. `basis`: it lacked a
 * consent that it needed to come in, whatever else holds it back or has become of it since.
 * `training`: it came in lawfully, but for this purpose, which makes models, somebody ought to have
 * been asked who was not.
 */
export type FoundOut = "basis" | "training";

/** Undefined where the new facts say nothing that the old ones did not. */
export function foundOut(
  before: Facts,
  after: Facts,
  record: RecordRow,
  basis: Basis,
  trains: readonly string[],
): FoundOut | undefined {
  // What was taken to learn an age serves nothing else.
  if (takenForAge(after, record)) return undefined;
  const live = { ...record, erasedAt: "" };
  const lacks = (facts: Facts): boolean => {
    const subject = { ...facts.subject, deletionRequestedAt: "" };
    return standingOf({ ...facts, subject }, live, basis, UNMARKED).cause === "found-out";
  };
  if (lacks(after)) return lacks(before) ? undefined : "basis";
  // What came in under an exception is used for its own purpose alone.
  if (basis.kind === "exception") return undefined;
  const unasked = (facts: Facts, purpose: string): boolean =>
    unaskedFor(facts, live, basis, purpose) !== undefined;
  const found = trains.some((purpose) => unasked(after, purpose) && !unasked(before, purpose));
  return found ? "training" : undefined;
}

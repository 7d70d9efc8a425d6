/** A range of ledger sequences, as every store adapter reads it. */
import { CustodyError } from "../errors.js";

/**
 * @throws `option-invalid` unless both are whole numbers from 0. `from >= to` is an empty range and
 * allowed.
 */
export function requireRange(from: number, to: number): void {
  for (const [path, value] of [
    ["from", from],
    ["to", to],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new CustodyError("option-invalid", { path, reason: "not a whole number from 0" });
  }
}

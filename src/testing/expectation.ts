/**
 * What a contract's rules are written with: three words over node's own assertions, and no test
 * runner.
 */
import { deepStrictEqual, fail, ok } from "node:assert/strict";
import { CustodyError, type ErrorCode } from "../errors.js";

/** Fails with `sentence` unless `fact` holds. */
export function check(fact: boolean, sentence: string): void {
  ok(fact, sentence);
}

/** Fails unless both are deeply and strictly equal. */
export function equal<T>(found: T, expected: T, sentence?: string): void {
  deepStrictEqual(found, expected, sentence);
}

/**
 * Resolves to the error. Fails when the promise resolves, or rejects with anything but a
 * CustodyError of `code`.
 */
export async function rejectsWith(
  code: ErrorCode,
  promise: Promise<unknown>,
): Promise<CustodyError> {
  const error = await promise.then(
    () => fail(`resolved instead of being refused with ${code}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CustodyError)) throw error;
  equal(error.code, code);
  return error;
}

/** Everything an iteration gives, in order. */
export async function collected<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

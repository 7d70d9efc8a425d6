/** What a run of the program says to the shell, by the code of the error that ended it. */
import { CustodyError } from "../errors.js";

export const EXIT_OK = 0;
/** It was looked at, and something is wrong or refused. */
export const EXIT_FINDING = 1;
/** The command line, an id or a file given does not make sense; nothing was done. */
export const EXIT_USAGE = 2;
/** It could not be looked at. Never to be read as "nothing is wrong". */
export const EXIT_COULD_NOT_LOOK = 3;

export type ExitCode =
  | typeof EXIT_OK
  | typeof EXIT_FINDING
  | typeof EXIT_USAGE
  | typeof EXIT_COULD_NOT_LOOK;

const FINDINGS: readonly string[] = [
  "attestation-invalid",
  "certificate-expired-key",
  "certificate-invalid",
  "certificate-unsigned",
  "certificate-wrong-key",
  "copy-damaged",
  "copy-source-changed",
  "ledger-broken",
  "notice-contradicted",
  "notice-incomplete",
  "proof-invalid",
  "receipt-invalid",
];

const USAGE: readonly string[] = [
  "connector-unknown",
  "date-impossible",
  "duplicate",
  "export-exists",
  "id-invalid",
  "instant-invalid",
  "not-found",
  "option-invalid",
  "option-unknown",
  "order-invalid",
  "state-conflict",
  "store-exists",
];

/** A refusal is a finding; what is not known to be the caller's mistake could not be looked at. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof CustodyError)) return EXIT_COULD_NOT_LOOK;
  if (error.refusal || FINDINGS.includes(error.code)) return EXIT_FINDING;
  return USAGE.includes(error.code) ? EXIT_USAGE : EXIT_COULD_NOT_LOOK;
}

/**
 * What PostgreSQL and the way to it say, in the closed codes of custody. No message, no statement
 * and no value of theirs is passed on: a message quotes keys and rows.
 */
import { CustodyError, type FaultCode } from "../../errors.js";

/** By SQLSTATE, the longest beginning first (PostgreSQL manual, appendix A). */
const BY_STATE: readonly (readonly [start: string, code: FaultCode])[] = [
  ["25006", "state-conflict"],
  ["28", "store-denied"],
  ["3D000", "store-missing"],
  ["3F000", "store-missing"],
  ["40", "store-busy"],
  ["42501", "store-denied"],
  ["42P01", "store-missing"],
  ["53100", "store-full"],
  ["53", "store-busy"],
  ["54", "limit-exceeded"],
  ["55P03", "store-busy"],
  ["55006", "store-busy"],
  ["57014", "store-busy"],
  ["57P", "store-unreachable"],
  ["58", "store-poisoned"],
  ["08", "store-unreachable"],
];

/** How `pg` tells that a connection is gone, or that none was to be had. */
const BROKEN = /Connection terminated|connection error|not queryable|Connection ended/i;
const NO_TURN = /^timeout exceeded when trying to connect$|^timeout expired$/;
const NOT_LET_IN = /^SASL|client password|Unknown authentication/i;

/**
 * The fault that an error stands for. What is neither PostgreSQL's nor the connection's is given
 * back as it is.
 */
export function faultOf(error: unknown, place: string): unknown {
  if (error instanceof CustodyError) return error;
  const state = sqlState(error);
  if (state !== undefined) return faultOfState(state, place, error);
  if (!(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && /^E[A-Z_]+$/.test(code)) {
    return new CustodyError("store-unreachable", { place, reason: code }, { cause: error });
  }
  if (BROKEN.test(error.message)) {
    const reason = "the connection was lost";
    return new CustodyError("store-unreachable", { place, reason }, { cause: error });
  }
  if (NO_TURN.test(error.message)) {
    return new CustodyError("store-busy", { place, waitedMs: 0 }, { cause: error });
  }
  if (NOT_LET_IN.test(error.message)) {
    return new CustodyError("store-denied", { place, reason: "no password" }, { cause: error });
  }
  return error;
}

function faultOfState(state: string, place: string, cause: unknown): CustodyError {
  const code = BY_STATE.find(([start]) => state.startsWith(start))?.[1] ?? "store-damaged";
  if (code === "store-busy") return new CustodyError(code, { place, waitedMs: 0 }, { cause });
  if (code === "state-conflict") {
    const details = { id: place, state: "read-only", action: "append" };
    return new CustodyError(code, details, { cause });
  }
  if (code === "limit-exceeded") {
    const details = { limit: `a limit of the server (${state})`, max: 0 };
    return new CustodyError(code, details, { cause });
  }
  return new CustodyError(code, { place, reason: state }, { cause });
}

/** The five characters of an error that the server itself sent. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as {
    readonly code?: unknown;
    readonly severity?: unknown;
  };
  return typeof severity === "string" && typeof code === "string" ? code : undefined;
}

/** Serialisation failures and deadlocks: the same work, begun again, may well succeed. */
export function isRetryable(error: unknown): boolean {
  return /^40(001|P01)$/.test(sqlState(error) ?? "");
}

/**
 * True when it is the statement's own content that the server refused, so that other content may be
 * taken: data exceptions, constraints, program limits.
 */
export function isOfContent(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? "");
}

/** True when the server may have done what it was told and only the answer is missing. */
export function isUnanswered(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|57P|58|XX)/.test(state);
}

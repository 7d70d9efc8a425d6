/**
 * One thing the doctor looked at. Not having been able to look is a state of its own: it is never
 * "ok".
 */
import { isCustodyError } from "../errors.js";
import { asCustodyError } from "./output.js";

export interface Check {
  readonly name: string;
  readonly state: "ok" | "finding" | "could-not-look";
  /** Ids, codes, counts and file names. */
  readonly detail: string;
}

/** Faults that say something is wrong, where others only say that it could not be seen. */
const FINDING_CODES = [
  "epoch-closed",
  "keyring-foreign",
  "keyring-permissions",
  "ledger-broken",
  "migration-drift",
  "migration-missing",
  "migration-pending",
] as const;

export function ok(name: string, detail: string): Check {
  return { name, state: "ok", detail };
}

export function found(name: string, detail: string): Check {
  return { name, state: "finding", detail };
}

export function unseen(name: string, detail: string): Check {
  return { name, state: "could-not-look", detail };
}

/** What looking says; an error of it is a check too. */
export async function looked(name: string, look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    const { code, message } = asCustodyError(error);
    const detail = `${code}: ${message}`;
    return isCustodyError(error, ...FINDING_CODES) ? found(name, detail) : unseen(name, detail);
  }
}

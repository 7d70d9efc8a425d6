/** What every adapter of a key service refuses in the same words. */
import { CustodyError } from "../errors.js";
import { type KeyManagement, WRAP_BYTES_MAX } from "../ports/key-management.js";

/** Why `kms-failed` is told when the service answered and has no wrapping key of that name. */
export const NO_SUCH_KEY = "there is no such key";

/** @throws `limit-exceeded` */
export function requireWrappable(plain: Uint8Array): void {
  if (plain.length <= WRAP_BYTES_MAX) return;
  throw new CustodyError("limit-exceeded", { limit: "WRAP_BYTES_MAX", max: WRAP_BYTES_MAX });
}

export function wrappingKeyGone(
  { keyId }: { readonly keyId: string },
  version: number,
): CustodyError {
  return new CustodyError("wrapping-key-gone", { id: keyId, version });
}

export function wrappedDamaged(
  { keyId }: { readonly keyId: string },
  version: number,
): CustodyError {
  return new CustodyError("payload-damaged", { id: keyId, category: `wrapped, ${version}` });
}

/** The newest version is what is wrapped under at present: only an older one is destroyed. */
export function newestStays({ keyId }: { readonly keyId: string }, version: number): CustodyError {
  const state = `at version ${version}, its newest`;
  return new CustodyError("state-conflict", { id: keyId, state, action: "destroying it" });
}

export function kmsFailed(
  { name }: Pick<KeyManagement, "name">,
  reason: string,
  cause?: unknown,
): CustodyError {
  return new CustodyError("kms-failed", { name, reason }, { cause });
}

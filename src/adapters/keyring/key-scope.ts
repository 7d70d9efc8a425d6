/**
 * Names of keys: what a scope may be called, and the two names that are kept for the keyring
 * itself.
 */
import { CustodyError } from "../../errors.js";
import type { KeyScope } from "../../ports/keyring.js";

/** The longest basis or category, in characters. */
export const SCOPE_CHARACTERS_MAX = 200;
/** The basis under which the keys of `index` lie; nobody seals with them. */
export const INDEX_BASIS = "index";
/** The category of the tombstone that closes a whole basis. */
export const WHOLE_BASIS = "*";

/** @throws `option-invalid`, also for the basis that is kept for `index` */
export function requireDataScope(scope: KeyScope): void {
  requireScope(scope);
  if (scope.basis === INDEX_BASIS) throw refused("scope.basis", "the name is kept for index keys");
}

/** @throws `option-invalid` */
export function requireScope(scope: KeyScope): void {
  requireName(scope.basis, "scope.basis");
  requireName(scope.category, "scope.category");
  if (scope.category === WHOLE_BASIS) throw refused("scope.category", "it names every category");
}

/** @throws `option-invalid` */
export function requireName(name: unknown, path: string): void {
  const fits = typeof name === "string" && name.length >= 1 && name.length <= SCOPE_CHARACTERS_MAX;
  if (!fits) throw refused(path, `1 to ${SCOPE_CHARACTERS_MAX} characters expected`);
  if (name.includes("\0")) throw refused(path, "it holds a zero character");
}

/** One text for a scope; no two scopes share it, since a name never holds the zero character. */
export function scopeName(scope: KeyScope): string {
  return `${scope.basis}\0${scope.category}`;
}

export function destroyedKey(scope: KeyScope): CustodyError {
  return new CustodyError("key-destroyed", { basis: scope.basis, category: scope.category });
}

function refused(path: string, reason: string): CustodyError {
  return new CustodyError("option-invalid", { path, reason });
}

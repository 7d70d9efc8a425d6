/** The file of `--key`: the issuer's public key, or several. */
import { CustodyError, isCustodyError } from "../errors.js";
import type { PublicJwk } from "../verify.js";
import { readJsonInput } from "./input-file.js";

/**
 * A key, a list of keys, or a JWK set; whether they are keys, the verifier says.
 * @throws `file-unreadable`, `limit-exceeded`
 */
export function keysIn(place: string): readonly PublicJwk[] {
  const json = readJsonInput(place);
  const listed = Array.isArray(json) ? json : (json as { readonly keys?: unknown } | null)?.keys;
  return (Array.isArray(listed) ? listed : [json]) as readonly PublicJwk[];
}

/** What the verifier says of its keys, as a fault of their file; any other error as it is. */
export function notKeys(error: unknown, place: string): unknown {
  if (!isCustodyError(error, "option-invalid", "option-unknown")) return error;
  const reason = "it holds no Ed25519 public key";
  return new CustodyError("file-unreadable", { place, reason }, { cause: error });
}

import { createPublicKey, type KeyObject } from "node:crypto";
import { CustodyError } from "../errors.js";
import { jwkThumbprint, type PublicJwk } from "./jws.js";

/** @throws `option-invalid` for anything but a public Ed25519 key */
export function publicKeyOf(jwk: PublicJwk): KeyObject {
  jwkThumbprint(jwk);
  const { kty, crv, x } = jwk;
  if (crv === undefined || x === undefined) {
    throw new CustodyError("option-invalid", { path: "jwk", reason: "not a public Ed25519 key" });
  }
  return createPublicKey({ key: { kty, crv, x }, format: "jwk" });
}

/**
 * The public key as PEM (SubjectPublicKeyInfo, RFC 8410), as `openssl` and most other tools read
 * it, with its line ends. @throws `option-invalid` for anything but a public Ed25519 key
 */
export function publicKeyPem(jwk: PublicJwk): string {
  return String(publicKeyOf(jwk).export({ type: "spki", format: "pem" }));
}

/**
 * An age credential in the form of an SD-JWT VC (RFC 9901 and its credential profile): signed by an
 * issuer, claims disclosed one by one, presented with a key-binding JWT.
 *
 * `@sd-jwt/core` does the unpacking, the digest of the presentation and the order of the checks.
 * Times, issuer, type, audience and unused disclosures are checked here, each with its own code;
 * signatures are checked with `jose`.
 */
import { createHash } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";
import type { JWK, JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { type AgeSignal, verifiedSignal } from "../../core/age-signal.js";
import { CustodyError } from "../../errors.js";
import { base64url, sha256, utf8 } from "../../lib/bytes.js";
import { readOptions } from "../option-reading.js";
import { ageSaid } from "./age-claims.js";
import {
  ISSUER_SHAPE,
  type IssuerOptions,
  instantOf,
  keySetOf,
  requireNonce,
  requireSignature,
  requireToken,
} from "./issuer-keys.js";

/** How old a key-binding JWT may be, and how far ahead of ours its maker's clock. */
export const KEY_BINDING_AGE_MS_MAX = 5 * 60 * 1_000;

export interface SdJwtSignalOptions extends IssuerOptions {
  /** The `vct` values that are age credentials; at least one, compared whole. */
  readonly types: readonly string[];
}

export interface SdJwtSignalVerifier {
  /**
   * Checks the issuer's signature, every disclosure, `iss`, `vct`, `exp` and `nbf`, and that the
   * holder's key signed this presentation for this audience and nonce just now. Whether the
   * credential was revoked is not looked up: a status list is the application's to ask.
   * @throws `signal-invalid`, `signal-untrusted`, `signal-misdirected`, `signal-expired`,
   * `option-invalid`, `limit-exceeded`
   */
  verify(presentation: string, session: { readonly nonce: string }): Promise<AgeSignal>;
}

const Options = z.strictObject({
  ...ISSUER_SHAPE,
  types: z.array(z.string().min(1)).min(1),
});
type Known = z.output<typeof Options>;

const TYPES: readonly unknown[] = ["dc+sd-jwt", "vc+sd-jwt"];
const HASHES: ReadonlyMap<string, string> = new Map([
  ["sha-256", "sha256"],
  ["sha-384", "sha384"],
  ["sha-512", "sha512"],
]);
/** So wide that the library's own look at the clock never decides; ours does, with codes. */
const NO_CLOCK_SECONDS = Number.MAX_SAFE_INTEGER;

const Payload = z.looseObject({
  iss: z.string(),
  vct: z.string(),
  exp: z.number(),
  nbf: z.number().optional(),
});
const KeyBinding = z.looseObject({ aud: z.string(), nonce: z.string(), iat: z.number() });

/** @throws `option-unknown`, `option-invalid` */
export function sdJwtSignal(options: SdJwtSignalOptions): SdJwtSignalVerifier {
  const known = readOptions(Options, options, "sdJwtSignal");
  const keys = keySetOf(known.jwks);
  return Object.freeze({
    verify: async (presentation: string, session: { readonly nonce: string }) => {
      const nonce = requireNonce(session?.nonce);
      const token = requireToken(presentation);
      const claims = await openPresentation(token, nonce, keys, known);
      const { source, assurance, bounds } = known;
      return verifiedSignal({
        ...ageSaid(source, claims, bounds),
        assurance,
        validUntil: instantOf(claims.exp),
        tokenDigest: base64url(sha256(utf8(token))),
      });
    },
  });
}

async function openPresentation(
  token: string,
  nonce: string,
  keys: JWTVerifyGetKey,
  known: Known,
): Promise<z.output<typeof Payload>> {
  try {
    const instance = instanceFor(keys, known.algorithms);
    const { disclosures = [], kbJwt } = await instance.decode(token);
    const binding = KeyBinding.safeParse(kbJwt?.payload);
    if (!binding.success) throw misdirected("no key binding");
    if (binding.data.nonce !== nonce) throw misdirected("another nonce");
    const clock = { currentDate: 0, skewSeconds: NO_CLOCK_SECONDS };
    const { payload, header } = await instance.verify(token, { keyBindingNonce: nonce, ...clock });
    if (!TYPES.includes(header?.typ)) throw invalid("the type of token");
    // A disclosure that no digest asks for was not made by the issuer (RFC 9901, 7.1).
    if ((await instance.presentableKeys(token)).length !== disclosures.length) {
      throw invalid("a disclosure that the issuer did not make");
    }
    const claims = Payload.parse(payload);
    requireIssued(claims, known);
    requireBound(binding.data, known);
    return claims;
  } catch (error) {
    // The library's own errors can hold the token; none is kept.
    throw error instanceof CustodyError ? error : invalid("it cannot be read, or not as signed");
  }
}

function instanceFor(keys: JWTVerifyGetKey, algorithms: readonly string[]) {
  return new SDJwtInstance({
    hasher: (data, algorithm) => {
      const hash = HASHES.get(algorithm);
      if (hash === undefined) throw invalid("an algorithm not allowed");
      const bytes = typeof data === "string" ? data : new Uint8Array(data);
      return new Uint8Array(createHash(hash).update(bytes).digest());
    },
    verifier: async (data, signature) => {
      await requireSignature(`${data}.${signature}`, keys, algorithms);
      return true;
    },
    kbVerifier: async (data, signature, payload) => {
      const holder = payload.cnf?.jwk;
      if (holder === undefined) throw misdirected("no key binding");
      await requireSignature(`${data}.${signature}`, holder as JWK, algorithms);
      return true;
    },
  });
}

function requireIssued(claims: z.output<typeof Payload>, known: Known): void {
  if (claims.iss !== known.issuer) {
    throw new CustodyError("signal-untrusted", { reason: "another issuer" });
  }
  if (!known.types.includes(claims.vct)) throw invalid("the type of credential");
  const nowMs = known.now();
  if (!(nowMs < Date.parse(instantOf(claims.exp)))) {
    throw new CustodyError("signal-expired", { reason: "expired" });
  }
  if (claims.nbf !== undefined && !(nowMs >= Date.parse(instantOf(claims.nbf)))) {
    throw new CustodyError("signal-expired", { reason: "not yet valid" });
  }
}

function requireBound(binding: z.output<typeof KeyBinding>, known: Known): void {
  if (binding.aud !== known.audience) throw misdirected("another audience");
  const age = known.now() - Date.parse(instantOf(binding.iat));
  if (!(Math.abs(age) <= KEY_BINDING_AGE_MS_MAX)) {
    throw new CustodyError("signal-expired", { reason: "the key binding is not of now" });
  }
}

function invalid(reason: string): CustodyError {
  return new CustodyError("signal-invalid", { reason });
}

function misdirected(reason: string): CustodyError {
  return new CustodyError("signal-misdirected", { reason });
}

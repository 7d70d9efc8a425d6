/**
 * Who may vouch for an age token: one issuer with the public keys and algorithms that the
 * application gives. Nothing is fetched; keys that a token brings along are never looked at.
 */
import {
  compactVerify,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";
import { z } from "zod";
import { EVIDENCE_SOURCES, type EvidenceSource } from "../../core/age.js";
import { ASSURANCE_LEVELS, type AssuranceLevel } from "../../core/assurance.js";
import { CustodyError } from "../../errors.js";
import { instantText, isInstant } from "../../lib/instant.js";
import type { BoundClaims } from "./age-claims.js";

export const ISSUER_KEYS_MAX = 100;
/** A token as text; no age token is near this long. */
export const TOKEN_CHARACTERS_MAX = 65_536;
/** A nonce shorter than this can be guessed. */
export const NONCE_CHARACTERS_MIN = 16;
const TEXT_CHARACTERS_MAX = 2_000;

/** Public-key algorithms only: a shared secret proves nothing about who wrote a token. */
export const SIGNAL_ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "PS256", "RS256"] as const;
export type SignalAlgorithm = (typeof SIGNAL_ALGORITHMS)[number];

export interface IssuerOptions {
  /** Compared with the `iss` claim, character by character. */
  readonly issuer: string;
  /** The issuer's public keys (RFC 7517). A private or symmetric one is refused. */
  readonly jwks: { readonly keys: readonly object[] };
  /** Default `["ES256"]`. */
  readonly algorithms?: readonly SignalAlgorithm[];
  /** Who the token must be made for: the application's own name with the issuer. */
  readonly audience: string;
  /** Under which source the evidence is kept; an own answer of the person cannot be one. */
  readonly source: Exclude<EvidenceSource, "sign-up-screen" | "profile">;
  /** The level that the issuer's method reaches: the application's statement about its issuer. */
  readonly assurance: AssuranceLevel;
  /** Names of two claims that hold whole years. Default none: only `age_over_NN` is read. */
  readonly bounds?: BoundClaims;
  /** Epoch milliseconds; `Date.now` unless given. */
  readonly now?: () => number;
}

const Text = z.string().min(1).max(TEXT_CHARACTERS_MAX);

/** No private part (`d`) and no symmetric key (`oct`) passes. */
const PublicKey = z
  .looseObject({ kty: z.enum(["EC", "OKP", "RSA"]) })
  .refine((key) => !("d" in key) && !("k" in key));

export const ISSUER_SHAPE = {
  issuer: Text,
  jwks: z.strictObject({ keys: z.array(PublicKey).min(1).max(ISSUER_KEYS_MAX) }),
  algorithms: z.array(z.enum(SIGNAL_ALGORITHMS)).min(1).default(["ES256"]),
  audience: Text,
  source: z.enum(EVIDENCE_SOURCES).exclude(["sign-up-screen", "profile"]),
  assurance: z.enum(ASSURANCE_LEVELS),
  bounds: z.strictObject({ lower: Text, upper: Text }).optional(),
  now: z.custom<() => number>((value) => typeof value === "function").default(() => Date.now),
} as const;

export function keySetOf(jwks: { readonly keys: readonly object[] }): JWTVerifyGetKey {
  return createLocalJWKSet(structuredClone(jwks) as JSONWebKeySet);
}

/** @throws `option-invalid`, `limit-exceeded` */
export function requireToken(token: unknown): string {
  if (typeof token !== "string" || token === "") {
    throw new CustodyError("option-invalid", { path: "token", reason: "a text is expected" });
  }
  if (token.length > TOKEN_CHARACTERS_MAX) {
    const max = TOKEN_CHARACTERS_MAX;
    throw new CustodyError("limit-exceeded", { limit: "TOKEN_CHARACTERS_MAX", max });
  }
  return token;
}

/** @throws `option-invalid`: without a nonce of this session an old token could be shown again */
export function requireNonce(nonce: unknown): string {
  if (typeof nonce !== "string" || nonce.length < NONCE_CHARACTERS_MIN) {
    const reason = `at least ${NONCE_CHARACTERS_MIN} characters are expected`;
    throw new CustodyError("option-invalid", { path: "nonce", reason });
  }
  return nonce;
}

/** The instant that a NumericDate (RFC 7519) names. @throws `signal-invalid` where there is none */
export function instantOf(seconds: unknown): string {
  const ms = typeof seconds === "number" ? Math.floor(seconds * 1_000) : Number.NaN;
  if (!isInstant(ms)) throw new CustodyError("signal-invalid", { reason: "no time that exists" });
  return instantText(ms);
}

/** A compact JWS checked against a key and the allowed algorithms. @throws see `signalFault` */
export async function requireSignature(
  jws: string,
  key: JWTVerifyGetKey | Parameters<typeof compactVerify>[1],
  algorithms: readonly string[],
): Promise<void> {
  try {
    // Told apart for the overloads of `compactVerify` alone.
    if (typeof key === "function") await compactVerify(jws, key, { algorithms: [...algorithms] });
    else await compactVerify(jws, key, { algorithms: [...algorithms] });
  } catch (error) {
    throw signalFault(error);
  }
}

const TRUST: readonly string[] = ["ERR_JWKS_NO_MATCHING_KEY", "ERR_JWKS_MULTIPLE_MATCHING_KEYS"];

/**
 * The library's error as one of ours. It is not kept as a cause: it can hold the token's claims.
 */
export function signalFault(error: unknown): CustodyError {
  if (error instanceof CustodyError) return error;
  const invalid = (reason: string) => new CustodyError("signal-invalid", { reason });
  if (error instanceof errors.JWTExpired) {
    return new CustodyError("signal-expired", { reason: "expired" });
  }
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error.claim);
  if (!(error instanceof errors.JOSEError)) return invalid("it cannot be read");
  if (TRUST.includes(error.code)) {
    return new CustodyError("signal-untrusted", { reason: "no single given key matches" });
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return invalid("an algorithm not allowed");
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalid("the signature");
  return invalid("it cannot be read");
}

function claimFault(claim: string): CustodyError {
  switch (claim) {
    case "iss":
      return new CustodyError("signal-untrusted", { reason: "another issuer" });
    case "aud":
      return new CustodyError("signal-misdirected", { reason: "another audience" });
    case "nonce":
      return new CustodyError("signal-misdirected", { reason: "no nonce" });
    case "nbf":
      return new CustodyError("signal-expired", { reason: "not yet valid" });
    default:
      return new CustodyError("signal-invalid", { reason: "a claim is missing or unreadable" });
  }
}

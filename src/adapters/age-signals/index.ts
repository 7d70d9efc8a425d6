/**
 * `custody/age-signals`: from what a platform, a wallet or a vendor says about an age to the
 * arguments of `subjects.addEvidence`. Readers take unsigned answers, which can be forged;
 * verifiers take signed tokens.
 */
export type { AgeSignal } from "../../core/age-signal.js";
export type { BoundClaims } from "./age-claims.js";
export { readAppleAgeRange } from "./apple-age-range.js";
export { CHAIN_CERTIFICATES_MAX, TRUST_ANCHORS_MAX } from "./certificate-chain.js";
export type { IssuerOptions, SignalAlgorithm } from "./issuer-keys.js";
export {
  ISSUER_KEYS_MAX,
  NONCE_CHARACTERS_MIN,
  SIGNAL_ALGORITHMS,
  TOKEN_CHARACTERS_MAX,
} from "./issuer-keys.js";
export type { JwtSignalOptions, JwtSignalVerifier } from "./jwt-signal.js";
export { jwtSignal } from "./jwt-signal.js";
export type { MdocSession, MdocSignalOptions, MdocSignalVerifier } from "./mdoc-signal.js";
export { EU_AGE_VERIFICATION, mdocSignal } from "./mdoc-signal.js";
export type { OsAgeBracket } from "./os-age-bracket.js";
export { OS_AGE_BRACKETS, readOsAgeBracket } from "./os-age-bracket.js";
export { readPlayAgeSignals } from "./play-age-signals.js";
export type { SdJwtSignalOptions, SdJwtSignalVerifier } from "./sd-jwt-signal.js";
export { KEY_BINDING_AGE_MS_MAX, sdJwtSignal } from "./sd-jwt-signal.js";

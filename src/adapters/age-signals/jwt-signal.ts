/** An age token in the form of a signed JWT (RFC 7519), as vendors of age assurance issue them. */
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
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
  requireToken,
  signalFault,
} from "./issuer-keys.js";

export type JwtSignalOptions = IssuerOptions;

export interface JwtSignalVerifier {
  /**
   * Checks the signature, `iss`, `aud`, `exp`, `nbf` and `nonce`, and reads what the token says of
   * an age. That the token is about the person who sends it is not known from it: the nonce binds
   * it to a session, and the session is the application's.
   * @throws `signal-invalid`, `signal-untrusted`, `signal-misdirected`, `signal-expired`,
   * `option-invalid`, `limit-exceeded`
   */
  verify(token: string, session: { readonly nonce: string }): Promise<AgeSignal>;
}

const Options = z.strictObject(ISSUER_SHAPE);
const REQUIRED_CLAIMS = ["exp", "nonce"];

/** @throws `option-unknown`, `option-invalid` */
export function jwtSignal(options: JwtSignalOptions): JwtSignalVerifier {
  const known = readOptions(Options, options, "jwtSignal");
  const keys = keySetOf(known.jwks);
  return Object.freeze({
    verify: async (token: string, session: { readonly nonce: string }) => {
      const nonce = requireNonce(session?.nonce);
      const payload = await openToken(requireToken(token), keys, known);
      if (payload.nonce !== nonce) {
        throw new CustodyError("signal-misdirected", { reason: "another nonce" });
      }
      const { source, assurance, bounds } = known;
      return verifiedSignal({
        ...ageSaid(source, payload, bounds),
        assurance,
        validUntil: instantOf(payload.exp),
        tokenDigest: base64url(sha256(utf8(token))),
      });
    },
  });
}

async function openToken(
  token: string,
  keys: JWTVerifyGetKey,
  known: z.output<typeof Options>,
): Promise<JWTPayload> {
  const { issuer, audience, algorithms, now } = known;
  const currentDate = new Date(now());
  const requiredClaims = REQUIRED_CLAIMS;
  try {
    const check = { issuer, audience, algorithms, currentDate, requiredClaims };
    return (await jwtVerify(token, keys, check)).payload;
  } catch (error) {
    throw signalFault(error);
  }
}

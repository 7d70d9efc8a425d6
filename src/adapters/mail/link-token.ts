/**
 * The token in a parent's link: a compact JWS (HS256) that says which request, which step and which
 * choice, and nothing about a person.
 *
 * It is deterministic. A resend after a crash carries the same links, and there is exactly one
 * spelling of each token, so that reading it means making it again and comparing.
 */
import { CompactSign, compactVerify } from "jose";
import { z } from "zod";
import { CustodyError } from "../../errors.js";
import { base64url, equalBytes, hmacSha256, text, utf8 } from "../../lib/bytes.js";
import { canonicalBytes, type Json } from "../../lib/canonical.js";

export const LINK_TOKEN_CHARACTERS_MAX = 2_048;

export const LINK_CHOICES = ["yes", "yes-separate", "no", "not-a-parent", "confirm"] as const;
export type LinkChoice = (typeof LINK_CHOICES)[number];
export type LinkStep = 1 | 2;

export interface Link {
  readonly request: string;
  readonly step: LinkStep;
  readonly choice: LinkChoice;
  /**
   * What the parent was shown beside the link. It is not in the token but its digest is: a token
   * read against any other offer is invalid, so that a yes cannot be moved to purposes or a notice
   * that were changed afterwards.
   */
  readonly offer: Json;
  /** Epoch milliseconds. */
  readonly lapsesAt: number;
}

/** What a token says before its offer was compared. */
export interface LinkClaims {
  readonly req: string;
  readonly step: LinkStep;
  readonly choice: LinkChoice;
  /**
   * RFC 7519 NumericDate: seconds, with a fraction, so that no token lives a millisecond longer.
   */
  readonly exp: number;
  readonly jti: string;
}

const HEADER = { alg: "HS256", typ: "custody-link" } as const;

const Claims = z.strictObject({
  req: z.string(),
  step: z.union([z.literal(1), z.literal(2)]),
  choice: z.enum(LINK_CHOICES),
  exp: z.number(),
  jti: z.string(),
});

export interface LinkTokens {
  issue(link: Link): Promise<string>;
  /**
   * The claims of a token that this key made for this request. Neither its time nor its offer has
   * been looked at.
   * @throws `token-invalid` for everything else
   */
  open(token: string, request: string): Promise<LinkClaims>;
  /** True when the token was made for exactly this offer. */
  matches(claims: LinkClaims, offer: Json): boolean;
}

/**
 * Keys are derived from the secret and the verifier's name: two verifiers with one secret cannot
 * read each other.
 */
export function linkTokens(secret: Uint8Array, verifier: string): LinkTokens {
  const key = hmacSha256(secret, utf8(`custody/link/1/${verifier}`));
  const idKey = hmacSha256(secret, utf8(`custody/link-id/1/${verifier}`));

  const idOf = (req: string, step: LinkStep, choice: LinkChoice, offer: Json) =>
    base64url(hmacSha256(idKey, canonicalBytes([req, step, choice, offer])));

  const write = (claims: LinkClaims) =>
    new CompactSign(canonicalBytes({ ...claims })).setProtectedHeader(HEADER).sign(key);

  return {
    issue({ request: req, step, choice, offer, lapsesAt }) {
      return write({
        req,
        step,
        choice,
        exp: lapsesAt / 1_000,
        jti: idOf(req, step, choice, offer),
      });
    },
    async open(token, request) {
      const claims = await openSigned(token, key);
      if (claims === undefined || claims.req !== request) throw invalid(request);
      // Base64url has spare bits and JSON has spare spellings: only the spelling that we issue is
      // accepted.
      if (!equalBytes(utf8(await write(claims)), utf8(token))) throw invalid(request);
      return claims;
    },
    matches(claims, offer) {
      const expected = idOf(claims.req, claims.step, claims.choice, offer);
      return equalBytes(utf8(expected), utf8(claims.jti));
    },
  };
}

async function openSigned(token: unknown, key: Uint8Array): Promise<LinkClaims | undefined> {
  if (typeof token !== "string" || token.length > LINK_TOKEN_CHARACTERS_MAX) return undefined;
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [HEADER.alg] });
    return Claims.parse(JSON.parse(text(payload)));
  } catch {
    return undefined;
  }
}

function invalid(request: string): CustodyError {
  return new CustodyError("token-invalid", { id: request });
}

/** An issuer of tests with its own keys, and what every token test says at the same moment. */
import type { webcrypto } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import type { IssuerOptions } from "../../../src/adapters/age-signals/index.js";
import { CustodyError } from "../../../src/errors.js";

export const NOW_MS = Date.parse("2026-05-01T12:00:00.000Z");
export const NOW_S = NOW_MS / 1_000;
export const ISSUER = "https://ages.example";
export const AUDIENCE = "pace.example";
export const NONCE = "nonce-of-this-session-1";
export const OTHER_NONCE = "nonce-of-another-session";

export interface Keys {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

export async function keysOf(alg: string, kid?: string): Promise<Keys> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const id = kid === undefined ? {} : { kid };
  const publicJwk = { ...(await exportJWK(publicKey)), ...id };
  return { privateKey, publicJwk, privateJwk: { ...(await exportJWK(privateKey)), ...id } };
}

export function optionsWith(keys: Keys, more: Partial<IssuerOptions> = {}): IssuerOptions {
  return {
    issuer: ISSUER,
    jwks: { keys: [keys.publicJwk] },
    audience: AUDIENCE,
    source: "estimation",
    assurance: "enhanced",
    now: () => NOW_MS,
    ...more,
  };
}

/** The code of the refusal; the error must hold neither the token nor a part of it. */
export async function codeOf(act: Promise<unknown>, secrets: readonly string[]): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof CustodyError)) throw error;
    const shown = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
    for (const secret of secrets) {
      for (const part of secret.split(/[.~]/).filter((one) => one.length > 8)) {
        if (shown.includes(part)) throw new Error("the error shows a part of the token");
      }
    }
    if (error.cause !== undefined) throw new Error("the error keeps a cause");
    return error.code;
  }
  return "accepted";
}

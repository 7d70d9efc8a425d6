import { compactVerify, importJWK } from "jose";
import { CustodyError } from "../errors.js";
import { base64url, equalBytes, fromBase64url, sha256, text, utf8 } from "./bytes.js";
import { canonical, canonicalBytes, type Json } from "./canonical.js";

/**
 * The public half of an Ed25519 key as a JWK (RFC 8037). Further members are allowed and ignored.
 */
export interface PublicJwk {
  readonly kty: string;
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly kid?: string | undefined;
}

export interface JwsHeader {
  readonly alg: "EdDSA";
  readonly kid: string;
  readonly typ: string;
}

/** The longest token that is opened or made, in characters. */
export const JWS_CHARACTERS_MAX = 64 * 1024 * 1024;

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** The header says EdDSA; "Ed25519" is the name that RFC 9864 gives the same thing. */
const JOSE_ALGORITHMS = ["EdDSA", "Ed25519"];

/**
 * A compact JWS (RFC 7515) over canonical JSON. The bytes to be signed are made here and handed to
 * `sign`, since the key may live in another machine; its answer is not verified here. Throws
 * `certificate-invalid` when the answer is no Ed25519 signature, `limit-exceeded`, and what
 * `canonical` throws.
 */
export async function compactJws(token: {
  readonly header: JwsHeader;
  readonly payload: Json;
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}): Promise<string> {
  const { alg, kid, typ } = token.header;
  const header = base64url(canonicalBytes({ alg, kid, typ }));
  const input = `${header}.${base64url(canonicalBytes(token.payload))}`;
  const signature = await token.sign(utf8(input));
  if (signature.length !== SIGNATURE_BYTES) throw invalid("signature length");
  const jws = `${input}.${base64url(signature)}`;
  requireLength(jws);
  return jws;
}

/**
 * Opens a token, or throws. There is one spelling of a token: three parts in canonical base64url, a
 * header of exactly `alg`, `kid` and `typ`, canonical JSON inside, so that no changed character is
 * without effect. Of the keys, only the one that the token names is tried; nothing inside the token
 * can bring a key along.
 *
 * Whether that key was allowed to sign at that time is not checked here.
 *
 * Throws `certificate-unsigned` (no EdDSA), `certificate-wrong-key` (none of `keys`),
 * `limit-exceeded`, and `certificate-invalid` for everything else.
 */
export async function openJws(
  jws: string,
  keys: readonly PublicJwk[],
  typ: string,
): Promise<{ header: JwsHeader; payload: Json }> {
  requireLength(jws);
  const parts = jws.split(".");
  const [encodedHeader, encodedPayload, encodedSignature] = parts;
  if (
    parts.length !== 3 ||
    encodedHeader === undefined ||
    encodedPayload === undefined ||
    encodedSignature === undefined
  ) {
    throw invalid("it has not three parts");
  }
  const header = readHeader(readPart(encodedHeader, "header"), typ);
  const payloadBytes = readPart(encodedPayload, "payload");
  if (readPart(encodedSignature, "signature").length !== SIGNATURE_BYTES) {
    throw invalid("signature length");
  }
  const key = keys.find((candidate) => (candidate.kid ?? thumbprintOf(candidate)) === header.kid);
  if (key === undefined) throw new CustodyError("certificate-wrong-key", { kid: header.kid });
  await verifySignature(jws, key);
  return { header, payload: readJson(payloadBytes, "payload") };
}

/**
 * The RFC 7638 thumbprint (SHA-256, base64url) of an Ed25519 key, used as its `kid`.
 * Throws `option-invalid` for any other kind of key.
 */
export function jwkThumbprint(jwk: PublicJwk): string {
  const thumbprint = thumbprintOf(jwk);
  if (thumbprint === undefined) {
    throw new CustodyError("option-invalid", { path: "jwk", reason: "not a public Ed25519 key" });
  }
  return thumbprint;
}

function thumbprintOf(jwk: PublicJwk): string | undefined {
  const key = ed25519(jwk);
  return key && base64url(sha256(canonicalBytes({ crv: key.crv, kty: key.kty, x: key.x })));
}

function ed25519(jwk: PublicJwk): { kty: "OKP"; crv: "Ed25519"; x: string } | undefined {
  if (jwk.kty !== "OKP" || jwk.crv !== "Ed25519" || jwk.x === undefined) return undefined;
  if (fromBase64url(jwk.x)?.length !== KEY_BYTES) return undefined;
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
}

async function verifySignature(jws: string, jwk: PublicJwk): Promise<void> {
  const key = ed25519(jwk);
  if (key === undefined) throw invalid("the key is not an Ed25519 key");
  try {
    await compactVerify(jws, await importJWK(key, "EdDSA"), { algorithms: JOSE_ALGORITHMS });
  } catch (cause) {
    throw invalid("signature", cause);
  }
}

function readHeader(bytes: Uint8Array, typ: string): JwsHeader {
  const header = readJson(bytes, "header");
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw invalid("header");
  }
  const { alg, kid, typ: found, ...others } = header as { readonly [name: string]: Json };
  if (alg !== "EdDSA") throw new CustodyError("certificate-unsigned");
  if (Object.keys(others).length > 0) throw invalid("a header member that is not allowed");
  if (found !== typ) throw invalid("type");
  if (typeof kid !== "string" || kid === "") throw invalid("kid");
  return { alg, kid, typ };
}

function readPart(part: string, name: string): Uint8Array {
  const bytes = fromBase64url(part);
  if (bytes === undefined) throw invalid(`${name} encoding`);
  return bytes;
}

/**
 * JSON that is written in any other way than the canonical one is refused, repeated members
 * included.
 */
function readJson(bytes: Uint8Array, name: string): Json {
  let value: Json;
  let written: string;
  try {
    value = JSON.parse(text(bytes)) as Json;
    written = canonical(value);
  } catch (cause) {
    throw invalid(`${name} is not JSON`, cause);
  }
  if (!equalBytes(utf8(written), bytes)) throw invalid(`${name} is not canonical`);
  return value;
}

function requireLength(jws: string): void {
  if (jws.length > JWS_CHARACTERS_MAX) {
    throw new CustodyError("limit-exceeded", {
      limit: "JWS_CHARACTERS_MAX",
      max: JWS_CHARACTERS_MAX,
    });
  }
}

function invalid(reason: string, cause?: unknown): CustodyError {
  return new CustodyError("certificate-invalid", { reason }, { cause });
}

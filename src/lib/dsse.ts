import { verify } from "node:crypto";
import { CustodyError } from "../errors.js";
import { base64, concat, equalBytes, fromBase64, text, utf8 } from "./bytes.js";
import { canonical, canonicalBytes, type Json } from "./canonical.js";
import { jwkThumbprint, type PublicJwk } from "./jws.js";
import { publicKeyOf } from "./public-key.js";

/**
 * DSSE v1.0 envelopes (secure-systems-lab/dsse): a payload with its type, signed together in the
 * pre-authentication encoding, so that nothing has to be parsed before the signature is checked.
 */

/** The longest envelope that is made or opened, in characters. */
export const ENVELOPE_CHARACTERS_MAX = 64 * 1024 * 1024;
const SIGNATURE_BYTES = 64;

/** How an envelope can fail before anybody reads what is in it. */
export const ENVELOPE_REASONS = [
  "envelope",
  "payload-type",
  "signatures",
  "wrong-key",
  "signature",
  "payload",
] as const;
type EnvelopeReason = (typeof ENVELOPE_REASONS)[number];

/** What is signed: `DSSEv1`, then the type and the payload, each with its length in bytes. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  const head = `DSSEv1 ${type.length} ${payloadType} ${payload.length} `;
  return concat(utf8(head), payload);
}

/**
 * An envelope with one Ed25519 signature, as canonical JSON. The bytes to be signed are handed to
 * `sign`, since the key may live in another machine; its answer is not verified here.
 * @throws `attestation-invalid` when the answer is no Ed25519 signature, `limit-exceeded`, and what
 * `canonical` throws
 */
export async function dsseEnvelope(content: {
  readonly payloadType: string;
  readonly payload: Json;
  readonly keyid: string;
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>;
}): Promise<string> {
  const { payloadType, keyid } = content;
  const payload = canonicalBytes(content.payload);
  const signature = await content.sign(preAuthEncoding(payloadType, payload));
  if (signature.length !== SIGNATURE_BYTES) throw invalid("signature");
  const signatures = [{ keyid, sig: base64(signature) }];
  const envelope = canonical({ payload: base64(payload), payloadType, signatures });
  requireLength(envelope);
  return envelope;
}

/**
 * Opens an envelope, or throws. DSSE leaves the spelling of an envelope open and its key id
 * unsigned; here there is one spelling (canonical JSON, canonical base64, exactly one signature)
 * and the key id must be the one of the key that signed, so that no changed character is without
 * effect. Of the keys only the one that is named is tried.
 * @throws `attestation-invalid` with one of `ENVELOPE_REASONS`, `limit-exceeded`
 */
export function openEnvelope(
  envelope: string,
  keys: readonly PublicJwk[],
  payloadType: string,
): Json {
  requireLength(envelope);
  const { payload, type, signatures } = partsOf(envelope);
  if (type !== payloadType) throw invalid("payload-type");
  const [only] = signatures;
  if (only === undefined || signatures.length !== 1) throw invalid("signatures");
  const bytes = fromBase64(payload);
  const signature = fromBase64(only.sig);
  if (bytes === undefined) throw invalid("envelope");
  if (signature?.length !== SIGNATURE_BYTES) throw invalid("signature");
  const key = keys.find((one) => (one.kid ?? jwkThumbprint(one)) === only.keyid);
  if (key === undefined) throw invalid("wrong-key");
  if (!verify(null, preAuthEncoding(type, bytes), publicKeyOf(key), signature)) {
    throw invalid("signature");
  }
  return read(bytes, "payload");
}

interface Parts {
  readonly payload: string;
  readonly type: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

function partsOf(envelope: string): Parts {
  const members = membersOf(read(utf8(envelope), "envelope"), [
    "payload",
    "payloadType",
    "signatures",
  ]);
  const { payload, payloadType: type, signatures } = members;
  if (typeof payload !== "string" || typeof type !== "string" || !Array.isArray(signatures)) {
    throw invalid("envelope");
  }
  const listed = signatures.map((one) => {
    const { keyid, sig } = membersOf(one, ["keyid", "sig"]);
    if (typeof keyid !== "string" || typeof sig !== "string") throw invalid("signatures");
    return { keyid, sig };
  });
  return { payload, type, signatures: listed };
}

function membersOf(value: Json | undefined, names: readonly string[]): { [name: string]: Json } {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).join() !== names.join()) throw invalid("envelope");
  return { ...(value as { readonly [name: string]: Json }) };
}

function read(bytes: Uint8Array, reason: "envelope" | "payload"): Json {
  try {
    const value = JSON.parse(text(bytes)) as Json;
    if (equalBytes(canonicalBytes(value), bytes)) return value;
  } catch (cause) {
    throw invalid(reason, cause);
  }
  throw invalid(reason);
}

function requireLength(envelope: string): void {
  if (envelope.length <= ENVELOPE_CHARACTERS_MAX) return;
  const limit = { limit: "ENVELOPE_CHARACTERS_MAX", max: ENVELOPE_CHARACTERS_MAX };
  throw new CustodyError("limit-exceeded", limit);
}

function invalid(reason: EnvelopeReason, cause?: unknown): CustodyError {
  return new CustodyError("attestation-invalid", { reason }, { cause });
}

import { createHash, createHmac, hash, timingSafeEqual } from "node:crypto";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The UTF-8 bytes of a text. A lone surrogate becomes U+FFFD, as in every web encoder. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** The text of UTF-8 bytes. Bytes that are not UTF-8 throw a TypeError instead of being patched. */
export function text(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** RFC 4648 section 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  return view(bytes).toString("base64url");
}

/**
 * Decodes unpadded base64url, and only its canonical form: node skips characters it does not know
 * and drops stray bits, so the result is encoded again and compared. Two different texts never give
 * the same bytes.
 */
export function fromBase64url(text: string): Uint8Array | undefined {
  const bytes = plain(Buffer.from(text, "base64url"));
  return base64url(bytes) === text ? bytes : undefined;
}

/** RFC 4648 section 4, with padding. */
export function base64(bytes: Uint8Array): string {
  return view(bytes).toString("base64");
}

/** Decodes padded base64; like `fromBase64url`, only the canonical form is accepted. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = plain(Buffer.from(text, "base64"));
  return base64(bytes) === text ? bytes : undefined;
}

/** Lowercase hexadecimal digits, two for each byte. */
export function hex(bytes: Uint8Array): string {
  return view(bytes).toString("hex");
}

/**
 * Decodes lowercase hexadecimal digits; upper case, odd lengths and foreign characters are
 * undefined.
 */
export function fromHex(text: string): Uint8Array | undefined {
  const bytes = plain(Buffer.from(text, "hex"));
  return hex(bytes) === text ? bytes : undefined;
}

/** The parts one after the other, in a new array that shares memory with none of them. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** SHA-256 over the parts as if they were one: the borders between them are not hashed. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return plain(hash("sha256", only, "buffer"));
  const state = createHash("sha256");
  for (const part of parts) state.update(part);
  return plain(state.digest());
}

/** SHA-256 in hexadecimal; a string is hashed as its UTF-8 bytes. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash("sha256", data, "hex");
}

/** HMAC-SHA-256 over the parts as if they were one: the borders between them are not hashed. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = createHmac("sha256", key);
  for (const part of parts) state.update(part);
  return plain(state.digest());
}

/** Compares contents in a time that depends on the lengths only, which are not secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Out of node's shared pool: a Buffer's `.buffer` would show its neighbours, and deep equality
 * would see its class.
 */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}

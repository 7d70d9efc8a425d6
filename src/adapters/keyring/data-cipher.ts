/**
 * AES-256-GCM in the keyring's one format: byte 1, nonce (12 bytes), ciphertext, tag (16 bytes).
 *
 * Nonces are random. With 96 bits a key may seal 2^32 times before a repetition becomes likely
 * enough to matter (NIST SP 800-38D, 8.3); a key here belongs to one basis and category and stays
 * far below.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
} from "node:crypto";
import { CustodyError } from "../../errors.js";
import { utf8 } from "../../lib/bytes.js";
import type { RandomBytes } from "../../lib/id.js";
import type { KeyScope } from "../../ports/keyring.js";

export const KEY_BYTES = 32;
/** The longest value that is sealed at once, in bytes. */
export const PLAIN_BYTES_MAX = 64 * 1024 * 1024;

const ALGORITHM = "aes-256-gcm";
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;
/**
 * Nonces come in blocks: one call of the random source for 341 of them costs a third of 341 calls.
 */
const NONCE_BLOCK_BYTES = 341 * NONCE_BYTES;

/** Random nonces, drawn in blocks; no nonce is given out twice. */
export class NoncePool {
  readonly #random: RandomBytes;
  #block: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  take(): Uint8Array {
    if (this.#used + NONCE_BYTES > this.#block.length) {
      this.#block = drawBytes(this.#random, NONCE_BLOCK_BYTES);
      this.#used = 0;
    }
    const nonce = this.#block.subarray(this.#used, this.#used + NONCE_BYTES);
    this.#used += NONCE_BYTES;
    return nonce;
  }
}

/** Exactly `count` bytes from the source. @throws `option-invalid` when it gives another number */
export function drawBytes(random: RandomBytes, count: number): Uint8Array {
  const bytes = random(count);
  if (bytes.length === count) return bytes;
  throw new CustodyError("option-invalid", { path: "random", reason: `${count} bytes expected` });
}

/**
 * A fresh key. The bytes it was made from are overwritten; the key object can not be, only
 * forgotten.
 */
export function newKey(random: RandomBytes): KeyObject {
  const bytes = drawBytes(random, KEY_BYTES);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** @throws `limit-exceeded` */
export function sealBytes(
  key: KeyObject,
  plain: Uint8Array,
  bound: Uint8Array,
  nonces: NoncePool,
): Uint8Array {
  if (plain.length > PLAIN_BYTES_MAX) {
    throw new CustodyError("limit-exceeded", { limit: "PLAIN_BYTES_MAX", max: PLAIN_BYTES_MAX });
  }
  const nonce = nonces.take();
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound);
  const sealed = new Uint8Array(HEAD_BYTES + plain.length + TAG_BYTES);
  sealed[0] = FORMAT;
  sealed.set(nonce, 1);
  sealed.set(cipher.update(plain), HEAD_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), HEAD_BYTES + plain.length);
  return sealed;
}

/**
 * The plain bytes, or undefined for another key, other bound bytes, a changed byte or an unknown
 * format.
 */
export function openBytes(
  key: KeyObject,
  sealed: Uint8Array,
  bound: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== FORMAT) return undefined;
  const nonce = sealed.subarray(1, HEAD_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(HEAD_BYTES, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    return undefined;
  }
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
}

/** HMAC-SHA-256 in lowercase hexadecimal. */
export function keyedHash(key: KeyObject, value: Uint8Array): string {
  return createHmac("sha256", key).update(value).digest("hex");
}

/**
 * The place of a wrapped key, bound to it: moved to another scope, epoch or store it does not open.
 */
export interface WrapPlace {
  readonly storeId: string;
  readonly epoch: number;
  readonly scope: KeyScope;
}

/** A data key sealed under the key of an epoch. */
export function wrapKey(
  wrapping: KeyObject,
  data: KeyObject,
  place: WrapPlace,
  nonces: NoncePool,
): Uint8Array {
  const bytes = data.export();
  const wrapped = sealBytes(wrapping, bytes, boundTo(place), nonces);
  bytes.fill(0);
  return wrapped;
}

/** The data key, or undefined when it was not wrapped by this key for this place. */
export function unwrapKey(
  wrapping: KeyObject,
  wrapped: Uint8Array,
  place: WrapPlace,
): KeyObject | undefined {
  const bytes = openBytes(wrapping, wrapped, boundTo(place));
  if (bytes === undefined || bytes.length !== KEY_BYTES) return undefined;
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function boundTo({ storeId, epoch, scope }: WrapPlace): Uint8Array {
  const parts = ["custody wrapped key", 1, storeId, epoch, scope.basis, scope.category];
  return utf8(JSON.stringify(parts));
}

/** The key service over a token. What it promises is written at the port. */
import { concat } from "../../lib/bytes.js";
import type { RandomBytes } from "../../lib/id.js";
import type { KeyManagement, KeyVersionState } from "../../ports/key-management.js";
import { NoncePool } from "../keyring/data-cipher.js";
import { newestStays, requireWrappable, wrappedDamaged, wrappingKeyGone } from "../kms-rules.js";
import type { Token } from "./token.js";

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;

/** A wrapped text is format byte 1, nonce, ciphertext, tag. */
export class Pkcs11Kms implements KeyManagement {
  readonly name = "pkcs11";
  readonly keyId: string;
  readonly #token: Token;
  readonly #nonces: NoncePool;

  constructor(token: Token, keyId: string, random: RandomBytes) {
    this.keyId = keyId;
    this.#token = token;
    this.#nonces = new NoncePool(random);
  }

  async newest(): Promise<number> {
    return Math.max(...this.#token.versions().keys());
  }

  async wrap(version: number, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    this.#requireLive(version);
    requireWrappable(plain);
    const nonce = this.#nonces.take();
    const sealed = this.#token.encrypt(version, plain, nonce, bound);
    return concat(Uint8Array.of(FORMAT), nonce, sealed);
  }

  async unwrap(version: number, wrapped: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    this.#requireLive(version);
    const whole = wrapped.length >= HEAD_BYTES + TAG_BYTES && wrapped[0] === FORMAT;
    const [nonce, sealed] = [wrapped.subarray(1, HEAD_BYTES), wrapped.subarray(HEAD_BYTES)];
    const plain = whole ? this.#token.decrypt(version, sealed, nonce, bound) : undefined;
    if (plain === undefined) throw wrappedDamaged(this, version);
    return plain;
  }

  async rotate(): Promise<number> {
    const next = (await this.newest()) + 1;
    this.#token.generate(next);
    return next;
  }

  async destroy(version: number): Promise<KeyVersionState> {
    const versions = this.#token.versions();
    if (version === Math.max(...versions.keys())) throw newestStays(this, version);
    if (versions.has(version)) this.#token.remove(version);
    return this.inspect(version);
  }

  async inspect(version: number): Promise<KeyVersionState> {
    return { state: this.#token.versions().has(version) ? "live" : "destroyed" };
  }

  async close(): Promise<void> {
    this.#token.close();
  }

  #requireLive(version: number): void {
    if (!this.#token.versions().has(version)) throw wrappingKeyGone(this, version);
  }
}

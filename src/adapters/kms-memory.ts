/**
 * A key service in memory, for tests and for trying out. With `destroyAfterMs` it behaves like a
 * cloud's: a destruction is scheduled first, and done when the clock says so.
 */
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { CustodyError } from "../errors.js";
import type { RandomBytes } from "../lib/id.js";
import { instantText } from "../lib/instant.js";
import type { KeyManagement, KeyVersionState } from "../ports/key-management.js";
import { NoncePool, newKey, openBytes, sealBytes } from "./keyring/data-cipher.js";
import { newestStays, requireWrappable, wrappedDamaged, wrappingKeyGone } from "./kms-rules.js";
import { readOptions } from "./option-reading.js";

export interface KmsMemoryOptions {
  readonly keyId: string;
  readonly random: RandomBytes;
  /** Epoch milliseconds; read only with `destroyAfterMs`. @default a clock that stands still */
  readonly now?: (() => number) | undefined;
  /** How long a destruction waits, in milliseconds. @default 0: it is done at once */
  readonly destroyAfterMs?: number | undefined;
}

const Options = z.strictObject({
  keyId: z.string().min(1).max(200),
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
  now: z.custom<() => number>((given) => typeof given === "function").default(() => () => 0),
  destroyAfterMs: z.int().min(0).default(0),
});

/** At version 1. @throws `option-invalid`, `option-unknown` */
export function createKmsMemory(options: KmsMemoryOptions): KeyManagement {
  return new MemoryKms(readOptions(Options, options, "kms"));
}

interface Version {
  readonly key: KeyObject;
  /** Epoch milliseconds of a scheduled destruction. */
  goesAtMs?: number;
}

class MemoryKms implements KeyManagement {
  readonly name = "memory";
  readonly keyId: string;
  readonly #options: z.output<typeof Options>;
  readonly #nonces: NoncePool;
  readonly #versions = new Map<number, Version>();
  #newest = 0;
  #closed = false;

  constructor(options: z.output<typeof Options>) {
    this.keyId = options.keyId;
    this.#options = options;
    this.#nonces = new NoncePool(options.random);
    this.#add();
  }

  async newest(): Promise<number> {
    this.#settle();
    return this.#newest;
  }

  async wrap(version: number, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    const key = this.#live(version);
    requireWrappable(plain);
    return sealBytes(key, plain, bound, this.#nonces);
  }

  async unwrap(version: number, wrapped: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
    const plain = openBytes(this.#live(version), wrapped, bound);
    if (plain === undefined) throw wrappedDamaged(this, version);
    return plain;
  }

  async rotate(): Promise<number> {
    this.#settle();
    return this.#add();
  }

  async destroy(version: number): Promise<KeyVersionState> {
    this.#settle();
    if (version === this.#newest) throw newestStays(this, version);
    const known = this.#versions.get(version);
    const { now, destroyAfterMs } = this.#options;
    if (known !== undefined) known.goesAtMs ??= now() + destroyAfterMs;
    return this.inspect(version);
  }

  async inspect(version: number): Promise<KeyVersionState> {
    this.#settle();
    const known = this.#versions.get(version);
    if (known === undefined) return { state: "destroyed" };
    if (known.goesAtMs === undefined) return { state: "live" };
    return { state: "scheduled", at: instantText(known.goesAtMs) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#versions.clear();
  }

  #add(): number {
    this.#newest += 1;
    this.#versions.set(this.#newest, { key: newKey(this.#options.random) });
    return this.#newest;
  }

  #live(version: number): KeyObject {
    this.#settle();
    const known = this.#versions.get(version);
    if (known === undefined || known.goesAtMs !== undefined) throw wrappingKeyGone(this, version);
    return known.key;
  }

  /** What was to be destroyed by now is. */
  #settle(): void {
    if (this.#closed) throw new CustodyError("store-closed");
    for (const [version, { goesAtMs }] of this.#versions) {
      if (goesAtMs !== undefined && goesAtMs <= this.#options.now()) this.#versions.delete(version);
    }
  }
}

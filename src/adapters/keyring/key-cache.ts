/**
 * Unwrapped keys of this process: few, for a short time, and gone at once when their basis is
 * destroyed.
 */
import type { KeyObject } from "node:crypto";

interface Held {
  readonly key: KeyObject;
  readonly sinceMs: number;
}

/**
 * Oldest out first. A key's life counts from when it was unwrapped, not from its last use, so the
 * oldest entry is also the one that dies next. A clock that stands wrong (backwards, NaN) makes
 * entries useless, never immortal.
 */
export class KeyCache {
  readonly #held = new Map<string, Held>();
  readonly #maxKeys: number;
  readonly #lifeMs: number;
  readonly #now: () => number;

  constructor(limits: {
    readonly maxKeys: number;
    readonly lifeMs: number;
    readonly now: () => number;
  }) {
    this.#maxKeys = limits.maxKeys;
    this.#lifeMs = limits.lifeMs;
    this.#now = limits.now;
  }

  get size(): number {
    return this.#held.size;
  }

  get(name: string): KeyObject | undefined {
    const held = this.#held.get(name);
    if (held === undefined) return undefined;
    if (this.#fresh(held)) return held.key;
    this.#held.delete(name);
    return undefined;
  }

  put(name: string, key: KeyObject): void {
    this.#held.delete(name);
    for (const [oldest, held] of this.#held) {
      if (this.#held.size < this.#maxKeys && this.#fresh(held)) break;
      this.#held.delete(oldest);
    }
    this.#held.set(name, { key, sinceMs: this.#now() });
  }

  drop(name: string): void {
    this.#held.delete(name);
  }

  clear(): void {
    this.#held.clear();
  }

  #fresh(held: Held): boolean {
    const ageMs = this.#now() - held.sinceMs;
    return ageMs >= 0 && ageMs < this.#lifeMs;
  }
}

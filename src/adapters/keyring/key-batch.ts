/**
 * Scopes that wait for their first key. All that ask in one turn of the event loop share one
 * durable commit.
 */
import type { KeyScope } from "../../ports/keyring.js";
import { scopeName } from "./key-scope.js";

/** A batch this long is not made to wait for the end of the turn. */
export const KEYS_PER_COMMIT_MAX = 10_000;

interface Waiting {
  readonly scope: KeyScope;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

export class KeyBatch {
  readonly #make: (scopes: readonly KeyScope[]) => void;
  #waiting = new Map<string, Waiting>();

  /**
   * `make` is all or nothing and durable when it returns; what it throws is what all who wait are
   * told.
   */
  constructor(make: (scopes: readonly KeyScope[]) => void) {
    this.#make = make;
  }

  /** Resolves after the commit. That the key is still there then is not promised. */
  add(scope: KeyScope): Promise<void> {
    const name = scopeName(scope);
    const known = this.#waiting.get(name);
    if (known !== undefined) return known.done;
    const waiting = newWaiting({ basis: scope.basis, category: scope.category });
    this.#waiting.set(name, waiting);
    if (this.#waiting.size === 1) setImmediate(() => this.flush());
    if (this.#waiting.size >= KEYS_PER_COMMIT_MAX) this.flush();
    return waiting.done;
  }

  /** Commits what waits, now. */
  flush(): void {
    const batch = [...this.#waiting.values()];
    this.#waiting = new Map();
    if (batch.length === 0) return;
    try {
      this.#make(batch.map(({ scope }) => scope));
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const { resolve } of batch) resolve();
  }
}

function newWaiting(scope: KeyScope): Waiting {
  let resolve: Waiting["resolve"] = () => undefined;
  let reject: Waiting["reject"] = () => undefined;
  const done = new Promise<void>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  return { scope, done, resolve, reject };
}

/**
 * What a group of batches would make of the stored rows, held in memory until it is written. A
 * batch tries its changes on top of those of its neighbours; they are kept or dropped together.
 */
export class Layer<T> {
  readonly #stored: (key: string) => T | undefined;
  readonly #kept = new Map<string, T | undefined>();
  #tried = new Map<string, T | undefined>();

  constructor(stored: (key: string) => T | undefined) {
    this.#stored = stored;
  }

  /** As the store would be with everything kept and tried so far. */
  get(key: string): T | undefined {
    if (this.#tried.has(key)) return this.#tried.get(key);
    if (this.#kept.has(key)) return this.#kept.get(key);
    return this.#stored(key);
  }

  /** `undefined` is an erased row. */
  set(key: string, value: T | undefined): void {
    this.#tried.set(key, value);
  }

  keep(): void {
    for (const [key, value] of this.#tried) this.#kept.set(key, value);
    this.#tried = new Map();
  }

  drop(): void {
    this.#tried = new Map();
  }

  /** Each key that was changed, with what it is to be. */
  changes(): IterableIterator<[key: string, value: T | undefined]> {
    return this.#kept.entries();
  }
}

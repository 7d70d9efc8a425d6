/**
 * The journal of what was erased and decided, outside the store: so that an old copy of the store
 * can be brought up to date when it comes back. It holds rows as the store does, but no payload:
 * nothing that a person gave lies in it.
 */
export interface Journal {
  /** The store this journal belongs to. Opening it for another is `journal-foreign`. */
  readonly storeId: string;

  /**
   * Appends lines, in this order, after everything appended before. When it resolves they are
   * durable where `durable` says so, and else no later than with the next line that is.
   */
  append(lines: readonly string[], durable: boolean): Promise<void>;

  /**
   * Every line, in the order of appending. A last line that was only begun is none.
   * @throws `store-damaged`
   */
  lines(): AsyncIterable<string>;

  /** The last line, or undefined; cheap, for it is read whenever a client opens. */
  last(): Promise<string | undefined>;

  close(): Promise<void>;
}

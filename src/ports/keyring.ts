/**
 * The keyring: one data key per basis and category, wrapped under the key of the present epoch.
 *
 * The consent is the key: a value is sealed with the key of the basis that let it in, and
 * destroying a basis' keys makes every copy of what was sealed with them unreadable. The keyring
 * never lies in the store's own files.
 */

/**
 * What a data key is for: a basis (a consent's, an exception's, a subject's evidence) and a
 * category of data.
 */
export interface KeyScope {
  /** An id: `bas_…` for records, `sub_…` for age evidence, `req_…` for a parent's contact. */
  readonly basis: string;
  readonly category: string;
}

export interface Keyring {
  /** The store this keyring belongs to. Opening it for another store is `keyring-foreign`. */
  readonly storeId: string;

  /** The present epoch, from 1. */
  epoch(): Promise<number>;

  /**
   * Encrypts `plain` with the scope's key, made on first use, AES-256-GCM with a random 96-bit
   * nonce and `bound` as associated data. The key is durable before the promise resolves. Returns
   * format byte 1, nonce (12), ciphertext, tag (16).
   * @throws `key-destroyed` when the scope's key was destroyed: a destroyed scope never comes back.
   */
  seal(scope: KeyScope, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array>;

  /** @throws `key-destroyed`, `payload-damaged` (wrong key, wrong `bound`, or changed bytes) */
  open(scope: KeyScope, sealed: Uint8Array, bound: Uint8Array): Promise<Uint8Array>;

  /**
   * Destroys every key of the basis (or the one category), here and in caches of this process at
   * once, and in other processes before their next use. Idempotent. Copies of the keyring taken
   * earlier still hold the wrapped key until the next `rotate`.
   */
  destroy(basis: string, category?: string): Promise<void>;

  /**
   * What is there: the categories of a basis whose keys live, whether any was destroyed, and the
   * epoch at which it was. A certificate's `key-destroyed` needs `live` empty and an epoch closed
   * since, whose wrapping key is not `pending`.
   */
  inspect(basis: string): Promise<KeySight>;

  /**
   * Closes the epoch: makes a new wrapping key, re-wraps every live data key, destroys the old
   * wrapping key. From then on a copy of the keyring taken in an earlier epoch cannot be opened
   * (`epoch-closed`), and neither can anything whose key was destroyed before. Resumable: a crash
   * in the middle leaves the old or the new epoch, never neither. Resolves to the new epoch. Where
   * the old key is destroyed later, `inspect` says so.
   */
  rotate(): Promise<number>;

  /**
   * A keyed hash (HMAC-SHA-256, hex) under a key named for its use. For external ids; the value
   * itself is not kept.
   */
  index(use: string, value: Uint8Array): Promise<string>;

  close(): Promise<void>;
}

export interface KeySight {
  readonly live: readonly string[];
  /** Categories whose keys were destroyed, with the epoch in force at that moment. */
  readonly destroyed: readonly { readonly category: string; readonly epoch: number }[];
  /**
   * The oldest closed epoch whose wrapping key is not destroyed yet, where there is one: a key
   * service that waits keeps it `until` (ISO instant; "" when it could not be told so far). Copies
   * of the keyring from this epoch can still be opened by whoever calls the key back.
   */
  readonly pending?: { readonly epoch: number; readonly until: string };
}

/**
 * A key service as a keyring needs it: one wrapping key in numbered versions, which wraps the key
 * of an epoch and can be destroyed version by version. AWS KMS, Google Cloud KMS, Vault Transit and
 * a PKCS#11 token are of this shape; `docs/adding-a-kms.md` shows a page of each.
 *
 * One wrapping key belongs to one keyring, which alone rotates and destroys, under a lock of its
 * own: the two are never called at once. `wrap`, `unwrap`, `newest` and `inspect` may run at any
 * time, in any number of processes. `custody/testing` publishes the examination
 * (`keyManagementContract`).
 */

/** The longest text that is wrapped, in bytes: what AWS KMS takes in one call. */
export const WRAP_BYTES_MAX = 4_096;

export type KeyVersionState =
  | { readonly state: "live" }
  /**
   * The service refuses to use it and will destroy it at `at` (ISO instant). Until then whoever
   * runs the service can call it back, so nothing wrapped under it is dead.
   */
  | { readonly state: "scheduled"; readonly at: string }
  /** No key material is left, or the version never was. */
  | { readonly state: "destroyed" };

export interface KeyManagement {
  /** The kind of service, short and kebab-case, such as "pkcs11"; it stands in errors. */
  readonly name: string;
  /** Names the wrapping key in the service. Kept with the keyring; no secret. */
  readonly keyId: string;

  /** The greatest live version, from 1. There is always one. */
  newest(): Promise<number>;

  /**
   * Encrypts `plain` (at most `WRAP_BYTES_MAX`) under the version, authenticated, with `bound` as
   * associated data. Two calls never give the same text.
   * @throws `wrapping-key-gone` for a version that is not live, `limit-exceeded`, `kms-failed`
   */
  wrap(version: number, plain: Uint8Array, bound: Uint8Array): Promise<Uint8Array>;

  /**
   * @throws `payload-damaged` (another version, other bound bytes, a changed byte),
   * `wrapping-key-gone`, `kms-failed`
   */
  unwrap(version: number, wrapped: Uint8Array, bound: Uint8Array): Promise<Uint8Array>;

  /**
   * Makes a version greater than every other, durable when it resolves. Those before stay live; a
   * service with room for two may refuse a third with `state-conflict`.
   */
  rotate(): Promise<number>;

  /**
   * Destroys the version: from now on it neither wraps nor unwraps. Idempotent. Resolves to what
   * was reached: `destroyed` only when the material is gone, `scheduled` where the service waits.
   * @throws `state-conflict` for the newest version, `kms-failed`
   */
  destroy(version: number): Promise<KeyVersionState>;

  /** Looks. @throws `kms-failed` when it could not look: not knowing is not `destroyed` */
  inspect(version: number): Promise<KeyVersionState>;

  /** Idempotent; afterwards every call is `store-closed`. */
  close(): Promise<void>;
}

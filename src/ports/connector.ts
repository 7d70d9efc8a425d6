/**
 * A place where bytes of a node lie. The vault (the store's own sealed payloads), a folder, a
 * bucket, a vendor.
 *
 * A connector never reports a success of its own: `erase` does the work, `inspect` looks
 * afterwards, and only what was looked at goes on a certificate.
 */
import type { EvidenceLevel } from "../core/evidence-level.js";

export interface Sight {
  readonly present: boolean;
  /** The level at which absence was seen; meaningful when not `present`. */
  readonly level: EvidenceLevel;
  /** Closed sentences, no values: what was not looked at. */
  readonly notLookedAt: readonly string[];
}

export interface Connector {
  /** Short, kebab-case, unique in a client: it is written on certificates. */
  readonly name: string;
  /**
   * Removes the bytes at `ref`. Idempotent: a ref that is not there is a success. When it resolves
   * `inspect` answers absent. What cannot be removed (an object lock, a lost device) rejects with
   * `connector-failed`, never resolves.
   */
  erase(ref: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Looks. @throws `connector-failed` when it could not look: not knowing is not absence. */
  inspect(ref: string, options: { readonly signal: AbortSignal }): Promise<Sight>;
  /** Stops use without destroying, where the place can (a file made unreadable). Idempotent. */
  freeze?(ref: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Writes new bytes, where the place can: an export of a dataset. Never overwrites
   * (`export-exists`); durable, private to the owner, when it resolves; after a failure nothing is
   * left at `ref`.
   */
  write?(
    ref: string,
    chunks: AsyncIterable<Uint8Array>,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
}

/**
 * The ledger's events: one per step, free of personal data, each committing to every row it wrote.
 *
 * An event names what happened, when, who acted (an actor code of the application, never a person's
 * name), the ids it is about and a few closed codes and counts. `rows` holds the digest of each row
 * written in the same commit; `null` says the row was erased in it. Its leaf in the RFC 6962 tree
 * is the hash of its canonical bytes; its position in the tree is its sequence, given by the store.
 */
import { canonicalBytes, type Json } from "../lib/canonical.js";
import type { EventId } from "../lib/id.js";
import { type Row, type RowKey, rowDigest, rowName } from "./row.js";

export const EVENT_TYPES = [
  "store-created",
  "policy-adopted",
  "practice-changed",
  "screen-declared",
  "notice-published",
  "subject-registered",
  "evidence-added",
  "consent-requested",
  "consent-challenge-sent",
  "consent-step-done",
  "consent-answered",
  "consent-revoked",
  "consent-invalidated",
  "request-lapsed",
  "school-authorized",
  "parent-notice-answered",
  "guardian-asked",
  "guardian-challenge-failed",
  "guardian-answered",
  "guardian-reviewed",
  "guardian-refused-further",
  "record-collected",
  "record-erased",
  "data-disclosed",
  "recipients-instructed",
  "recipient-chased",
  "recipient-answered",
  "reply-forwarded",
  "deletion-requested",
  "retention-moved",
  "dataset-sealed",
  "dataset-exported",
  "model-begun",
  "model-completed",
  "model-reported",
  "model-cleared",
  "model-infeasible",
  "model-replaced",
  "model-state-changed",
  "node-derived",
  "order-opened",
  "order-frozen",
  "hold-placed",
  "hold-released",
  "plan-paged",
  "purge-planned",
  "purge-approved",
  "purge-started",
  "purge-steps-listed",
  "step-intended",
  "step-seen",
  "step-failed",
  "store-scrubbed",
  "basis-closed",
  "keys-destroyed",
  "epoch-rotated",
  "purge-finished",
  "certificate-issued",
  "store-replayed",
  "ledger-checkpointed",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export interface Event {
  readonly id: EventId;
  readonly type: EventType;
  /** ISO instant of the injected clock. */
  readonly at: string;
  /**
   * Who acted, as the application names its actors: a code such as "app", "cli" or "operator-7".
   */
  readonly actor: string;
  /** Ids, closed codes, counts and digests. Never a value, a contact or a name of a person. */
  readonly about: { readonly [key: string]: Json | undefined };
}

/** A row to write (put), or the key of one to erase. */
export type Write = { readonly put: Row } | { readonly erase: RowKey };

export interface LedgerEntry {
  readonly seq: number;
  /** The canonical bytes whose leaf hash is in the tree. */
  readonly bytes: Uint8Array;
}

/** The parsed form of an entry's bytes. */
export interface LedgerEvent extends Event {
  readonly version: 1;
  readonly rows: { readonly [name: string]: string | null };
}

/** The canonical bytes of an event with the digests of what was written in the same commit. */
export function eventBytes(event: Event, writes: readonly Write[]): Uint8Array {
  const rows: Record<string, string | null> = {};
  for (const write of writes) {
    if ("put" in write) rows[rowName(keyOf(write.put))] = rowDigest(write.put);
    else rows[rowName(write.erase)] = null;
  }
  return canonicalBytes({ version: 1, ...event, rows } as unknown as Json);
}

/** The key under which a row is found. */
export function keyOf(row: Row): RowKey {
  switch (row.table) {
    case "document":
      return { table: "document", kind: row.kind, id: row.id };
    case "record":
      return { table: "record", id: row.id };
    case "payload":
      return { table: "payload", record: row.record, category: row.category };
    case "edge":
      return { table: "edge", child: row.child, parent: row.parent, relation: row.relation };
    case "member":
      return { table: "member", set: row.set, chunk: row.chunk };
  }
}

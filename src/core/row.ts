/**
 * What a store keeps, as five shapes of row. Everything else (who may change what, what a status
 * is) is decided above; a store only keeps rows, keeps them together, and gives them back.
 *
 * No row holds a personal value in the clear. Values live in `payload` rows and in document members
 * whose name ends in `Sealed`; both are ciphertext under a data key of the keyring.
 */
import { sha256Hex, utf8 } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { BasisId, RecordId, SubjectId } from "../lib/id.js";

/** Small, versioned, found by kind and id, by owner, or by the moment something falls due. */
export const DOCUMENT_KINDS = [
  "alias",
  "artifact",
  "basis",
  "certificate",
  "checkpoint",
  "closure",
  "consent",
  "dataset",
  "disclosure",
  "export",
  "hold",
  "instruction",
  "model",
  "notice",
  "order",
  "page",
  "place",
  "policy",
  "purge",
  "request",
  "service",
  "session",
  "step",
  "subject",
] as const;

export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export interface DocumentRow {
  readonly table: "document";
  readonly kind: DocumentKind;
  readonly id: string;
  /**
   * 1 when created, one more at each write. The store refuses a write whose version does not
   * follow.
   */
  readonly version: number;
  /**
   * The id of what this belongs to (a consent's subject, a step's purge); "" when it stands alone.
   */
  readonly owner: string;
  /**
   * ISO instant at which something is to happen to it (a request lapses, a duty falls due); "" for
   * never.
   */
  readonly due: string;
  readonly body: { readonly [key: string]: Json | undefined };
}

/**
 * One collected record: how it got in. Written once; only `erasedAt` and `due` change afterwards.
 */
export interface RecordRow {
  readonly table: "record";
  readonly id: RecordId;
  /**
   * Given by the store when first written, unique, dense, never reused. 0 in a row not yet written.
   */
  readonly ordinal: number;
  readonly subject: SubjectId;
  readonly collection: string;
  readonly purpose: string;
  readonly basis: BasisId;
  /**
   * Where it came from ("app", "import", an app's own name); a code, never free text from a person.
   */
  readonly source: string;
  /**
   * ISO instant of the device, when it was earlier than arrival; else the arrival. The age then
   * decides.
   */
  readonly taken: string;
  readonly collected: string;
  /** ISO instant at which retention ends; "" only while a hold keeps it. */
  readonly due: string;
  /**
   * ISO instant of the erasure; "" while the payloads exist, and never again after it. A record row
   * outlives its payloads as a tombstone.
   */
  readonly erasedAt: string;
}

/**
 * The sealed values of one record in one personal-data category. Gone, not emptied, when erased.
 */
export interface PayloadRow {
  readonly table: "payload";
  readonly record: RecordId;
  readonly category: string;
  /** base64url of version, nonce, ciphertext and tag (see core/seal.ts). */
  readonly sealed: string;
  /** base64url, 16 random bytes: the salt of the row's digest in the ledger; dies with the row. */
  readonly salt: string;
}

/**
 * A typed lineage edge: `child` was made from `parent`. Membership of records in datasets is in
 * `member` rows.
 */
export interface EdgeRow {
  readonly table: "edge";
  readonly child: string;
  readonly parent: string;
  readonly relation: string;
}

/**
 * One chunk of a set of record ordinals: the members of a dataset, or what an order or plan
 * selected.
 */
export interface MemberRow {
  readonly table: "member";
  /** The dataset, order or purge whose set this is. */
  readonly set: string;
  readonly chunk: number;
  /** base64url of the roaring "portable" bytes of the low 16 bits. */
  readonly bitmap: string;
}

export type Row = DocumentRow | RecordRow | PayloadRow | EdgeRow | MemberRow;
export type TableName = Row["table"];

export type RowKey =
  | { readonly table: "document"; readonly kind: DocumentKind; readonly id: string }
  | { readonly table: "record"; readonly id: string }
  | { readonly table: "payload"; readonly record: string; readonly category: string }
  | {
      readonly table: "edge";
      readonly child: string;
      readonly parent: string;
      readonly relation: string;
    }
  | { readonly table: "member"; readonly set: string; readonly chunk: number };

/** The row's name in the ledger: stable, free of personal data. */
export function rowName(key: RowKey): string {
  switch (key.table) {
    case "document":
      return `document/${key.kind}/${key.id}`;
    case "record":
      return `record/${key.id}`;
    case "payload":
      return `payload/${key.record}/${key.category}`;
    case "edge":
      return `edge/${key.child}/${key.parent}/${key.relation}`;
    case "member":
      return `member/${key.set}/${key.chunk}`;
  }
}

/**
 * SHA-256 (hex) over the canonical JSON of a row, which the ledger event commits to. A record's
 * ordinal is left out: it is given by the store inside the commit, after the event is fixed. What
 * an ordinal stands for is held fast by the Merkle root of every dataset that uses it.
 */
export function rowDigest(row: Row): string {
  const content = row.table === "record" ? { ...row, ordinal: undefined } : row;
  return sha256Hex(utf8(canonical(content as unknown as Json)));
}

/**
 * A record's provenance: the basis on which it got in. A basis is interned (written once per
 * subject and combination) and immutable; what is allowed now is the consents' present state,
 * looked up at use.
 */
import { sha256Hex } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { BasisId, SubjectId } from "../lib/id.js";
import type { Band } from "./age.js";
import type { ConsentMethod } from "./consent.js";
import type { DocumentRow } from "./row.js";
import type { Category } from "./vocabulary.js";

export const EXCEPTIONS = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"] as const;
/** 16 CFR 312.5(c)(1) to (9). */
export type Exception = (typeof EXCEPTIONS)[number];

export const BASIS_KINDS = ["none", "consent", "exception", "school"] as const;
/**
 * `none`: nobody's consent was needed by what was known then, or there was none at all (an import).
 */
export type BasisKind = (typeof BASIS_KINDS)[number];

/**
 * How a record got in. Everything an order can select on, besides what the record row itself says.
 */
export interface BasisFacts {
  readonly subject: SubjectId;
  readonly kind: BasisKind;
  /** The consent that opened the door for the record's own purpose; "" without one. */
  readonly consent: string;
  /**
   * Every consent of the subject that stood when the record came in: a later yes never reaches
   * back.
   */
  readonly consents: readonly string[];
  readonly exception: Exception | "";
  readonly notice: string;
  readonly method: ConsentMethod | "";
  readonly verifier: string;
  /** Hash of the policy in force. */
  readonly policy: string;
  /** The age band as known when the record came in; what is known now may differ. */
  readonly band: Band;
  readonly jurisdiction: string;
  /** True for data held since before custody came, stored without a basis. */
  readonly imported: boolean;
  /**
   * Personal-data categories of the values, sorted; what a notice must have named. Absent in a
   * basis written before this was kept: then all of the collection's count.
   */
  readonly categories?: readonly Category[];
  /** ISO instant at which it took the place of one whose keys were destroyed; else absent. */
  readonly renewedAt?: string;
}

export interface Basis extends BasisFacts {
  readonly id: BasisId;
}

/**
 * That a basis takes no more records, because nothing was left under it and its keys were to go. A
 * document of its own, by the id of the basis: the basis is never written again. Whoever adds a
 * record expects that there is none, and it comes before every destruction of keys, so that no
 * record can be committed that nobody could read.
 */
export interface Closure {
  /** ISO instant. */
  readonly closedAt: string;
}

/** The document that closes a basis. Writing it a second time is `conflict`. */
export function closureOf(basis: string, closedAt: string): DocumentRow {
  const body: Closure = { closedAt };
  const row = { table: "document", kind: "closure", id: basis, version: 1 } as const;
  return { ...row, owner: "", due: "", body: { ...body } };
}

/** Two records with the same facts share one basis: this names the facts (SHA-256, hex). */
export function basisFingerprint(facts: BasisFacts): string {
  return sha256Hex(canonical(facts as unknown as Json));
}

/** Why a record stands as it does. `spared`: by a consent that an order's own text allows. */
export type StandingCause =
  | "erased"
  | "held"
  | "order"
  | "invalidated"
  | "withdrawn"
  | "deletion-requested"
  | "found-out"
  | "age-unknown"
  | "spared"
  | "admitted";

export const RECORD_STATUSES = ["admitted", "restricted", "tainted", "held", "erased"] as const;
export type RecordStatus = (typeof RECORD_STATUSES)[number];

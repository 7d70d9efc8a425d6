/**
 * A person as custody knows one: a random id, a place, a zone, what speaks for their age, and who
 * agreed to what.
 */
import type { SubjectId } from "../lib/id.js";
import type { Band, Evidence } from "./age.js";
import type { ConsentState } from "./consent.js";

/**
 * The folded state that the gate needs; one row, read in one point lookup. Evidence is sealed where
 * it is stored.
 */
export interface SubjectState {
  readonly id: SubjectId;
  /** ISO 3166 code, of the subject or else of the service. */
  readonly jurisdiction: string;
  /**
   * IANA zone, or undefined: then the last zone on Earth (UTC-12) decides when a birthday comes.
   */
  readonly zone: string | undefined;
  readonly evidence: readonly Evidence[];
  /** In the order of the answers. */
  readonly consents: readonly ConsentState[];
  /**
   * ISO instant since which nothing new may be collected (an erasure without keeping the account);
   * "" for never.
   */
  readonly suppressedSince: string;
  /** ISO instant of a verified deletion request not yet carried out; "" for none. */
  readonly deletionRequestedAt: string;
  /**
   * The highest ordinal among the records that were held when the deletion was asked for: what an
   * account that is kept takes in afterwards is not asked to be deleted. Absent: all are.
   */
  readonly deletionReaches?: number;
  /**
   * The band at collection of records whose subject was erased, by record id, as last known: with
   * the evidence gone nobody could say any more what an order's "child" reaches, and models made
   * from such a record would escape it. A word of four, about a random id.
   */
  readonly bandsKept?: { readonly [record: string]: Band };
  /** Purposes that ended for this person alone: what was collected for them is due. */
  readonly endedPurposes: readonly string[];
  /**
   * Purposes for which a parent has refused further use and future collection (16 CFR
   * 312.6(a)(2)), exceptions included; a parent's later yes to one opens that one again.
   */
  readonly furtherRefused?: readonly string[];
  /** What became of the parent notices that exceptions (c)(4) and (c)(5) require, by record. */
  readonly parentNotices: { readonly [record: string]: NoticeOutcome };
}

/** True for a record that a deletion, asked for and not yet carried out, is about. */
export function isToBeDeleted(
  subject: Pick<SubjectState, "deletionRequestedAt" | "deletionReaches">,
  ordinal: number,
): boolean {
  const { deletionRequestedAt, deletionReaches = Number.POSITIVE_INFINITY } = subject;
  return deletionRequestedAt !== "" && ordinal <= deletionReaches;
}

export const NOTICE_OUTCOMES = ["bounced", "no-answer", "refused", "verified"] as const;
/** `bounced`: it did not reach the parent (312.4(c)(3)); `refused`: the parent opted out. */
export type NoticeOutcome = (typeof NOTICE_OUTCOMES)[number];

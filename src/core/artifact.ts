/**
 * A derived artifact: a table, an embedding, labels, figures. Made of data or by a model, with its
 * sources. Its status is the strictest of theirs, now and later: computed at every use.
 */
import type { Mark } from "./model.js";
import type { RecordStatus } from "./record.js";
import type { DerivedTerms, DeriveRelation } from "./relation.js";

/** What is known of how a copy was de-identified. */
export interface Deidentification {
  readonly method: string;
  /** The report that shows it; "" without one. */
  readonly report: string;
  /** The person who answers for it; "" without one. */
  readonly by: string;
}

/** `dataset`: rows that may be trained on or disclosed like a dataset; `artifact`: all else. */
export const ARTIFACT_KINDS = ["artifact", "dataset"] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

export interface Artifact {
  readonly id: string;
  readonly name: string;
  readonly kind: ArtifactKind;
  readonly relation: DeriveRelation;
  /** Datasets, artifacts and models it was made from; records are counted, and kept as sets. */
  readonly sources: readonly string[];
  readonly records: number;
  /** False once tags were dropped, here or in anything it came from: they never come back. */
  readonly tagged: boolean;
  readonly deidentified: Deidentification | null;
  readonly derivedAt: string;
  /** What came down through a model. What comes from records is read off them at every use. */
  readonly marks: readonly Mark[];
  /** ISO instant; "" while it exists. */
  readonly erasedAt: string;
}

/** The set of direct record sources of a child, by the edge that they came in on. */
export const sourceSet = (child: string, relation: string): string => `${child}/${relation}`;
/** The set of every record whose data is in the artifact, however many steps before. */
export const contentSet = (artifact: string): string => `${artifact}/content`;

/** De-identification counts when it can be shown: a method, a report and a named human. */
export function isDocumented(of: Deidentification | null): boolean {
  return of !== null && of.method !== "" && of.report !== "" && of.by !== "";
}

/** True where the order's own text lets a documented de-identified copy live. */
export function letsLive(
  { data }: DerivedTerms,
  artifact: Pick<Artifact, "deidentified">,
): boolean {
  const allowed =
    typeof data === "object" && data !== null && "deidentified" in data
      ? data.deidentified === "allowed"
      : false;
  return allowed && isDocumented(artifact.deidentified);
}

const STRICT: readonly RecordStatus[] = ["erased", "tainted", "restricted", "held", "admitted"];

export function stricter(a: RecordStatus, b: RecordStatus): RecordStatus {
  return STRICT.indexOf(a) <= STRICT.indexOf(b) ? a : b;
}

/**
 * What the marks amount to. A model that freezes later taints, a suspect one restricts; a clearing
 * of the model is for what is made with it afterwards, so a restriction stays.
 */
export function statusOfMarks(marks: readonly Mark[]): RecordStatus {
  if (marks.some(({ state }) => state === "frozen" || state === "destroyed")) return "tainted";
  return marks.some(({ state }) => state === "suspect") ? "restricted" : "admitted";
}

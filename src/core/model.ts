/**
 * A model (or any artifact made by training): by the digest of its bytes, with its parents and what
 * was decided of it.
 */
export const RELATIONS = [
  "trained-on",
  "fine-tuned-from",
  "distilled-from",
  "merged-from",
  "adapter-of",
  "quantized-from",
  "evaluated-on",
] as const;
export type Relation = (typeof RELATIONS)[number];

export const MODEL_STATES = [
  "clean",
  "since-withdrawn",
  "suspect",
  "frozen",
  "cleared",
  "destroyed",
  "infeasible",
] as const;
export type ModelState = (typeof MODEL_STATES)[number];

/** Something that happened to a node. Marks are only ever added. */
export interface Mark {
  readonly state: "since-withdrawn" | "suspect" | "frozen" | "cleared" | "destroyed";
  /**
   * Why, as a closed word: withdrawn, found-out, invalidated, order, lineage-unknown, reviewed,
   * purge.
   */
  readonly cause: string;
  /** The id of what brought it: a subject, a consent, an order, a purge. */
  readonly by: string;
  /** ISO instant. */
  readonly at: string;
}

export interface Parent {
  readonly id: string;
  readonly relation: Relation;
}

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly purpose: string;
  readonly parents: readonly Parent[];
  /** SHA-256 (hex) of the artifact; "" while training. */
  readonly digest: string;
  readonly begunAt: string;
  /** ISO instant; "" while training. */
  readonly completedAt: string;
  readonly marks: readonly Mark[];
  /** What a run wrote down about itself: numbers only (an error, a count). */
  readonly measures: { readonly [name: string]: number };
}

/**
 * The state that marks amount to. Destroyed is for good; a freeze outlasts a clearing (only what
 * was in doubt can be cleared); a clearing answers the doubts before it and no later one.
 */
export function modelState(marks: readonly Mark[]): ModelState {
  const states = marks.map((mark) => mark.state);
  if (states.includes("destroyed")) return "destroyed";
  if (states.includes("frozen")) return "frozen";
  const doubt = states.lastIndexOf("suspect");
  const cleared = states.lastIndexOf("cleared");
  if (doubt > cleared) return "suspect";
  if (states.includes("since-withdrawn")) return "since-withdrawn";
  return cleared >= 0 ? "cleared" : "clean";
}

/** Served: lawful when made and not in doubt. Everything that is not listed is not served. */
export function mayServeState(state: ModelState): boolean {
  return state === "clean" || state === "since-withdrawn" || state === "cleared";
}

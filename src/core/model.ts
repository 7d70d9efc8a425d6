/**
 * A model (or any artifact made by training): by the digest of its bytes, with its parents and what
 * was decided of it.
 */
import type { Condition } from "./relation.js";
import type { Parent, RunTime } from "./training-time.js";

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
  readonly state: "since-withdrawn" | "suspect" | "frozen" | "cleared" | "destroyed" | "infeasible";
  /**
   * Why, as a closed word: withdrawn, found-out, invalidated, order, lineage-unknown, reviewed,
   * purge, sworn.
   */
  readonly cause: string;
  /** The id of what brought it: a subject, a consent, an order, a purge. */
  readonly by: string;
  /** ISO instant. */
  readonly at: string;
}

/** What was proven when a model took another one's place. */
export interface Replaced {
  readonly model: string;
  /** ISO instant. */
  readonly at: string;
  /** Each dataset with erased members, and the one whose root is that of the members left. */
  readonly datasets: readonly {
    readonly was: string;
    readonly is: string;
    readonly root: string;
    readonly erased: number;
  }[];
}

export interface Model extends RunTime {
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
  /**
   * `unknown`: found without lineage, nothing may be built on it. `shown`: found so, and a model of
   * the same bytes has said since what it was made from. Absent where it was known from the start.
   */
  readonly lineage?: "unknown" | "shown";
  /** What a run wrote down about itself: numbers only (an error, a count). */
  readonly measures: { readonly [name: string]: number };
  /** The model trained again without what was erased; absent where there is none. */
  readonly replacedBy?: string;
  /** The model that this one was trained again for, with what was proven; absent for others. */
  readonly replaces?: Replaced;
}

/**
 * The state that marks amount to. Destroyed is for good; what was sworn infeasible stays so unless
 * it is destroyed after all; a freeze outlasts a clearing (only what
 * was in doubt can be cleared); a clearing answers the doubts before it and no later one.
 */
export function modelState(marks: readonly Mark[]): ModelState {
  const states = marks.map((mark) => mark.state);
  if (states.includes("destroyed")) return "destroyed";
  if (states.includes("infeasible")) return "infeasible";
  if (states.includes("frozen")) return "frozen";
  const doubt = states.lastIndexOf("suspect");
  const cleared = states.lastIndexOf("cleared");
  if (doubt > cleared) return "suspect";
  if (states.includes("since-withdrawn")) return "since-withdrawn";
  return cleared >= 0 ? "cleared" : "clean";
}

/** The cause of the doubt in a model whose sources nobody can show. */
export const LINEAGE_UNKNOWN = "lineage-unknown";

/** The marks that count: once its lineage was shown, that it was missing says nothing any more. */
export function standingMarks({
  marks,
  lineage,
}: Pick<Model, "marks" | "lineage">): readonly Mark[] {
  return lineage === "shown" ? marks.filter(({ cause }) => cause !== LINEAGE_UNKNOWN) : marks;
}

export function stateOf(model: Pick<Model, "marks" | "lineage">): ModelState {
  return modelState(standingMarks(model));
}

/** Affected work product is no parent, and what is destroyed is nobody's. */
export function mayBuildOn(state: ModelState): boolean {
  return state !== "frozen" && state !== "destroyed" && state !== "infeasible";
}

/** What a model in this state hands on to what is made from it. */
export function conditionOf(state: Mark["state"] | ModelState): Condition {
  if (state === "suspect") return "doubted";
  if (state === "since-withdrawn") return "withdrawn";
  return state === "clean" || state === "cleared" ? "none" : "tainted";
}

/** The mark that a condition leaves on a model; undefined for none. */
export function stateFor(
  condition: Condition,
): "frozen" | "suspect" | "since-withdrawn" | undefined {
  if (condition === "tainted") return "frozen";
  if (condition === "doubted") return "suspect";
  return condition === "withdrawn" ? "since-withdrawn" : undefined;
}

/** Served: lawful when made and not in doubt. Everything that is not listed is not served. */
export function mayServeState(state: ModelState): boolean {
  return state === "clean" || state === "since-withdrawn" || state === "cleared";
}

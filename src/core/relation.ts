/**
 * How one thing is made from another, as a closed vocabulary, and what a fault of the source does
 * to what was made from it. There is no threshold: one record in a million is a source ("developed
 * in whole or in part", Everalbum, Kurbo and Edmodo orders). Labels, renders and scores that no
 * longer look like the source carry it on ("review and annotation", Ring order).
 */

/** Edges into a model. */
export const RELATIONS = [
  "trained-on",
  "fine-tuned-from",
  "distilled-from",
  "merged-from",
  "adapter-of",
  "quantized-from",
  "converted",
  "evaluated-on",
] as const;
export type Relation = (typeof RELATIONS)[number];

/** Edges into an artifact: what is made of data, or by a model, and is no model itself. */
export const DERIVE_RELATIONS = [
  "copied",
  "joined",
  "labelled-by",
  "embedded-by",
  "generated-by",
  "aggregated",
] as const;
export type DeriveRelation = (typeof DERIVE_RELATIONS)[number];

/** Between models of one digest, through the digest: the same bytes under two names. */
export const SAME_BYTES = "same-bytes";
export type EdgeRelation = Relation | DeriveRelation | typeof SAME_BYTES;

/** What can be against a source, mildest first. */
export const CONDITIONS = ["none", "withdrawn", "doubted", "tainted"] as const;
export type Condition = (typeof CONDITIONS)[number];

/** What the child becomes when its source is the key. */
export interface EdgeRule {
  readonly tainted: Condition;
  readonly doubted: Condition;
  readonly withdrawn: Condition;
}

/** What was learned or taken from the source is in the child, whole. */
const MADE: EdgeRule = { tainted: "tainted", doubted: "doubted", withdrawn: "withdrawn" };
/**
 * The model learned nothing from it, yet was chosen by it ("developed ... using"): a person is to
 * look. What was lawful then and is only withdrawn since leaves no doubt behind.
 */
const CHOSEN_BY: EdgeRule = { tainted: "doubted", doubted: "doubted", withdrawn: "none" };

export const EDGE_RULES: { readonly [R in EdgeRelation]: EdgeRule } = {
  "trained-on": MADE,
  "fine-tuned-from": MADE,
  "distilled-from": MADE,
  "merged-from": MADE,
  "adapter-of": MADE,
  "quantized-from": MADE,
  converted: MADE,
  "evaluated-on": CHOSEN_BY,
  copied: MADE,
  joined: MADE,
  "labelled-by": MADE,
  "embedded-by": MADE,
  "generated-by": MADE,
  aggregated: MADE,
  "same-bytes": MADE,
};

/**
 * Where an order's own text departs from the table. `spared`: the child itself is left alone, what
 * is made from it is not (an embedding may live, the model trained on it may not). `cut`: nothing
 * comes through (models that an order leaves in service).
 */
export type Overrides = { readonly [R in EdgeRelation]?: "spared" | "cut" };

export interface Effect {
  /** What the child itself becomes. */
  readonly own: Condition;
  /** What is handed on to what is made from the child. */
  readonly onward: Condition;
}

/** The effect of a source in this condition on what was made from it. An unknown word is made. */
export function effectOf(relation: string, source: Condition, overrides: Overrides = {}): Effect {
  const override = isEdgeRelation(relation) ? overrides[relation] : undefined;
  if (source === "none" || override === "cut") return { own: "none", onward: "none" };
  // A store written by a newer version may hold a word that this one lacks: it counts in full.
  const onward = (isEdgeRelation(relation) ? EDGE_RULES[relation] : MADE)[source];
  return { own: override === "spared" ? "none" : onward, onward };
}

function isEdgeRelation(relation: string): relation is EdgeRelation {
  return Object.hasOwn(EDGE_RULES, relation);
}

export function worse(a: Condition, b: Condition): Condition {
  return CONDITIONS.indexOf(a) >= CONDITIONS.indexOf(b) ? a : b;
}

/** The names an order's remedy has for derived data, and the edge that makes each. */
export const DERIVED_CLASSES = {
  embeddings: "embedded-by",
  labels: "labelled-by",
  generated: "generated-by",
  copies: "copied",
  joins: "joined",
  aggregates: "aggregated",
} as const satisfies { readonly [name: string]: DeriveRelation };

/** As much of an order's remedy as decides what becomes of derived things. */
export interface DerivedTerms {
  /** `keep`, or how it is destroyed; absent when the order says nothing of data. */
  readonly data?: unknown;
  readonly models?: unknown;
  /** By class: `keep`, or a term. A class not named follows `data`. */
  readonly derived?:
    | { readonly [C in keyof typeof DERIVED_CLASSES]?: string | undefined }
    | undefined;
}

/** What the order's text spares of the table. */
export function overridesOf(terms: DerivedTerms): Overrides {
  const overrides: { -readonly [R in EdgeRelation]?: "spared" | "cut" } = {};
  for (const relation of DERIVE_RELATIONS) {
    if (fateOf(terms, relation) === "keep") overrides[relation] = "spared";
  }
  if (terms.models === "keep") {
    for (const relation of [...RELATIONS, SAME_BYTES] as const) overrides[relation] = "cut";
  }
  return overrides;
}

/** What an order does with things made by this edge; undefined when it says nothing of them. */
export function fateOf(
  { data, derived }: DerivedTerms,
  relation: DeriveRelation,
): "keep" | "destroy" | undefined {
  for (const [name, edge] of Object.entries(DERIVED_CLASSES)) {
    const said = edge === relation ? derived?.[name as keyof typeof DERIVED_CLASSES] : undefined;
    if (said !== undefined) return said === "keep" ? "keep" : "destroy";
  }
  if (data === undefined) return undefined;
  return data === "keep" ? "keep" : "destroy";
}

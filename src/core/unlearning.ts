/**
 * How a model is brought to a state without some records, by the one way that counts as erasure and
 * by those that do not.
 */

/** Training again from the last checkpoint that had not read them: exact, and shown by roots. */
export const EXACT_METHOD = "retraining";

/**
 * Approximate unlearning, by its usual names. Certified removal (Guo et al., ICML 2020) bounds how
 * far its result may be from a retrained model, under a convex loss; the others bound nothing.
 */
export const APPROXIMATE_METHODS = [
  "certified-removal",
  "distillation",
  "fine-tuning",
  "gradient-ascent",
  "influence-function",
  "model-editing",
  "output-filter",
  "weight-scrubbing",
] as const;
export type ApproximateMethod = (typeof APPROXIMATE_METHODS)[number];

export type UnlearningMethod = typeof EXACT_METHOD | ApproximateMethod;

/** Why none of them counts: the orders have models destroyed that were developed with the data. */
export const APPROXIMATE_REASON =
  "the model stays one that was developed with the records, and that nothing of them is left in " +
  "it can be estimated, not seen";

export function isApproximate(method: string): method is ApproximateMethod {
  return (APPROXIMATE_METHODS as readonly string[]).includes(method);
}

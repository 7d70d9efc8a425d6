/**
 * How well an absence was seen, weakest first. What is claimed is never more than what was seen.
 */
export const EVIDENCE_LEVELS = ["logical", "pruned", "rewritten", "key-destroyed"] as const;
export type EvidenceLevel = (typeof EVIDENCE_LEVELS)[number];

export function atLeast(a: EvidenceLevel, b: EvidenceLevel): EvidenceLevel {
  return EVIDENCE_LEVELS.indexOf(a) >= EVIDENCE_LEVELS.indexOf(b) ? a : b;
}

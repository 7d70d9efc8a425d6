/**
 * A purge: a plan that is hashed and never changes, an approval by a named human for exactly that
 * hash, and steps that are complete only when each place was seen empty.
 */
import { sha256Hex } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { EvidenceLevel } from "./evidence-level.js";
import type { Retraining } from "./retraining.js";

export interface PlanItem {
  /**
   * What is taken out: `bas_…` (that basis' selected records), `dat_…` (an export), `art_…`,
   * `mod_…`; `prg_…` for a replica of the store.
   */
  readonly node: string;
  readonly connector: string;
  readonly ref: string;
  /** Records reached by this item (0 for a model or a file). */
  readonly records: number;
}

export interface Retained {
  readonly record: string;
  readonly hold: string;
  readonly authority: string;
  readonly instrument: string;
}

export interface Plan {
  /** The order or the subject's deletion request behind it. */
  readonly cause: { readonly kind: "order" | "subject"; readonly id: string };
  readonly plannedAt: string;
  readonly records: number;
  readonly subjects: number;
  /** SHA-256 over the selected ordinals' bitmap chunks: what is selected, to the record. */
  readonly selection: string;
  readonly datasets: readonly string[];
  /** Derived things that go with their sources. Absent in a plan of before they were kept. */
  readonly artifacts?: readonly string[];
  readonly models: readonly string[];
  readonly items: readonly PlanItem[];
  readonly retained: readonly Retained[];
  /** What it costs to have the models again without these records. Absent without models. */
  readonly retraining?: Retraining;
}

export interface Approval {
  readonly by: string;
  readonly title: string;
  readonly at: string;
  /** The plan hash that was approved: an approval is for one list. */
  readonly plan: string;
}

export const PURGE_STATES = ["planned", "approved", "running", "complete", "incomplete"] as const;
export type PurgeState = (typeof PURGE_STATES)[number];

export interface Purge {
  readonly id: string;
  readonly plan: Plan;
  readonly planHash: string;
  readonly approvals: readonly Approval[];
  readonly state: PurgeState;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly scrub: Scrubbed | null;
  /** The keyring epoch opened by this purge; 0 until then. */
  readonly epoch: number;
  /** The instructions that its run sent; absent until then. */
  readonly told?: readonly string[];
}

export interface Scrubbed {
  readonly at: string;
  readonly level: "logical" | "rewritten";
  readonly lookedAt: readonly string[];
  readonly notLookedAt: readonly string[];
}

export type StepState =
  | { readonly state: "planned" }
  | { readonly state: "intended"; readonly at: string }
  | { readonly state: "erased"; readonly at: string }
  | {
      readonly state: "seen";
      readonly at: string;
      readonly level: EvidenceLevel;
      readonly notLookedAt: readonly string[];
    }
  | { readonly state: "failed"; readonly at: string; readonly code: string };

export interface Step {
  readonly id: string;
  readonly purge: string;
  /** Its place in the plan's list, from 0. */
  readonly index: number;
  readonly item: PlanItem;
  readonly attempts: number;
  readonly progress: StepState;
}

/** SHA-256 (hex) over the canonical JSON of the plan. */
export function planHash(plan: Plan): string {
  return sha256Hex(canonical(plan as unknown as Json));
}

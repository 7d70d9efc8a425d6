/**
 * A purge: a plan that is hashed and never changes, an approval by a named human for exactly that
 * hash, and steps that are complete only when each place was seen empty.
 */
import { sha256Hex } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { Duration } from "../lib/duration.js";
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

/** What of a plan stands in the purge's own row; its lists lie in pages beside it. */
export interface PlanHead
  extends Pick<Plan, "cause" | "plannedAt" | "records" | "subjects" | "selection"> {
  readonly datasets: number;
  readonly artifacts: number;
  readonly models: number;
  readonly items: number;
  readonly retained: number;
  readonly retraining?: Pick<Retraining, "leftOut" | "redone" | "of">;
}

export function headOf(plan: Plan): PlanHead {
  const { cause, plannedAt, records, subjects, selection, retraining } = plan;
  const { leftOut = 0, redone = 0, of = 0 } = retraining ?? {};
  return {
    ...{ cause, plannedAt, records, subjects, selection },
    datasets: plan.datasets.length,
    artifacts: (plan.artifacts ?? []).length,
    models: plan.models.length,
    items: plan.items.length,
    retained: plan.retained.length,
    ...(retraining === undefined ? {} : { retraining: { leftOut, redone, of } }),
  };
}

export interface Approval {
  readonly by: string;
  readonly title: string;
  readonly at: string;
  /** The plan hash that was approved: an approval is for one list. */
  readonly plan: string;
  /** ISO instant from which it no longer counts; absent where it does not expire. */
  readonly expiresAt?: string;
}

/** How many people must approve a plan, and how long an approval is good for. */
export interface ApprovalTerms {
  readonly people: 1 | 2;
  /** Undefined: it does not expire. */
  readonly expireAfter: Duration | undefined;
}

/** The people whose approval of this very plan counts at the moment; each once. */
export function approvers(
  { approvals, planHash: hash }: Pick<Purge, "approvals" | "planHash">,
  now: string,
): readonly Approval[] {
  const good = approvals.filter(({ plan, expiresAt }) => {
    return plan === hash && (expiresAt === undefined || now < expiresAt);
  });
  return good.filter((one, index) => {
    const person = (a: Approval): string => JSON.stringify([a.by, a.title]);
    return good.findIndex((other) => person(other) === person(one)) === index;
  });
}

export const PURGE_STATES = ["planned", "approved", "running", "complete", "incomplete"] as const;
export type PurgeState = (typeof PURGE_STATES)[number];

/** As stored. `planHash` is over the whole plan, lists included. */
export interface Purge {
  readonly id: string;
  readonly plan: PlanHead;
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

/** A purge with its whole plan, as read from its row and its pages. */
export interface WholePurge extends Omit<Purge, "plan"> {
  readonly plan: Plan;
}

export interface Scrubbed {
  readonly at: string;
  readonly level: "logical" | "rewritten";
  readonly lookedAt: readonly string[];
  readonly notLookedAt: readonly string[];
}

export type StepState =
  | { readonly state: "planned" }
  | {
      readonly state: "intended";
      readonly at: string;
      /** The run that does it, by a random name. Absent in a step of before runs had names. */
      readonly by?: string;
      /** ISO instant until which others leave it to that run. */
      readonly until?: string;
    }
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
  /** How often its erasure was begun, in all runs. */
  readonly attempts: number;
  readonly progress: StepState;
}

/** SHA-256 (hex) over the canonical JSON of the plan. */
export function planHash(plan: Plan): string {
  return sha256Hex(canonical(plan as unknown as Json));
}

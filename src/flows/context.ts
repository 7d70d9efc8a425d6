/** What every flow is handed: one frozen context, made once by `createCustody` or by the CLI. */
import type { Policy } from "../core/policy.js";
import type { ApprovalTerms } from "../core/purge.js";
import type { ServicePlace } from "../core/service-place.js";
import type { Id, IdKind } from "../lib/id.js";
import type { Connector } from "../ports/connector.js";
import type { Journal } from "../ports/journal.js";
import type { Keyring } from "../ports/keyring.js";
import type { ParentVerifier } from "../ports/parent-verifier.js";
import type { Signer } from "../ports/signer.js";
import type { Store } from "../ports/store.js";

/**
 * The named moments inside collect, seal, purge and sweep, in the order in which they pass. A
 * process may die at any of them; what is there afterwards is the state before the step or after
 * it, never half.
 */
export const STEP_NAMES = [
  "collect:decided",
  "collect:sealed",
  "collect:appended",
  "seal:selected",
  "seal:hashed",
  "seal:appended",
  "purge:planned",
  "purge:started",
  "purge:step-intended",
  "purge:step-erased",
  "purge:step-recorded",
  "purge:scrubbed",
  "purge:rotated",
  "purge:looked",
  "purge:finished",
  "sweep:erased",
  "sweep:keys-destroyed",
  "sweep:rotated",
] as const;
export type StepName = (typeof STEP_NAMES)[number];

/**
 * How far a long act is: for progress lines, and for tests that kill the process at a named step.
 */
export interface Progress {
  readonly step: StepName;
  /** What it is about, an id; "" for the act as a whole. */
  readonly id: string;
  readonly done: number;
  readonly of: number;
}

export interface Context {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly signer: Signer;
  /**
   * The application's own. The program has none: its context carries the description that is in
   * force in the store, whose fields take any value, or a policy that declares nothing.
   */
  readonly policy: Policy;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly verifiers: readonly ParentVerifier[];
  /** Replicas, backups and keepers of keys, by name; absent for none. */
  readonly places?: ReadonlyMap<string, ServicePlace>;
  /** Absent: one person approves, for good. */
  readonly approvals?: ApprovalTerms;
  /** Absent where none is kept. */
  readonly journal?: Journal;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly newId: <K extends IdKind>(kind: K) => Id<K>;
  /**
   * Written to the ledger with every act: an actor code of the application, never a person's name.
   */
  readonly actor: string;
  readonly progress: (progress: Progress) => void | Promise<void>;
  /** Resolves after so many milliseconds. Absent: nothing is waited for between two tries. */
  readonly pause?: (ms: number) => Promise<void>;
}

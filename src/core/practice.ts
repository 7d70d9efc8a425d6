/**
 * Practices changed while the service runs: what the policy said at start, with every change since
 * laid over it, in order. The gate reads the result, never the text the service started with.
 */
import { CustodyError } from "../errors.js";
import {
  disclosesNow,
  type Policy,
  type Purpose,
  type PurposeDefinition,
  readPurpose,
} from "./policy.js";
import type { DisclosedFor, Use } from "./vocabulary.js";

/** One change. What is left out stays as it was. */
export interface Practice {
  readonly purpose: string;
  readonly recipients?: NonNullable<PurposeDefinition["recipients"]>;
  readonly use?: Use;
  readonly for?: DisclosedFor;
  /** Ended for everybody, for good. */
  readonly ended?: boolean;
}

/** @throws `purpose-unknown`, and what a purpose of that shape is refused with at start */
export function withPractices(policy: Policy, practices: readonly Practice[]): Policy {
  if (practices.length === 0) return policy;
  const definitions = new Map(Object.entries(policy.definition.purposes));
  const purposes = new Map<string, Purpose>(policy.purposes);
  for (const { purpose, ended, ...change } of practices) {
    const before = definitions.get(purpose);
    if (before === undefined) throw new CustodyError("purpose-unknown", { path: "purpose" });
    const after: PurposeDefinition = { ...before, ...change };
    definitions.set(purpose, after);
    const over = purposes.get(purpose)?.ended === true || ended === true;
    purposes.set(purpose, Object.freeze({ ...readPurpose(purpose, after), ended: over }));
  }
  return Object.freeze({ ...policy, purposes, discloses: disclosesNow(purposes) });
}

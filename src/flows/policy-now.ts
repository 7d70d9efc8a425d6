/** The policy as it is practised: the text the service started with, and every change since. */
import type { Policy } from "../core/policy.js";
import { type Practice, withPractices } from "../core/practice.js";
import type { Context } from "./context.js";
import { load } from "./rows.js";

/** The id of the one document that holds the changes. */
export const PRACTICES = "practices";

export interface PracticesBody {
  readonly changes: readonly (Practice & { readonly at: string })[];
}

/** What was computed last, for the policy of each client: a change makes a new version. */
const APPLIED = new WeakMap<Policy, { readonly version: number; readonly policy: Policy }>();

/** The policy that the gate judges by at this moment. */
export async function policyNow(ctx: Pick<Context, "policy" | "store">): Promise<Policy> {
  const found = await load<PracticesBody>(ctx as Context, "service", PRACTICES);
  if (found === undefined) return ctx.policy;
  const { version } = found.row;
  const known = APPLIED.get(ctx.policy);
  if (known?.version === version) return known.policy;
  const declared = found.body.changes.filter(({ purpose }) => ctx.policy.purposes.has(purpose));
  const changes = declared.map(({ at: _, ...practice }) => practice);
  const policy = withPractices(ctx.policy, changes);
  APPLIED.set(ctx.policy, { version, policy });
  return policy;
}

/** The policy in force, as the store remembers it: which rules every basis was judged under. */
import type { Json } from "../lib/canonical.js";
import type { Context } from "./context.js";
import { commit, created, list, load, nowText, retrying } from "./rows.js";

export interface PolicyBody {
  readonly hash: string;
  readonly adoptedAt: string;
  readonly description: Json;
  /** Its place in the order of adoption, from 1. */
  readonly order: number;
}

/**
 * Records the policy when it is not the newest one in the store. The same policy again writes
 * nothing.
 */
export async function adoptPolicy(ctx: Context): Promise<void> {
  await retrying(async () => {
    const newest = await policyInForce(ctx);
    const { hash, description } = ctx.policy;
    if (newest?.hash === hash) return;
    const order = (newest?.order ?? 0) + 1;
    const id = `${String(order).padStart(6, "0")}-${hash}`;
    if ((await load(ctx, "policy", id)) !== undefined) return;
    const body: PolicyBody = { hash, adoptedAt: nowText(ctx), description, order };
    await commit(ctx, "policy-adopted", { policy: hash, order }, [created("policy", id, body)]);
  });
}

/** The newest policy, or undefined in a store that no application has opened yet. */
export async function policyInForce(ctx: Pick<Context, "store">): Promise<PolicyBody | undefined> {
  let newest: PolicyBody | undefined;
  for (const { body } of await list<PolicyBody>(ctx as Context, "policy")) {
    if (newest === undefined || body.order > newest.order) newest = body;
  }
  return newest;
}

/** The policy adopted as the n-th, from 1; undefined when there were fewer. */
export async function adoptedPolicy(
  ctx: Pick<Context, "store">,
  order: number,
): Promise<PolicyBody | undefined> {
  const adopted = await list<PolicyBody>(ctx as Context, "policy");
  return adopted.find(({ body }) => body.order === order)?.body;
}

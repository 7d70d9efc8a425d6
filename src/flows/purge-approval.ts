/** The human approval of a plan: for exactly the list that was hashed, by a person with a name. */
import { requireKnown, requireText } from "../core/options.js";
import { type Approval, type ApprovalTerms, approvers, type Purge } from "../core/purge.js";
import { CustodyError } from "../errors.js";
import { addDuration } from "../lib/duration.js";
import { type PurgeId, requireId } from "../lib/id.js";
import { instantText } from "../lib/instant.js";
import type { Context } from "./context.js";
import { changed, commit, need, nowText, retrying } from "./rows.js";

/** One person, for good: the terms of a client that states none. */
export const APPROVAL_TERMS: ApprovalTerms = { people: 1, expireAfter: undefined };

export interface ApproveInput {
  readonly purge: PurgeId;
  /** The human who answers for it. Written to the purge, not to the ledger. */
  readonly by: { readonly name: string; readonly title: string };
}

/**
 * Approves exactly the plan as it is hashed. Where two people must, the second is another person.
 * An approval that has expired counts no more, and may be given again.
 * @throws `not-found`, `state-conflict`, `option-invalid`
 */
export async function approvePurge(ctx: Context, input: ApproveInput): Promise<void> {
  requireKnown(input, ["purge", "by"], "approve");
  requireKnown(input.by, ["name", "title"], "approve.by");
  requireText(input.by.name, "approve.by.name", 200);
  requireText(input.by.title, "approve.by.title", 200);
  await retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", requireId("purge", input.purge, "approve.purge"));
    const { state } = purge.body;
    if (state !== "planned" && state !== "approved") {
      throw new CustodyError("state-conflict", { id: input.purge, state, action: "approve" });
    }
    const { expireAfter } = ctx.approvals ?? APPROVAL_TERMS;
    const expiresAt =
      expireAfter === undefined ? undefined : instantText(addDuration(ctx.now(), expireAfter));
    const approval: Approval = {
      by: input.by.name,
      title: input.by.title,
      at: nowText(ctx),
      plan: purge.body.planHash,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const approvals = [...purge.body.approvals, approval];
    await commit(ctx, "purge-approved", { purge: input.purge, plan: approval.plan }, [
      changed(purge, { ...purge.body, approvals, state: "approved" }),
    ]);
  });
}

/** @throws `plan-unapproved` saying what is missing */
export function requireApproved(ctx: Context, purge: Purge): void {
  const { people } = ctx.approvals ?? APPROVAL_TERMS;
  const found = approvers(purge, nowText(ctx)).length;
  if (found >= people) return;
  const ever = purge.approvals.filter(({ plan }) => plan === purge.planHash).length;
  throw new CustodyError("plan-unapproved", {
    id: purge.id,
    rule: "an approval is for one list, by its hash",
    help: [
      found < ever ? "An approval has expired or is one person's twice." : "",
      people === 2 ? "Two people with names approve exactly this plan." : "",
      "A person with a name approves exactly this plan.",
    ].filter((line) => line !== ""),
  });
}

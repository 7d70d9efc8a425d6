/**
 * What of a certificate follows from the purge alone: its story, what its steps saw, and what
 * nobody could see.
 */
import { type Certificate, countsOf, techniquesOf } from "./certificate.js";
import type { Order } from "./order.js";
import type { Purge, Step } from "./purge.js";

export type SeenStep = Step & { readonly progress: Extract<Step["progress"], { state: "seen" }> };

/** Whose purge, of what, when. Approvals of another list are left out. */
export function describe(
  identity: Pick<Certificate, "id" | "issuer" | "store">,
  purge: Purge,
  order: Order | undefined,
) {
  const { plan, planHash, startedAt, finishedAt } = purge;
  const approvals = purge.approvals.filter((approval) => approval.plan === planHash);
  return {
    version: 1 as const,
    ...identity,
    cause: {
      ...plan.cause,
      ...(order === undefined ? {} : { title: order.title, citation: order.citation }),
    },
    purge: purge.id,
    plan: planHash,
    plannedAt: plan.plannedAt,
    approvedAt: approvals[0]?.at ?? "",
    startedAt,
    finishedAt,
    approvals: approvals.map(({ by, title, at, plan: of }) => ({ by, title, at, plan: of })),
  };
}

/** What the steps saw, and what nobody could see. */
export function observed(
  { id, plan, scrub }: Purge,
  steps: readonly SeenStep[],
  by: { readonly name: string; readonly title: string; readonly tool: string },
) {
  const places = steps.map(({ item, progress }) => ({
    node: item.node,
    connector: item.connector,
    ref: item.ref,
    records: item.records,
    level: progress.level,
    seenAbsentAt: progress.at,
    notLookedAt: [...progress.notLookedAt],
  }));
  const retained = plan.retained.map(({ record, hold, authority, instrument }) => ({
    record,
    hold,
    authority,
    instrument,
  }));
  const notProven = notProvenOf({ id, plan, scrub });
  return {
    places,
    sanitization: {
      standard: "NIST SP 800-88r2" as const,
      media: "not-applicable" as const,
      methods: techniquesOf(places),
      verification: "inspect" as const,
      tool: by.tool,
      performedBy: { name: by.name, title: by.title },
    },
    retained,
    notProven,
    counts: {
      ...countsOf({ places, retained, notProven }),
      subjects: plan.subjects,
      datasets: plan.datasets.length,
    },
  };
}

function notProvenOf({
  id,
  plan,
  scrub,
}: Pick<Purge, "id" | "plan" | "scrub">): Certificate["notProven"] {
  const placed = new Set(plan.items.map(({ node }) => node));
  const unknown = [...(plan.artifacts ?? []), ...plan.models]
    .filter((made) => !placed.has(made))
    .map((node) => ({ node, connector: "none", code: "place-unknown" as const }));
  const vault = plan.items.some(({ connector }) => connector === "vault");
  if (!vault || scrub?.level === "rewritten") return unknown;
  return [...unknown, { node: id, connector: "vault", code: "scrub-logical" as const }];
}

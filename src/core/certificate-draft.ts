/**
 * What of a certificate follows from the purge alone: its story, what its steps saw, and what
 * nobody could see.
 */
import { type Certificate, countsOf, techniquesOf } from "./certificate.js";
import { type Instruction, instructionState, onwardOf } from "./instruction.js";
import type { Order } from "./order.js";
import type { Retained, Step, WholePurge } from "./purge.js";

/** What has become, by the day of issue, of what the steps did not destroy. */
export interface LaterSeen {
  readonly retained: readonly Retained[];
  readonly instructions: readonly Instruction[];
  /** Backups whose copies are not gone yet, each with the moment from which they are. */
  readonly backups: readonly { readonly name: string; readonly until: string }[];
  readonly exits: NonNullable<Certificate["exits"]>;
}

export type SeenStep = Step & { readonly progress: Extract<Step["progress"], { state: "seen" }> };

/** Whose purge, of what, when. Approvals of another list are left out. */
export function describe(
  identity: Pick<Certificate, "id" | "issuer" | "store">,
  purge: WholePurge,
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
  { id, plan, scrub }: WholePurge,
  steps: readonly SeenStep[],
  by: { readonly signer: Certificate["signer"]; readonly tool: string },
  now: LaterSeen,
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
  const retained = now.retained.map(({ record, hold, authority, instrument }) => ({
    record,
    hold,
    authority,
    instrument,
  }));
  const told = now.instructions.map(toldOf);
  const notProven = [
    ...notProvenOf({ id, plan, scrub }),
    ...now.backups.map(({ name, until }) => {
      return { node: id, connector: name, code: "backup-unexpired" as const, until };
    }),
    ...now.instructions.flatMap(doubtsOf),
  ];
  return {
    places,
    sanitization: {
      standard: "NIST SP 800-88r2" as const,
      media: "not-applicable" as const,
      methods: techniquesOf(places),
      verification: "inspect" as const,
      tool: by.tool,
      performedBy: by.signer && { name: by.signer.name, title: by.signer.title },
    },
    retained,
    ...(told.length === 0 ? {} : { told }),
    ...(now.exits.length === 0 ? {} : { exits: [...now.exits] }),
    notProven,
    counts: {
      ...countsOf({ places, retained, notProven }),
      subjects: plan.subjects,
      datasets: plan.datasets.length,
    },
  };
}

/** Each one told, as far as a reader needs it: whom, of what, when, and what they said. */
function toldOf(instruction: Instruction): NonNullable<Certificate["told"]>[number] {
  const { id, kind, name, scope, instructedAt } = instruction;
  const state = instructionState(instruction);
  return { instruction: id, kind, name, scope: [...scope], instructedAt, state };
}

function doubtsOf(instruction: Instruction): Certificate["notProven"] {
  const { id: node, name } = instruction;
  const state = instructionState(instruction);
  const said = [];
  if (state === "refused") said.push({ node, connector: name, code: "recipient-refused" as const });
  if (state === "no-answer") {
    said.push({ node, connector: name, code: "recipient-silent" as const });
  }
  const onward = onwardOf(instruction).map((connector) => {
    return { node, connector, code: "onward-copy" as const };
  });
  return [...said, ...onward];
}

function notProvenOf({
  id,
  plan,
  scrub,
}: Pick<WholePurge, "id" | "plan" | "scrub">): Certificate["notProven"] {
  const placed = new Set(plan.items.map(({ node }) => node));
  const unknown = [...(plan.artifacts ?? []), ...plan.models]
    .filter((made) => !placed.has(made))
    .map((node) => ({ node, connector: "none", code: "place-unknown" as const }));
  const vault = plan.items.some(({ connector }) => connector === "vault");
  if (!vault || scrub?.level === "rewritten") return unknown;
  return [...unknown, { node: id, connector: "vault", code: "scrub-logical" as const }];
}

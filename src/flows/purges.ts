/**
 * Purge plans: what would be destroyed, to the record and to the place, hashed; and the human
 * approval of that hash.
 */
import type { Write } from "../core/event.js";
import type { Mark } from "../core/model.js";
import { requireKnown } from "../core/options.js";
import { type Order, sparingOf } from "../core/order.js";
import {
  headOf,
  type Plan,
  type PlanItem,
  type Purge,
  planHash,
  type Retained,
} from "../core/purge.js";
import type { RecordRow } from "../core/row.js";
import { isSpared } from "../core/sparing.js";
import { isToBeDeleted } from "../core/subject.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { base64url, sha256Hex } from "../lib/bytes.js";
import { canonical } from "../lib/canonical.js";
import { type OrderId, type PurgeId, requireId, type SubjectId } from "../lib/id.js";
import { type BlastRadius, blastRadius } from "./blast-radius.js";
import type { Context } from "./context.js";
import { keptSet } from "./hold-release.js";
import { copyingOf } from "./layouts.js";
import { commitMarked, type Marked, markBelow, settle } from "./marking.js";
import { type HoldBody, openSet, setWrites } from "./marks.js";
import { freezeSelected } from "./order-freeze.js";
import type { SubjectBody } from "./person.js";
import { writePages } from "./plan-pages.js";
import { planReach } from "./plan-reach.js";
import { retrainingSection } from "./retraining.js";
import { changed, commit, created, list, need, nowText, retrying } from "./rows.js";
import { selected } from "./selection.js";
import { placesOf } from "./trace.js";

/** The connector of the store's own sealed payloads. */
export const VAULT = "vault";

export type PlanInput = { readonly order: OrderId } | { readonly subject: SubjectId };

export interface Planned {
  readonly id: PurgeId;
  /** How far it reaches, for the one who must approve; not part of what is hashed. */
  readonly reach: BlastRadius;
  /** What an approval is for. */
  readonly hash: string;
  readonly plan: Plan;
}

/**
 * Plans a purge for an order, or for a person's deletion. Nothing is destroyed. What holds keep is
 * left out and listed with its authority. A person's deletion freezes nothing but their own
 * records, from this commit on.
 * @throws `not-found`, `id-invalid`
 */
export async function planPurge(ctx: Context, input: PlanInput): Promise<Planned> {
  requireKnown(input, ["order", "subject"], "plan");
  const cause =
    "order" in input
      ? ({ kind: "order", id: requireId("order", input.order, "plan.order") } as const)
      : ({ kind: "subject", id: requireId("subject", input.subject, "plan.subject") } as const);
  if (cause.kind === "order" && (await freezes(ctx, cause.id))) await freezeSelected(ctx, cause.id);
  return retrying(async () => {
    const id = ctx.newId("purge");
    const { plan, ordinals, kept } = await drawPlan(ctx, cause, id);
    const reach = await blastRadius(ctx, plan, ordinals);
    await writePages(ctx, id, plan);
    const body: Purge = {
      id,
      plan: headOf(plan),
      planHash: planHash(plan),
      approvals: [],
      state: "planned",
      startedAt: "",
      finishedAt: "",
      scrub: null,
      epoch: 0,
    };
    const sets = [...setWrites(id, ordinals), ...setWrites(keptSet(id), kept)];
    const writes = [created("purge", id, body, { owner: cause.id }), ...sets];
    const about = {
      purge: id,
      cause: cause.id,
      plan: body.planHash,
      records: plan.records,
      items: plan.items.length,
      retained: plan.retained.length,
    };
    if (cause.kind === "subject") {
      const asked = await askedToDelete(ctx, cause.id, ordinals);
      const all = [...writes, ...asked.writes];
      await commitMarked(ctx, "purge-planned", about, all, asked.marked);
    } else {
      await commit(ctx, "purge-planned", about, writes);
    }
    await ctx.progress({ step: "purge:planned", id, done: 0, of: plan.items.length });
    return { id, reach, hash: body.planHash, plan };
  });
}

/** An order that freezes at once: what has come within its words since is taken in now. */
async function freezes(ctx: Context, order: string): Promise<boolean> {
  return (await need<Order>(ctx, "order", order)).body.remedy.freeze === "immediately";
}

/**
 * The request restricts what is held from now on; models lawfully made from it before are
 * `since-withdrawn`.
 */
async function askedToDelete(
  ctx: Context,
  subject: string,
  ordinals: OrdinalSet,
): Promise<{ readonly writes: readonly Write[]; readonly marked: Marked }> {
  const loaded = await need<SubjectBody>(ctx, "subject", subject);
  const asked = loaded.body.deletionRequestedAt !== "";
  const at = nowText(ctx);
  const mark: Mark = { state: "since-withdrawn", cause: "deletion-requested", by: subject, at };
  const marked = await markBelow(ctx, asked ? OrdinalSet.of([]) : ordinals, mark);
  if (asked) return { writes: [], marked };
  // From the request on, not from the erasure: what came in between would outlive a complete purge.
  const suppressedSince = loaded.body.suppressedSince || at;
  // Nobody asked before: it is about all that is held.
  const { deletionReaches: _, ...before } = loaded.body;
  const body = { ...before, deletionRequestedAt: at, suppressedSince };
  return { writes: [changed(loaded, body)], marked };
}

export interface Drawn {
  readonly plan: Plan;
  readonly ordinals: OrdinalSet;
  /** What holds keep. */
  readonly kept: OrdinalSet;
}

/**
 * Draws the plan as the world is now. The purge's id is part of the vault's refs; of what a plan
 * of that id selects, what was erased since is in it still.
 */
export async function drawPlan(ctx: Context, cause: Plan["cause"], id: string): Promise<Drawn> {
  await settle(ctx);
  const about = await recordsFor(ctx, cause);
  const planned = await openSet(ctx, id);
  const records = about.filter((record) => record.erasedAt === "" || planned.has(record.ordinal));
  const held = await heldAmong(ctx, records);
  const going = records.filter((record) => !held.has(record.id));
  const ordinals = OrdinalSet.of(going.map((record) => record.ordinal));
  const touched = OrdinalSet.of(records.map((record) => record.ordinal));
  const { copied, datasets, artifacts, models } = await planReach(
    ctx,
    cause,
    touched,
    touched.andNot(ordinals),
  );
  const items: PlanItem[] = [...vaultItems(id, going)];
  const holds = copyingOf(ctx, touched);
  for (const place of await placesOf(ctx, [...copied, ...artifacts, ...models])) {
    if (!(await holds(place))) continue;
    const { node, connector, ref } = place;
    items.push({ node, connector, ref, records: 0 });
  }
  items.push(...replicaItems(ctx, id, going.length));
  const chunks = [...ordinals.chunks()].map(({ chunk, bytes }) => ({
    chunk,
    bitmap: base64url(bytes),
  }));
  const plan: Plan = {
    cause,
    plannedAt: nowText(ctx),
    records: going.length,
    subjects: new Set(going.map((record) => record.subject)).size,
    selection: sha256Hex(canonical(chunks)),
    datasets,
    artifacts,
    models,
    items,
    retained: [...held.values()].flat(),
    ...(await retrainingSection(ctx, { models, artifacts }, touched)),
  };
  return { plan, ordinals, kept: touched.andNot(ordinals) };
}

/** One item per basis: its keys die together when nothing else lives under them. */
function vaultItems(purge: string, records: readonly RecordRow[]): readonly PlanItem[] {
  const byBasis = new Map<string, number>();
  for (const { basis } of records) byBasis.set(basis, (byBasis.get(basis) ?? 0) + 1);
  return [...byBasis]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, count]) => ({ node, connector: VAULT, ref: `${purge}/${node}`, records: count }));
}

/**
 * One item per replica of the store: what the purge erased is erased there too. The ref is the
 * purge.
 */
function replicaItems(ctx: Context, purge: string, records: number): readonly PlanItem[] {
  if (records === 0) return [];
  return [...(ctx.places?.values() ?? [])]
    .filter(({ kind }) => kind === "replica")
    .map(({ name }) => ({ node: purge, connector: name, ref: purge, records }));
}

/** What the cause is about, erased or not. */
async function recordsFor(ctx: Context, cause: Plan["cause"]): Promise<readonly RecordRow[]> {
  const records: RecordRow[] = [];
  if (cause.kind === "subject") {
    const { body } = await need<SubjectBody>(ctx, "subject", cause.id);
    const query = { table: "record", subjects: [cause.id] } as const;
    for await (const record of ctx.store.scan(query)) {
      const asked = body.deletionRequestedAt !== "";
      if (!asked || isToBeDeleted(body, record.ordinal)) records.push(record);
    }
  } else {
    const order = (await need<Order>(ctx, "order", cause.id)).body;
    if (order.remedy.data === undefined || order.remedy.data === "keep") return [];
    const sparing = sparingOf(order);
    for await (const { record, basis, facts } of selected(ctx, order)) {
      if (!isSpared(sparing, facts, record, basis)) records.push(record);
    }
  }
  return records;
}

async function heldAmong(
  ctx: Context,
  records: readonly RecordRow[],
): Promise<ReadonlyMap<string, readonly Retained[]>> {
  const held = new Map<string, Retained[]>();
  for (const { row, body } of await list<HoldBody>(ctx, "hold")) {
    if (body.releasedAt !== "") continue;
    const set = await openSet(ctx, row.id);
    for (const record of records) {
      if (!set.has(record.ordinal)) continue;
      const { authority, instrument } = body;
      const item = { record: record.id, hold: row.id, authority, instrument };
      held.set(record.id, [...(held.get(record.id) ?? []), item]);
    }
  }
  return held;
}

/**
 * What of a purge's plan is kept to this day, item by item, with the authority that stands behind
 * it now. What was released and is not erased yet is still kept.
 */
import type { Plan, Retained } from "../core/purge.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { type HoldBody, openSet } from "./marks.js";
import { list } from "./rows.js";

export interface StandingHold {
  readonly id: string;
  readonly body: HoldBody;
  readonly set: OrdinalSet;
}

export async function standingHolds(ctx: Context): Promise<readonly StandingHold[]> {
  const holds: StandingHold[] = [];
  for (const { row, body } of await list<HoldBody>(ctx, "hold")) {
    if (body.releasedAt !== "") continue;
    holds.push({ id: row.id, body, set: await openSet(ctx, row.id) });
  }
  return holds;
}

export async function retainedNow(
  ctx: Context,
  { retained }: Pick<Plan, "retained">,
): Promise<readonly Retained[]> {
  if (retained.length === 0) return [];
  const holds = await standingHolds(ctx);
  const kept: Retained[] = [];
  for (const [record, planned] of byRecord(retained)) {
    const row = await ctx.store.get({ table: "record", id: record });
    if (row !== undefined && row.erasedAt !== "") continue;
    const standing = holds
      .filter(({ set }) => row !== undefined && set.has(row.ordinal))
      .map(({ id, body: { authority, instrument } }) => {
        return { record, hold: id, authority, instrument };
      });
    kept.push(...(standing.length === 0 ? planned : standing));
  }
  return kept;
}

function byRecord(retained: readonly Retained[]): ReadonlyMap<string, readonly Retained[]> {
  const found = new Map<string, Retained[]>();
  for (const one of retained) found.set(one.record, [...(found.get(one.record) ?? []), one]);
  return found;
}

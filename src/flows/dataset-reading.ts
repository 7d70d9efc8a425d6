/**
 * Reading a sealed dataset: whole, one shard of it or one slice, always in one order. What may not
 * be used any more is left out, decided again record by record.
 */
import type { Dataset } from "../core/dataset.js";
import { type Cell, requireCount } from "../core/layout.js";
import { requireKnown } from "../core/options.js";
import { CustodyError } from "../errors.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import type { Json } from "../lib/canonical.js";
import { type DatasetId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { cellsHolding } from "./layouts.js";
import { openSet } from "./marks.js";
import { judgedSet } from "./members.js";
import { openValues } from "./questions.js";
import { need } from "./rows.js";

/** Which part of a dataset with shards is meant; neither given means all of it. */
export interface Part {
  /** From 0. */
  readonly shard?: number;
  /** From 0; only with `shard`. */
  readonly slice?: number;
}

export type ReadInput = DatasetId | (Part & { readonly dataset: DatasetId });

export interface Member {
  readonly record: string;
  readonly values: { readonly [field: string]: Json };
  /** Where it lies; absent in a dataset without shards. */
  readonly at?: Cell;
}

/**
 * The members that may still be used for the dataset's purpose, with their values. The order is
 * fixed: by shard, by slice, and within a slice as the records were collected; without shards as
 * they were collected. Whoever is taken out changes nobody else's place.
 * @throws `not-found`, `id-invalid`, `option-unknown`, `option-invalid` (no such shard or slice)
 */
export async function* readDataset(ctx: Context, input: ReadInput): AsyncIterable<Member> {
  const asked = typeof input === "string" ? { dataset: input } : input;
  requireKnown(asked, ["dataset", "shard", "slice"], "read");
  const id = requireId("dataset", asked.dataset, "dataset");
  const { body } = await need<Dataset>(ctx, "dataset", id);
  const part = requirePart(asked, body, "read");
  for await (const { ordinals, at } of partsOf(ctx, body, await openSet(ctx, id), part)) {
    for await (const { record, decision } of judgedSet(ctx, ordinals, body.purpose)) {
      if (!decision.allowed) continue;
      const values = await openValues(ctx, record);
      yield at === undefined ? { record: record.id, values } : { record: record.id, values, at };
    }
  }
}

async function* partsOf(
  ctx: Context,
  { layout }: Dataset,
  members: OrdinalSet,
  part: Part,
): AsyncIterable<{ readonly ordinals: OrdinalSet; readonly at?: Cell }> {
  if (layout === undefined) {
    yield { ordinals: members };
    return;
  }
  for (const { shard, slice, ordinals } of await cellsHolding(ctx, layout, members)) {
    if (part.shard !== undefined && part.shard !== shard) continue;
    if (part.slice !== undefined && part.slice !== slice) continue;
    yield { ordinals, at: { shard, slice } };
  }
}

/** @throws `option-invalid` for what the dataset does not have */
export function requirePart(part: Part, { layout }: Dataset, path: string): Part {
  const { shard, slice } = part;
  if (shard === undefined && slice === undefined) return {};
  if (layout === undefined) {
    const reason = "the dataset has no shards";
    throw new CustodyError("option-invalid", { path: `${path}.shard`, reason });
  }
  const asked = { shard: requireCount(shard, 0, layout.shards - 1, `${path}.shard`) };
  if (slice === undefined) return asked;
  return { ...asked, slice: requireCount(slice, 0, layout.slices - 1, `${path}.slice`) };
}

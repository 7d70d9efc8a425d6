/**
 * Cells of laid-out datasets. Nothing is stored but the two numbers and the seed: where a person
 * lies is worked out from the keyring's hash, so that a question about one person touches only
 * their own records.
 */
import type { Dataset } from "../core/dataset.js";
import { type Cell, cellFrom, LAYOUT_USE, type Layout, layoutText } from "../core/layout.js";
import type { Model } from "../core/model.js";
import type { Place } from "../core/place.js";
import { hasSeen, type Seen, seenOf } from "../core/training-time.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { utf8 } from "../lib/bytes.js";
import type { Context } from "./context.js";
import { chunkOf } from "./marks.js";
import { load } from "./rows.js";

const ORDINALS_PER_SCAN = 5_000;
/** How many people's cells are kept at once. */
const CELLS_KEPT_MAX = 100_000;
const ONE_CELL: Cell = { shard: 0, slice: 0 };

/** Where all records of a person lie; without a layout all people lie in one place. */
export async function cellOf(
  ctx: Context,
  layout: Layout | undefined,
  subject: string,
): Promise<Cell> {
  if (layout === undefined) return ONE_CELL;
  const print = await ctx.keyring.index(LAYOUT_USE, utf8(layoutText(layout.seed, subject)));
  return cellFrom(print, layout);
}

export interface Lying {
  readonly ordinal: number;
  readonly cell: Cell;
  readonly erased: boolean;
}

/** Each of these records with its cell, in ordinal order; without a layout all lie in one. */
export async function* lyingIn(
  ctx: Context,
  layout: Layout | undefined,
  ordinals: OrdinalSet,
): AsyncIterable<Lying> {
  const cells = new Map<string, Cell>();
  for (const page of pages(ordinals)) {
    for await (const row of ctx.store.scan({ table: "record", ordinals: page })) {
      const { ordinal, subject, erasedAt } = row;
      const cell = cells.get(subject) ?? (await cellOf(ctx, layout, subject));
      if (cells.size < CELLS_KEPT_MAX) cells.set(subject, cell);
      yield { ordinal, cell, erased: erasedAt !== "" };
    }
  }
}

function* pages(ordinals: OrdinalSet): Iterable<readonly number[]> {
  let page: number[] = [];
  for (const ordinal of ordinals) {
    page.push(ordinal);
    if (page.length < ORDINALS_PER_SCAN) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

export interface FilledCell extends Cell {
  readonly ordinals: OrdinalSet;
}

/** The cells that hold any of these, by shard and then by slice: the order of reading. */
export async function cellsHolding(
  ctx: Context,
  layout: Layout,
  ordinals: OrdinalSet,
): Promise<readonly FilledCell[]> {
  const filled = new Map<number, number[]>();
  for await (const { ordinal, cell } of lyingIn(ctx, layout, ordinals)) {
    const at = cell.shard * layout.slices + cell.slice;
    const known = filled.get(at);
    if (known === undefined) filled.set(at, [ordinal]);
    else known.push(ordinal);
  }
  return [...filled]
    .sort(([a], [b]) => a - b)
    .map(([at, of]) => ({
      shard: Math.floor(at / layout.slices),
      slice: at % layout.slices,
      ordinals: OrdinalSet.of(of),
    }));
}

/** Of a dataset's records those that a model had read; of anything else all of them. */
export async function withinSeen(
  ctx: Context,
  content: OrdinalSet,
  dataset: string,
  seen: Seen,
): Promise<OrdinalSet> {
  if (seen === "whole" || !dataset.startsWith("dat_")) return content;
  const layout = (await load<Dataset>(ctx, "dataset", dataset))?.body.layout;
  if (layout === undefined) return content;
  const within: number[] = [];
  for await (const { ordinal, cell } of lyingIn(ctx, layout, content)) {
    if (hasSeen(seen, cell)) within.push(ordinal);
  }
  return OrdinalSet.of(within);
}

/**
 * Asks of models made from a dataset whether they had read any of some records by then. One asker
 * is for one walk: it keeps where the records lie.
 */
export function readingOf(
  ctx: Context,
  ordinals: OrdinalSet,
): (dataset: string, model: string, relation: string) => Promise<boolean> {
  const lying = new Map<string, readonly Cell[] | undefined>();
  return async (dataset, model, relation) => {
    if (!lying.has(dataset)) lying.set(dataset, await cellsAmong(ctx, dataset, ordinals));
    const cells = lying.get(dataset);
    if (cells === undefined) return true;
    const made = await load<Model>(ctx, "model", model);
    if (made === undefined) return true;
    const seen = seenOf(made.body, dataset, relation);
    return cells.some((cell) => hasSeen(seen, cell));
  };
}

/** Asks of copies of datasets whether the part that was copied holds any of some records. */
export function copyingOf(ctx: Context, ordinals: OrdinalSet): (place: Place) => Promise<boolean> {
  const lying = new Map<string, readonly Cell[] | undefined>();
  return async ({ node, part }) => {
    if (part === undefined) return true;
    if (!lying.has(node)) lying.set(node, await cellsAmong(ctx, node, ordinals));
    const cells = lying.get(node);
    return cells?.some((cell) => inPart(cell, part)) ?? true;
  };
}

function inPart(cell: Cell, { shard, slice }: NonNullable<Place["part"]>): boolean {
  return cell.shard === shard && (slice === undefined || cell.slice === slice);
}

/** Where the records lie in the dataset; undefined when it has no shards. */
async function cellsAmong(
  ctx: Context,
  dataset: string,
  ordinals: OrdinalSet,
): Promise<readonly Cell[] | undefined> {
  const layout = (await load<Dataset>(ctx, "dataset", dataset))?.body.layout;
  if (layout === undefined) return undefined;
  return cellsHolding(ctx, layout, await membersAmong(ctx, dataset, ordinals));
}

/** Which of these are in the set; touches only the chunks that they lie in. */
export async function membersAmong(
  ctx: Context,
  set: string,
  ordinals: OrdinalSet,
): Promise<OrdinalSet> {
  const chunks: ReturnType<typeof chunkOf>[] = [];
  for (const { chunk } of ordinals.chunks()) {
    const row = await ctx.store.get({ table: "member", set, chunk });
    if (row !== undefined) chunks.push(chunkOf(row));
  }
  return OrdinalSet.fromChunks(chunks).and(ordinals);
}

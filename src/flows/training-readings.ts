/** What the own steps of a model read: the slices after those of the checkpoint before it. */
import { contentSet, sourceSet } from "../core/artifact.js";
import type { Dataset } from "../core/dataset.js";
import type { Layout } from "../core/layout.js";
import type { Model } from "../core/model.js";
import type { ReadingExtent } from "../core/retraining.js";
import { readThrough } from "../core/training-time.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { lyingIn } from "./layouts.js";
import { openSet } from "./marks.js";
import { need } from "./rows.js";
import type { Ancestor } from "./training-line.js";

/** Slices of one shard that a model's own steps read. */
export interface OwnSlices {
  readonly dataset: string;
  readonly layout: Layout;
  readonly shard: number;
  readonly first: number;
  readonly last: number;
  /** The checkpoint that had read those before; "" where none had. */
  readonly after: string;
}

export interface Reading {
  readonly slices: readonly OwnSlices[];
  /** Records read besides slices. */
  readonly besides: number;
  readonly extent: ReadingExtent;
  /** Of what is left out, all that was in its sources. */
  readonly leftOut: OrdinalSet;
}

interface Counts {
  readonly layout: Layout | undefined;
  /** Living records that are not left out, by shard and slice. */
  readonly cells: ReadonlyMap<string, number>;
  /** The same of what is left out, erased or not. */
  readonly outCells: ReadonlyMap<string, number>;
  readonly total: number;
  readonly out: OrdinalSet;
}

/** Counts of one question: every dataset is gone through once. */
export class Readings {
  readonly #ctx: Context;
  readonly #line: ReadonlyMap<string, Ancestor>;
  readonly #without: OrdinalSet;
  readonly #counts = new Map<string, Counts>();

  constructor(ctx: Context, line: ReadonlyMap<string, Ancestor>, without: OrdinalSet) {
    this.#ctx = ctx;
    this.#line = line;
    this.#without = without;
  }

  async of(model: Model): Promise<Reading> {
    const slices: OwnSlices[] = [];
    let besides = 0;
    let leftOut = OrdinalSet.of([]);
    const taught = model.parents.filter(({ relation }) => relation !== "evaluated-on");
    for (const id of new Set(taught.map((parent) => parent.id))) {
      if (id.startsWith("dat_")) {
        const { layout, total, out } = await this.#countsOf(id);
        leftOut = leftOut.or(out);
        const read = readThrough(model.parents, id);
        if (read === "whole" || layout === undefined) besides += total;
        else {
          for (const [shard, last] of read) {
            slices.push({
              dataset: id,
              layout,
              shard,
              ...(await this.#own(model, layout, shard, last)),
            });
          }
        }
      } else if (id.startsWith("art_")) {
        const content = await openSet(this.#ctx, contentSet(id));
        leftOut = leftOut.or(content.and(this.#without));
        besides += content.andNot(this.#without).size;
      }
    }
    for (const relation of new Set(taught.map((parent) => parent.relation))) {
      const direct = await openSet(this.#ctx, sourceSet(model.id, relation));
      leftOut = leftOut.or(direct.and(this.#without));
      besides += direct.andNot(this.#without).size;
    }
    return { slices, besides, extent: extentOf(model, slices, besides), leftOut };
  }

  /** Records in these slices: those that stay, or those left out. */
  async size({ dataset, shard, first, last }: OwnSlices, which: "stay" | "out"): Promise<number> {
    const { cells, outCells } = await this.#countsOf(dataset);
    let size = 0;
    for (let slice = first; slice <= last; slice += 1) {
      size += (which === "stay" ? cells : outCells).get(`${shard}/${slice}`) ?? 0;
    }
    return size;
  }

  /** A checkpoint that reads a slice once more, or goes back, is counted from the first slice. */
  async #own(
    model: Model,
    layout: Layout,
    shard: number,
    last: number,
  ): Promise<Pick<OwnSlices, "first" | "last" | "after">> {
    let before = { slice: -1, id: "" };
    for (const source of this.#line.get(model.id)?.sources ?? []) {
      const slice = await this.#readBy(source, layout.seed, shard);
      if (slice > before.slice && slice < last) before = { slice, id: source };
    }
    return { first: before.slice + 1, last, after: before.id };
  }

  /** The last slice of a shard that a source had read, in any dataset of the seed; -1 for none. */
  async #readBy(source: string, seed: string, shard: number): Promise<number> {
    const model = this.#line.get(source)?.model;
    let last = -1;
    for (const { id, at, relation } of model?.parents ?? []) {
      if (at?.shard !== shard || relation === "evaluated-on" || !id.startsWith("dat_")) continue;
      if ((await this.#countsOf(id)).layout?.seed === seed) last = Math.max(last, at.slice);
    }
    return last;
  }

  async #countsOf(dataset: string): Promise<Counts> {
    const known = this.#counts.get(dataset);
    if (known !== undefined) return known;
    const { layout } = (await need<Dataset>(this.#ctx, "dataset", dataset)).body;
    const members = await openSet(this.#ctx, dataset);
    const cells = new Map<string, number>();
    const outCells = new Map<string, number>();
    let total = 0;
    for await (const { ordinal, cell, erased } of lyingIn(this.#ctx, layout, members)) {
      const name = `${cell.shard}/${cell.slice}`;
      if (this.#without.has(ordinal)) outCells.set(name, (outCells.get(name) ?? 0) + 1);
      else if (!erased) {
        cells.set(name, (cells.get(name) ?? 0) + 1);
        total += 1;
      }
    }
    const counts = { layout, cells, outCells, total, out: members.and(this.#without) };
    this.#counts.set(dataset, counts);
    return counts;
  }
}

function extentOf(model: Model, slices: readonly OwnSlices[], besides: number): ReadingExtent {
  if ((model.statistics ?? []).length > 0) return "statistics";
  if (model.order === "unknown") return "order-unknown";
  if (slices.length > 0) return "slices";
  return besides > 0 ? "whole" : "sources";
}

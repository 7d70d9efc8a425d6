/**
 * Downwards from records: the datasets that hold them, what was made from those, and the marks this
 * leaves.
 */
import type { Write } from "../core/event.js";
import { type Mark, type Model, modelState } from "../core/model.js";
import { CustodyError } from "../errors.js";
import { CHUNK_BITS, OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { chunkOf } from "./marks.js";
import { changed, load } from "./rows.js";

export const TRACE_NODES_MAX = 1_000_000;
const CHUNK_SIZE = 2 ** CHUNK_BITS;

/** How a node was reached: the nearest way, and whether through an evaluation only. */
export interface Reached {
  readonly id: string;
  readonly via: string;
  readonly relation: string;
  /** False when every way there passes an evaluation: the model then learned nothing from it. */
  readonly made: boolean;
}

/** Datasets that contain any of the ordinals. Touches only the chunks they lie in. */
export async function datasetsHolding(
  ctx: Context,
  ordinals: OrdinalSet,
): Promise<ReadonlySet<string>> {
  return setsHolding(ctx, ordinals, "dat_");
}

/** Sets of one kind of node, by the beginning of its ids, that contain any of the ordinals. */
export async function setsHolding(
  ctx: Context,
  ordinals: OrdinalSet,
  kind: "dat_" | "dis_",
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { chunk } of ordinals.chunks()) {
    for await (const row of ctx.store.scan({ table: "member", chunk })) {
      if (!row.set.startsWith(kind) || found.has(row.set)) continue;
      if (OrdinalSet.fromChunks([chunkOf(row)]).intersects(ordinals)) found.add(row.set);
    }
  }
  return found;
}

/** Everything below the start nodes along typed edges, breadth first. @throws `limit-exceeded` */
export async function descendants(
  ctx: Context,
  starts: Iterable<string>,
): Promise<ReadonlyMap<string, Reached>> {
  const reached = new Map<string, Reached>();
  const queue: { id: string; made: boolean }[] = [...starts].map((id) => ({ id, made: true }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for await (const edge of ctx.store.scan({ table: "edge", parent: next.id })) {
      const made = next.made && edge.relation !== "evaluated-on";
      const before = reached.get(edge.child);
      if (before !== undefined && (before.made || !made)) continue;
      if (reached.size >= TRACE_NODES_MAX) {
        throw new CustodyError("limit-exceeded", {
          limit: "TRACE_NODES_MAX",
          max: TRACE_NODES_MAX,
        });
      }
      reached.set(edge.child, { id: edge.child, via: next.id, relation: edge.relation, made });
      queue.push({ id: edge.child, made });
    }
  }
  return reached;
}

export interface Marked {
  readonly writes: readonly Write[];
  readonly models: readonly string[];
}

/**
 * The writes that leave a mark on every model made from these records. Through an evaluation only,
 * a freeze becomes a doubt and a withdrawal nothing. A model that bears the same state from the
 * same cause already is left alone.
 */
export async function markModels(ctx: Context, ordinals: OrdinalSet, mark: Mark): Promise<Marked> {
  const writes: Write[] = [];
  const models: string[] = [];
  if (ordinals.size === 0) return { writes, models };
  const below = await descendants(ctx, await datasetsHolding(ctx, ordinals));
  for (const { id, made } of below.values()) {
    const model = await load<Model>(ctx, "model", id);
    if (model === undefined || modelState(model.body.marks) === "destroyed") continue;
    const state = made ? mark.state : mark.state === "since-withdrawn" ? undefined : "suspect";
    if (state === undefined) continue;
    const again = model.body.marks.some((m) => m.state === state && m.by === mark.by);
    if (again) continue;
    writes.push(
      changed(model, { ...model.body, marks: [...model.body.marks, { ...mark, state }] }),
    );
    models.push(id);
  }
  return { writes, models };
}

/** The chunk in which an ordinal lies. */
export function chunkNumber(ordinal: number): number {
  return Math.floor(ordinal / CHUNK_SIZE);
}

/** Upwards: the records behind what something is made from. */
import { contentSet, sourceSet } from "../core/artifact.js";
import { type Model, stateOf } from "../core/model.js";
import { RELATIONS } from "../core/relation.js";
import { seenOf } from "../core/training-time.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { withinSeen } from "./layouts.js";
import { TRACE_NODES_MAX } from "./lineage.js";
import { openSet } from "./marks.js";
import { load } from "./rows.js";

/** A source of a model or an artifact. */
export interface Source {
  readonly id: string;
  /** Of a record: its ordinal. */
  readonly ordinal?: number;
}

/** The records whose data is in it; of a model none, for a model holds no rows. */
export async function contentOf(ctx: Context, source: Source): Promise<OrdinalSet> {
  if (source.ordinal !== undefined) return OrdinalSet.of([source.ordinal]);
  if (source.id.startsWith("dat_")) return openSet(ctx, source.id);
  return source.id.startsWith("art_") ? openSet(ctx, contentSet(source.id)) : OrdinalSet.of([]);
}

/**
 * The records that models learned from which took part in making an artifact: labellers,
 * generators. A model that a person has cleared answers for itself, and an evaluation taught it
 * nothing. @throws `limit-exceeded`
 */
export async function learnedBehind(ctx: Context, id: string): Promise<OrdinalSet> {
  let learned = OrdinalSet.of([]);
  const queue = [id];
  const seen = new Set(queue);
  for (let at = 0; at < queue.length; at += 1) {
    const child = queue[at] ?? "";
    const isModel = child.startsWith("mod_");
    let made: Model | undefined;
    if (isModel) {
      const model = await load<Model>(ctx, "model", child);
      if (model === undefined || stateOf(model.body) === "cleared") continue;
      made = model.body;
      learned = learned.or(await taughtDirectly(ctx, child));
    }
    for await (const { parent, relation } of ctx.store.scan({ table: "edge", child })) {
      if (relation === "evaluated-on" || seen.has(parent)) continue;
      if (made !== undefined) {
        const content = await contentOf(ctx, { id: parent });
        const seen = seenOf(made, parent, relation);
        learned = learned.or(await withinSeen(ctx, content, parent, seen));
      }
      if (parent.startsWith("dat_")) continue;
      if (seen.size >= TRACE_NODES_MAX) {
        const max = TRACE_NODES_MAX;
        throw new CustodyError("limit-exceeded", { limit: "TRACE_NODES_MAX", max });
      }
      seen.add(parent);
      queue.push(parent);
    }
  }
  return learned;
}

/** Records that a model was given one by one. */
async function taughtDirectly(ctx: Context, model: string): Promise<OrdinalSet> {
  let taught = OrdinalSet.of([]);
  for (const relation of RELATIONS) {
    if (relation === "evaluated-on") continue;
    taught = taught.or(await openSet(ctx, sourceSet(model, relation)));
  }
  return taught;
}

/**
 * Downwards: the sets that hold records, and everything that was made from them along typed edges,
 * by the nearest way and in the worst condition that any way brings.
 */
import { type Condition, effectOf, type Overrides, SAME_BYTES, worse } from "../core/relation.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { readingOf } from "./layouts.js";
import { chunkOf } from "./marks.js";

export const TRACE_NODES_MAX = 1_000_000;

/** How a node was reached. */
export interface Reached {
  readonly id: string;
  /** The node before it on the nearest way; "" when records come first. */
  readonly via: string;
  readonly relation: string;
  /** The worst that any way brings, before what an order's text spares. */
  readonly condition: Condition;
  /** The worst that it becomes itself. */
  readonly own: Condition;
  /** Both again by the ways that pass a model; the rest is data that can be looked at. */
  readonly conditionByModel: Condition;
  readonly ownByModel: Condition;
}

/** Where a walk starts: at records, at nodes, or both. */
export interface Start {
  readonly ordinals?: OrdinalSet;
  readonly nodes?: Iterable<string>;
}

export interface WalkOptions {
  /** What is against the start; `tainted` unless given, which reaches everything. */
  readonly condition?: Condition;
  readonly overrides?: Overrides;
  /** Only what was learned from the records counts: an evaluation on them reaches nothing. */
  readonly learnedOnly?: boolean;
  /** Nodes below, datasets aside; `TRACE_NODES_MAX` unless given. Beyond it: `limit-exceeded`. */
  readonly nodesMax?: number;
}

export interface Walk {
  /** Sealed datasets that hold any of the records. */
  readonly datasets: ReadonlySet<string>;
  /** In the order in which they were reached: nearest first. */
  readonly below: ReadonlyMap<string, Reached>;
}

/** Everything that holds any of some records, by one look at the chunks they lie in. */
interface Holding {
  readonly datasets: ReadonlySet<string>;
  readonly contents: ReadonlySet<string>;
  readonly direct: readonly (readonly [child: string, relation: string])[];
}

const SET = /^((?:art|mod)_[0-9a-z]+)\/(.+)$/;

/** Datasets that contain any of the ordinals. Touches only the chunks they lie in. */
export async function datasetsHolding(
  ctx: Context,
  ordinals: OrdinalSet,
): Promise<ReadonlySet<string>> {
  return (await holding(ctx, ordinals)).datasets;
}

/** Artifacts with data of any of the records in them. */
export async function artifactsHolding(
  ctx: Context,
  ordinals: OrdinalSet,
): Promise<ReadonlySet<string>> {
  return (await holding(ctx, ordinals)).contents;
}

async function holding(ctx: Context, ordinals: OrdinalSet): Promise<Holding> {
  const datasets = new Set<string>();
  const contents = new Set<string>();
  const direct = new Map<string, readonly [string, string]>();
  for await (const set of setsHolding(ctx, ordinals, (name) => /^(?:dat|art|mod)_/.test(name))) {
    const [, child, relation] = SET.exec(set) ?? [];
    if (child === undefined || relation === undefined) datasets.add(set);
    else if (relation === "content") contents.add(child);
    else direct.set(set, [child, relation]);
  }
  return { datasets, contents, direct: [...direct.values()] };
}

/** Names of the wanted sets that contain any of the ordinals, each once. */
export async function* setsHolding(
  ctx: Context,
  ordinals: OrdinalSet,
  wanted: (set: string) => boolean,
): AsyncIterable<string> {
  const found = new Set<string>();
  for (const { chunk } of ordinals.chunks()) {
    for await (const row of ctx.store.scan({ table: "member", chunk })) {
      if (!wanted(row.set) || found.has(row.set)) continue;
      if (!OrdinalSet.fromChunks([chunkOf(row)]).intersects(ordinals)) continue;
      found.add(row.set);
      yield row.set;
    }
  }
}

interface Arrival {
  readonly id: string;
  readonly condition: Condition;
  readonly byModel: boolean;
}

/**
 * Breadth first, so that the first way to a node is a shortest one; a node is visited again only
 * when a way brings something worse. The node that stands for a digest is no step of its own. A
 * checkpoint that had not read any of the records by then is not reached by its dataset.
 * @throws `limit-exceeded`
 */
export async function walk(ctx: Context, start: Start, options: WalkOptions = {}): Promise<Walk> {
  const { condition = "tainted", overrides = {}, nodesMax = TRACE_NODES_MAX } = options;
  const held = start.ordinals === undefined ? undefined : await holding(ctx, start.ordinals);
  const datasets = held?.datasets ?? new Set<string>();
  const below = new Map<string, Reached>();
  const whole = new Set(start.nodes);
  const hadRead = readingOf(ctx, start.ordinals ?? OrdinalSet.of([]));
  const queue: Arrival[] = [...datasets, ...whole].map((id) => {
    return { id, condition, byModel: false };
  });
  const arrive = (id: string, via: string, relation: string, from: Arrival): void => {
    if (options.learnedOnly === true && !from.byModel && relation === "evaluated-on") return;
    const effect = effectOf(relation, from.condition, overrides);
    if (effect.onward === "none") return;
    const before = below.get(id);
    if (before === undefined && below.size >= nodesMax) {
      throw new CustodyError("limit-exceeded", { limit: "TRACE_NODES_MAX", max: nodesMax });
    }
    const after = reachedAgain(before ?? { id, via, relation, ...NOTHING }, effect, from.byModel);
    below.set(id, after);
    if (before === undefined || handsOnMore(before, after)) {
      queue.push({ id, condition: effect.onward, byModel: from.byModel });
    }
  };
  const expand = async (next: Arrival): Promise<void> => {
    const byModel = next.byModel || !/^(?:dat|art)_/.test(next.id);
    for await (const { child, relation } of ctx.store.scan({ table: "edge", parent: next.id })) {
      // Made from the dataset, but after these records had gone from it.
      const after = datasets.has(next.id) && held?.contents.has(child) === false;
      if (after && child.startsWith("art_")) continue;
      const timed = datasets.has(next.id) && child.startsWith("mod_") && !whole.has(next.id);
      if (timed && !(await hadRead(next.id, child, relation))) continue;
      const waiting = queue.length;
      arrive(child, next.id, relation, { ...next, byModel });
      const hub = relation === SAME_BYTES && queue.length > waiting ? queue.at(-1) : undefined;
      if (hub === undefined || child.startsWith("mod_")) continue;
      queue.pop();
      await expand(hub);
    }
  };
  const first: Arrival = { id: "", condition, byModel: false };
  for (const [child, relation] of held?.direct ?? []) arrive(child, "", relation, first);
  for (let at = 0; at < queue.length; at += 1) await expand(queue[at] ?? first);
  return { datasets, below };
}

const NOTHING = {
  condition: "none",
  own: "none",
  conditionByModel: "none",
  ownByModel: "none",
} as const;

function reachedAgain(
  before: Reached,
  effect: { readonly own: Condition; readonly onward: Condition },
  byModel: boolean,
): Reached {
  const either = {
    condition: worse(before.condition, effect.onward),
    own: worse(before.own, effect.own),
  };
  if (!byModel) return { ...before, ...either };
  return {
    ...before,
    ...either,
    conditionByModel: worse(before.conditionByModel, effect.onward),
    ownByModel: worse(before.ownByModel, effect.own),
  };
}

/** True when what it hands on is worse than before. */
function handsOnMore(before: Reached, after: Reached): boolean {
  return before.condition !== after.condition || before.conditionByModel !== after.conditionByModel;
}

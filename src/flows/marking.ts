/**
 * Marks: what is found against records, left on every model and every artifact made through one.
 *
 * Finding and marking are one commit, so that nothing is served in between. Where more is reached
 * than a commit holds, the rest is noted down in that same commit and finished page by page; until
 * then whoever asks finishes it first (`settle`), in whatever process.
 *
 * One document, the lineage, changes with every edge and every mark: an edge drawn while a mark
 * walks down, or the other way round, collides and is decided again.
 */
import { type Artifact, letsLive } from "../core/artifact.js";
import type { EventType, Write } from "../core/event.js";
import { conditionOf, type Mark, type Model, modelState, stateFor } from "../core/model.js";
import type { Order } from "../core/order.js";
import { type Condition, type DerivedTerms, overridesOf } from "../core/relation.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import type { Json } from "../lib/canonical.js";
import type { Expectation } from "../ports/store.js";
import type { Context } from "./context.js";
import { type Reached, walk } from "./lineage.js";
import { openSet, setWrites } from "./marks.js";
import { changed, commit, created, type Loaded, load, need, retrying } from "./rows.js";

export const MARKS_PER_COMMIT = 2_000;

const LINEAGE = "lineage";

interface LineageBody {
  /** Marks that have not reached everything yet, oldest first. */
  readonly pending: readonly Pending[];
}

interface Pending {
  /** The set of records that the mark comes from. */
  readonly set: string;
  readonly mark: Mark;
}

/** The lineage as it was when a flow looked, or undefined before the first edge. */
export interface LineageSeen {
  readonly loaded: Loaded<LineageBody> | undefined;
}

export async function lineageSeen(ctx: Context): Promise<LineageSeen> {
  return { loaded: await load<LineageBody>(ctx, "service", LINEAGE) };
}

/** The write of whoever adds an edge or a mark: a conflict when somebody else did since. */
export function lineageMoved({ loaded }: LineageSeen, pending?: readonly Pending[]): Write {
  if (loaded === undefined) return created("service", LINEAGE, { pending: pending ?? [] });
  return changed(loaded, { pending: pending ?? loaded.body.pending });
}

function lineageStill({ loaded }: LineageSeen): Expectation {
  return { kind: "service", id: LINEAGE, version: loaded?.row.version ?? 0 };
}

export interface Marked {
  readonly ordinals: OrdinalSet;
  readonly mark: Mark;
  readonly seen: LineageSeen;
  /** The first page. */
  readonly writes: readonly Write[];
  /** All of them, those beyond the first page too. */
  readonly models: readonly string[];
  readonly rest: boolean;
}

/**
 * What a mark on these records does below them: writes for `commitMarked`. Through an evaluation
 * only, a freeze becomes a doubt and a withdrawal nothing. Who bears the same state from the same
 * cause already is left alone.
 *
 * @param terms the remedy of the order behind the mark: what its text spares is not marked
 * @throws `limit-exceeded`
 */
export async function markBelow(
  ctx: Context,
  ordinals: OrdinalSet,
  mark: Mark,
  terms: DerivedTerms = {},
): Promise<Marked> {
  const none = { ordinals, mark, seen: { loaded: undefined }, writes: [], models: [], rest: false };
  if (ordinals.size === 0) return none;
  const seen = await lineageSeen(ctx);
  const start = { condition: conditionOf(mark.state), overrides: overridesOf(terms) };
  const { below } = await walk(ctx, { ordinals }, start);
  const writes: Write[] = [];
  const models: string[] = [];
  for (const reached of below.values()) {
    const write = await markOne(ctx, reached, mark, terms);
    if (write === undefined) continue;
    writes.push(write);
    if (reached.id.startsWith("mod_")) models.push(reached.id);
  }
  const page = writes.slice(0, MARKS_PER_COMMIT);
  return { ordinals, mark, seen, writes: page, models, rest: writes.length > page.length };
}

async function markOne(
  ctx: Context,
  { id, own, ownByModel }: Reached,
  mark: Mark,
  terms: DerivedTerms,
): Promise<Write | undefined> {
  if (id.startsWith("mod_")) {
    const model = await load<Model>(ctx, "model", id);
    if (model === undefined || modelState(model.body.marks) === "destroyed") return undefined;
    return marking(model, mark, own);
  }
  // What came straight from records is read off them at every use; a model's doing is not.
  if (ownByModel === "none" || ownByModel === "withdrawn") return undefined;
  const artifact = await load<Artifact>(ctx, "artifact", id);
  if (artifact === undefined || artifact.body.erasedAt !== "") return undefined;
  return letsLive(terms, artifact.body) ? undefined : marking(artifact, mark, ownByModel);
}

function marking<B extends { readonly marks: readonly Mark[] }>(
  node: Loaded<B>,
  mark: Mark,
  condition: Condition,
): Write | undefined {
  const state = stateFor(condition);
  if (state === undefined) return undefined;
  if (node.body.marks.some((m) => m.state === state && m.by === mark.by)) return undefined;
  return changed(node, { ...node.body, marks: [...node.body.marks, { ...mark, state }] });
}

/** One event with what it decides and the marks that this leaves, in one commit. */
export async function commitMarked(
  ctx: Context,
  type: EventType,
  about: { readonly [key: string]: Json | undefined },
  writes: readonly Write[],
  marked: Marked,
): Promise<void> {
  if (marked.ordinals.size === 0) {
    await commit(ctx, type, about, writes);
    return;
  }
  const { seen, rest } = marked;
  if (marked.writes.length === 0) {
    await commit(ctx, type, about, writes, [lineageStill(seen)]);
    return;
  }
  const set = `pending/${ctx.newId("event")}`;
  const before = seen.loaded?.body.pending ?? [];
  const pending = rest ? [...before, { set, mark: marked.mark }] : before;
  const kept = rest ? setWrites(set, marked.ordinals) : [];
  const all = [...writes, ...marked.writes, ...kept, lineageMoved(seen, pending)];
  await commit(ctx, type, about, all);
  if (rest) await settle(ctx);
}

/**
 * Finishes marks that did not fit their commit. Idempotent, by any number of processes at once;
 * costs one read when nothing is open.
 */
export async function settle(ctx: Context): Promise<void> {
  while (await retrying(() => settleSome(ctx)));
}

/** True while something may be left. */
async function settleSome(ctx: Context): Promise<boolean> {
  const first = (await lineageSeen(ctx)).loaded?.body.pending[0];
  if (first === undefined) return false;
  const { set, mark } = first;
  const ordinals = await openSet(ctx, set);
  const terms = mark.cause === "order" ? await termsOf(ctx, mark.by) : {};
  const { writes, seen, rest } = await markBelow(ctx, ordinals, mark, terms);
  const now = seen.loaded?.body.pending ?? [];
  // Another process has finished it since.
  if (!now.some((one) => one.set === set)) return true;
  const pending = rest ? now : now.filter((one) => one.set !== set);
  const done = rest ? [] : setWrites(set, ordinals).map(erased);
  const about = { set, cause: mark.cause, by: mark.by, marked: writes.length };
  const all = [...writes, ...done, lineageMoved(seen, pending)];
  await commit(ctx, "model-state-changed", about, all);
  return true;
}

async function termsOf(ctx: Context, order: string): Promise<DerivedTerms> {
  return (await need<Order>(ctx, "order", order)).body.remedy;
}

function erased(write: Write): Write {
  if (!("put" in write) || write.put.table !== "member") return write;
  const { set, chunk } = write.put;
  return { erase: { table: "member", set, chunk } };
}

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
import { type Condition, type DerivedTerms, overridesOf, worse } from "../core/relation.js";
import { OrdinalSet } from "../lib/bitmap.js";
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
  /** The set of `Below.learned`; absent where there is none. */
  readonly learned?: string;
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
  readonly learned: OrdinalSet;
  readonly mark: Mark;
  readonly seen: LineageSeen;
  /** The first page. */
  readonly writes: readonly Write[];
  /** All of them, those beyond the first page too. */
  readonly models: readonly string[];
  readonly rest: boolean;
}

export interface Below {
  /** The remedy of the order behind the mark: what its text spares is not marked. */
  readonly terms?: DerivedTerms;
  /** More records, of which only what was learned counts: an evaluation on them is left alone. */
  readonly learned?: OrdinalSet;
}

const NO_RECORDS = OrdinalSet.of([]);

/**
 * What a mark on these records does below them: writes for `commitMarked`. Through an evaluation
 * only, a freeze becomes a doubt and a withdrawal nothing. Who bears the same state from the same
 * cause already is left alone.
 *
 * @throws `limit-exceeded`
 */
export async function markBelow(
  ctx: Context,
  ordinals: OrdinalSet,
  mark: Mark,
  { terms = {}, learned = NO_RECORDS }: Below = {},
): Promise<Marked> {
  const found = { ordinals, learned, mark };
  if (ordinals.size + learned.size === 0) {
    return { ...found, seen: { loaded: undefined }, writes: [], models: [], rest: false };
  }
  const seen = await lineageSeen(ctx);
  const start = { condition: conditionOf(mark.state), overrides: overridesOf(terms) };
  const writes: Write[] = [];
  const models: string[] = [];
  const below = [
    (await walk(ctx, { ordinals }, start)).below,
    (await walk(ctx, { ordinals: learned }, { ...start, learnedOnly: true })).below,
  ];
  for (const reached of worstOf(below)) {
    const write = await markOne(ctx, reached, mark, terms);
    if (write === undefined) continue;
    writes.push(write);
    if (reached.id.startsWith("mod_")) models.push(reached.id);
  }
  const page = writes.slice(0, MARKS_PER_COMMIT);
  return { ...found, seen, writes: page, models, rest: writes.length > page.length };
}

type Fate = Pick<Reached, "id" | "own" | "ownByModel">;

/** Every node that any of the walks reached, once, by the worst that any brings. */
function worstOf(walks: readonly ReadonlyMap<string, Reached>[]): Iterable<Fate> {
  const worst = new Map<string, Fate>();
  for (const { id, own, ownByModel } of walks.flatMap((below) => [...below.values()])) {
    const before = worst.get(id);
    worst.set(id, {
      id,
      own: worse(before?.own ?? "none", own),
      ownByModel: worse(before?.ownByModel ?? "none", ownByModel),
    });
  }
  return worst.values();
}

async function markOne(
  ctx: Context,
  { id, own, ownByModel }: Fate,
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
  const { marks } = node.body;
  // What is found out or selected anew is no doubt that an earlier clearing has answered.
  const anew = mark.cause === "found-out" || mark.cause === "order";
  const answered = anew ? marks.findLastIndex(isClearing) : -1;
  if (marks.some((m, at) => at > answered && m.state === state && m.by === mark.by)) {
    return undefined;
  }
  return changed(node, { ...node.body, marks: [...marks, { ...mark, state }] });
}

const isClearing = ({ state }: Mark): boolean => state === "cleared";

/** One event with what it decides and the marks that this leaves, in one commit. */
export async function commitMarked(
  ctx: Context,
  type: EventType,
  about: { readonly [key: string]: Json | undefined },
  writes: readonly Write[],
  marked: Marked,
): Promise<void> {
  const { ordinals, learned } = marked;
  if (ordinals.size + learned.size === 0) {
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
  const more = learned.size === 0 ? {} : { learned: `${set}/learned` };
  const pending = rest ? [...before, { set, ...more, mark: marked.mark }] : before;
  const kept = rest ? [...setWrites(set, ordinals), ...setWrites(`${set}/learned`, learned)] : [];
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
  const learned = first.learned === undefined ? NO_RECORDS : await openSet(ctx, first.learned);
  const terms = mark.cause === "order" ? await termsOf(ctx, mark.by) : {};
  const { writes, seen, rest } = await markBelow(ctx, ordinals, mark, { terms, learned });
  const now = seen.loaded?.body.pending ?? [];
  // Another process has finished it since.
  if (!now.some((one) => one.set === set)) return true;
  const pending = rest ? now : now.filter((one) => one.set !== set);
  const kept = [...setWrites(set, ordinals), ...setWrites(`${set}/learned`, learned)];
  const done = rest ? [] : kept.map(erased);
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

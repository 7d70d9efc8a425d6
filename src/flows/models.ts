/**
 * Models: asked before training, recorded afterwards whatever happened meanwhile, served only while
 * nothing is against it.
 */
import { sourceSet } from "../core/artifact.js";
import type { Write } from "../core/event.js";
import { type Mark, type Model, type ModelState, mayServeState, stateOf } from "../core/model.js";
import { requireKnown, requireText } from "../core/options.js";
import { RELATIONS } from "../core/relation.js";
import {
  type Parent,
  type RunTime,
  readRunTime,
  type TrainingOrder,
  type TrainingStatistic,
} from "../core/training-time.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { type ModelId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { lineageMoved, lineageSeen, settle } from "./marking.js";
import { setWrites } from "./marks.js";
import { admitInputs, type Input, inheritedMarks } from "./model-inputs.js";
import { meanwhile } from "./model-meanwhile.js";
import { type PlaceInput, placeWrites, requirePlaces } from "./node-places.js";
import { changed, commit, created, type Loaded, load, need, nowText, retrying } from "./rows.js";
import { marksBeyond, sharedMarks, twinEdges, twinsOf } from "./twins.js";

export interface BeginInput {
  readonly name: string;
  readonly purpose: string;
  /** What it is made from; never empty: an artifact without parents has no lineage to follow. */
  readonly from: readonly [Parent, ...(readonly Parent[])];
  /** Default: as each source says by its `at`. `unknown`: no `at` counts. */
  readonly order?: TrainingOrder;
  /** What the run takes from all its data at once: then no `at` counts. Default none. */
  readonly statistics?: readonly TrainingStatistic[];
}

export const MODEL_PARENTS_MAX = 5_000;

/**
 * Asks before training: every record behind every input must still be open to training, a sealed
 * dataset member by member to its own purpose, and no parent frozen. From here on the model is
 * below its parents, so that whatever happens to them while it trains marks it.
 *
 * @throws `lineage-missing`, `untagged-input`, `model-frozen`, `record-tainted`,
 * `record-restricted`, `record-erased`, a consent code, `purpose-forbidden` (no purpose trains),
 * `not-found`, `limit-exceeded`
 */
export async function beginModel(ctx: Context, input: BeginInput): Promise<ModelId> {
  requireKnown(input, ["name", "purpose", "from", "order", "statistics"], "begin");
  requireText(input.name, "begin.name", 200);
  if (!Array.isArray(input.from) || input.from.length === 0) {
    throw new CustodyError("lineage-missing", { path: "begin.from" });
  }
  if (!ctx.policy.purposes.has(input.purpose)) {
    throw new CustodyError("purpose-unknown", { path: "begin.purpose" });
  }
  if (input.from.length > MODEL_PARENTS_MAX) {
    const max = MODEL_PARENTS_MAX;
    throw new CustodyError("limit-exceeded", { limit: "MODEL_PARENTS_MAX", max });
  }
  for (const parent of input.from) {
    requireKnown(parent, ["id", "relation", "at"], "begin.from");
    requireText(parent.id, "begin.from.id");
    if (!RELATIONS.includes(parent.relation)) {
      throw new CustodyError("option-invalid", { path: "begin.from.relation", reason: "unknown" });
    }
  }
  const time = readRunTime({ order: input.order, statistics: input.statistics });
  return retrying(() => beginOnce(ctx, input, time));
}

async function beginOnce(ctx: Context, input: BeginInput, time: RunTime): Promise<ModelId> {
  await settle(ctx);
  const seen = await lineageSeen(ctx);
  const inputs = await admitInputs(ctx, input.from, input.purpose, time);
  const id = ctx.newId("model");
  const at = nowText(ctx);
  const body: Model = {
    id,
    name: input.name,
    purpose: input.purpose,
    parents: input.from.map(copied),
    digest: "",
    begunAt: at,
    completedAt: "",
    marks: inheritedMarks(inputs, at),
    measures: {},
    ...time,
  };
  const about = { model: id, parents: body.parents.map(sourceText), ...time };
  const writes = [created("model", id, body), ...sourcesOf(id, inputs), lineageMoved(seen)];
  await commit(ctx, "model-begun", about, writes);
  return id;
}

function copied({ id, relation, at }: Parent): Parent {
  return at === undefined
    ? { id, relation }
    : { id, relation, at: { shard: at.shard, slice: at.slice } };
}

const sourceText = ({ id, relation, at }: Parent): string =>
  `${relation} ${id}${at === undefined ? "" : ` ${at.shard}/${at.slice}`}`;

/** Edges to nodes, and one set of records for each relation. */
function sourcesOf(child: string, inputs: readonly Input[]): readonly Write[] {
  const records = new Map<string, number[]>();
  const edges = new Map<string, Write>();
  for (const { id: parent, relation, ordinal } of inputs) {
    const edge = { table: "edge", child, parent, relation } as const;
    if (ordinal === undefined) edges.set(`${relation} ${parent}`, { put: edge });
    else records.set(relation, [...(records.get(relation) ?? []), ordinal]);
  }
  const sets = [...records].flatMap(([relation, ordinals]) =>
    setWrites(sourceSet(child, relation), OrdinalSet.of(ordinals)),
  );
  return [...edges.values(), ...sets];
}

export interface CompleteInput {
  readonly model: ModelId;
  /** SHA-256 (hex) of the artifact's bytes. */
  readonly digest: string;
  /**
   * Where its bytes lie. A model whose places are unknown cannot be destroyed, and a certificate
   * says so.
   */
  readonly places: readonly PlaceInput[];
  readonly measures?: { readonly [name: string]: number };
}

/**
 * Records that a model exists. What happened while it trained decides its state, never whether it
 * is recorded; and so does what is known of a model of the same digest, and the other way round.
 * @throws `not-found`, `state-conflict` when it was completed already, `connector-unknown`
 */
export async function completeModel(
  ctx: Context,
  input: CompleteInput,
): Promise<{ readonly state: ModelState }> {
  requireKnown(input, ["model", "digest", "places", "measures"], "complete");
  requireId("model", input.model, "complete.model");
  requireDigest(input.digest, "complete.digest");
  requirePlaces(ctx, input.places, "complete.places");
  requireMeasures(input.measures ?? {});
  return retrying(async () => {
    await settle(ctx);
    const seen = await lineageSeen(ctx);
    const model = await need<Model>(ctx, "model", input.model);
    if (model.body.completedAt !== "") {
      const state = stateOf(model.body);
      throw new CustodyError("state-conflict", { id: input.model, state, action: "complete" });
    }
    const { digest, measures = {} } = input;
    const at = nowText(ctx);
    const twins = await twinsOf(ctx, digest, input.model);
    const own = [...model.body.marks, ...(await meanwhile(ctx, model.body, at))];
    const marks = [...own, ...marksBeyond(sharedMarks(twins), own)];
    const body: Model = { ...model.body, digest, completedAt: at, marks, measures };
    const state = stateOf(body);
    await commit(ctx, "model-completed", { model: input.model, digest, state }, [
      changed(model, body),
      ...twins.flatMap((twin) => shareWith(twin, own)),
      ...placeWrites(input.model, input.places, at),
      ...twinEdges(input.model, digest),
      lineageMoved(seen),
    ]);
    return { state };
  });
}

/** @throws `option-invalid` */
export function requireDigest(digest: unknown, path: string): void {
  if (!/^[0-9a-f]{64}$/.test(requireText(digest, path, 64))) {
    throw new CustodyError("option-invalid", { path, reason: "sha-256 in hex" });
  }
}

/** What is against the new name is against the old ones; its lineage is now theirs as well. */
function shareWith(twin: Loaded<Model>, marks: readonly Mark[]): readonly Write[] {
  const { body } = twin;
  const more = marksBeyond(marks, body.marks);
  const shown = body.lineage === "unknown";
  if (more.length === 0 && !shown) return [];
  const lineage = shown ? { lineage: "shown" as const } : {};
  return [changed(twin, { ...body, ...lineage, marks: [...body.marks, ...more] })];
}

/** An error that is NaN is no error of zero: it is refused, not written down. */
function requireMeasures(measures: { readonly [name: string]: unknown }): void {
  requireKnown(measures, Object.keys(measures ?? {}), "complete.measures");
  for (const [name, measure] of Object.entries(measures)) {
    requireText(name, "complete.measures", 200);
    if (!Number.isFinite(measure)) {
      const path = `complete.measures.${name}`;
      throw new CustodyError("option-invalid", { path, reason: "a finite number is expected" });
    }
  }
}

export interface ServeAnswer {
  readonly mayServe: boolean;
  readonly state: ModelState | "training" | "unknown";
  /** What stands against it: the cause and the id behind it; "" when nothing does. */
  readonly because: string;
}

/**
 * May this model answer anybody, now? Fails closed: what is not known, or not finished, is not
 * served, and marks still under way are finished first.
 */
export async function mayServe(ctx: Context, id: string): Promise<ServeAnswer> {
  await settle(ctx);
  const model = await load<Model>(ctx, "model", id);
  if (model === undefined) return { mayServe: false, state: "unknown", because: "not-found" };
  if (model.body.completedAt === "") return { mayServe: false, state: "training", because: "" };
  const state = stateOf(model.body);
  const against = model.body.marks.findLast((mark) => mark.state === state);
  const because = against === undefined ? "" : `${against.cause} ${against.by}`;
  return { mayServe: mayServeState(state), state, because };
}

/** @throws `not-found` */
export async function getModel(
  ctx: Context,
  id: string,
): Promise<Model & { readonly state: ModelState }> {
  requireId("model", id, "model");
  await settle(ctx);
  const { body } = await need<Model>(ctx, "model", id);
  return { ...body, state: stateOf(body) };
}

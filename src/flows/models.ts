/**
 * Models: asked before training, recorded afterwards whatever happened meanwhile, served only while
 * nothing is against it.
 */
import type { Dataset } from "../core/dataset.js";
import type { Write } from "../core/event.js";
import {
  type Mark,
  type Model,
  type ModelState,
  mayServeState,
  modelState,
  type Parent,
  RELATIONS,
} from "../core/model.js";
import { requireKnown, requireList, requireText } from "../core/options.js";
import { type Place, placeId } from "../core/place.js";
import { CustodyError } from "../errors.js";
import { type ModelId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { openSet } from "./marks.js";
import { judgedSet } from "./members.js";
import { changed, commit, created, load, need, nowText, retrying } from "./rows.js";

export interface BeginInput {
  readonly name: string;
  readonly purpose: string;
  /** What it is made from; never empty: an artifact without parents has no lineage to follow. */
  readonly from: readonly [Parent, ...(readonly Parent[])];
}

/**
 * Asks before training: every member of every dataset must still be open to its purpose, and no
 * parent frozen. From here on the model is below its parents, so that whatever happens to them
 * while it trains marks it.
 *
 * @throws `lineage-missing`, `model-frozen`, `record-tainted`, `record-restricted`,
 * `record-erased`, a consent code, `not-found`
 */
export async function beginModel(ctx: Context, input: BeginInput): Promise<ModelId> {
  requireKnown(input, ["name", "purpose", "from"], "begin");
  requireText(input.name, "begin.name", 200);
  if (!Array.isArray(input.from) || input.from.length === 0) {
    throw new CustodyError("lineage-missing", { path: "begin.from" });
  }
  if (!ctx.policy.purposes.has(input.purpose)) {
    throw new CustodyError("purpose-unknown", { path: "begin.purpose" });
  }
  const marks: Mark[] = [];
  for (const parent of input.from) {
    requireKnown(parent, ["id", "relation"], "begin.from");
    if (!RELATIONS.includes(parent.relation)) {
      throw new CustodyError("option-invalid", { path: "begin.from.relation", reason: "unknown" });
    }
    marks.push(...(await admit(ctx, parent)));
  }
  const id = ctx.newId("model");
  const body: Model = {
    id,
    name: input.name,
    purpose: input.purpose,
    parents: input.from.map(({ id: of, relation }) => ({ id: of, relation })),
    digest: "",
    begunAt: nowText(ctx),
    completedAt: "",
    marks,
    measures: {},
  };
  const edges = body.parents.map(
    ({ id: parent, relation }): Write => ({ put: { table: "edge", child: id, parent, relation } }),
  );
  const about = { model: id, parents: body.parents.map((p) => `${p.relation} ${p.id}`) };
  await commit(ctx, "model-begun", about, [created("model", id, body), ...edges]);
  return id;
}

async function admit(ctx: Context, parent: Parent): Promise<readonly Mark[]> {
  if (parent.id.startsWith("mod_")) {
    const state = modelState((await need<Model>(ctx, "model", parent.id)).body.marks);
    if (state === "frozen" || state === "destroyed") {
      throw new CustodyError("model-frozen", { id: parent.id, state });
    }
    const at = nowText(ctx);
    return state === "suspect" ? [{ state, cause: "parent", by: parent.id, at }] : [];
  }
  const dataset = await need<Dataset>(
    ctx,
    "dataset",
    requireId("dataset", parent.id, "begin.from.id"),
  );
  const members = await openSet(ctx, parent.id);
  for await (const { record, decision } of judgedSet(ctx, members, dataset.body.purpose)) {
    if (decision.allowed) continue;
    throw new CustodyError(decision.code, {
      record: record.id,
      id: parent.id,
      purpose: dataset.body.purpose,
      rule: decision.because.section,
      help: ["Rebuild the dataset without what may not be used any more."],
    });
  }
  return [];
}

export interface CompleteInput {
  readonly model: ModelId;
  /** SHA-256 (hex) of the artifact's bytes. */
  readonly digest: string;
  /**
   * Where its bytes lie. A model whose places are unknown cannot be destroyed, and a certificate
   * says so.
   */
  readonly places: readonly { readonly connector: string; readonly ref: string }[];
  readonly measures?: { readonly [name: string]: number };
}

/**
 * Records that a model exists. What happened while it trained decides its state, never whether it
 * is recorded.
 * @throws `not-found`, `state-conflict` when it was completed already, `connector-unknown`
 */
export async function completeModel(
  ctx: Context,
  input: CompleteInput,
): Promise<{ readonly state: ModelState }> {
  requireKnown(input, ["model", "digest", "places", "measures"], "complete");
  requireId("model", input.model, "complete.model");
  if (!/^[0-9a-f]{64}$/.test(requireText(input.digest, "complete.digest", 64))) {
    throw new CustodyError("option-invalid", { path: "complete.digest", reason: "sha-256 in hex" });
  }
  requirePlaces(ctx, input.places);
  requireMeasures(input.measures ?? {});
  return retrying(async () => {
    const model = await need<Model>(ctx, "model", input.model);
    if (model.body.completedAt !== "") {
      const state = modelState(model.body.marks);
      throw new CustodyError("state-conflict", { id: input.model, state, action: "complete" });
    }
    const at = nowText(ctx);
    const marks = [...model.body.marks, ...(await meanwhile(ctx, model.body, at))];
    const places = input.places.map(({ connector, ref }) => {
      const place: Place = { node: input.model, connector, ref, since: at, erasedAt: "" };
      return created("place", placeId(input.model, connector, ref), place, { owner: input.model });
    });
    const { digest } = input;
    const body = { ...model.body, digest, completedAt: at, marks, measures: input.measures ?? {} };
    const state = modelState(marks);
    await commit(ctx, "model-completed", { model: input.model, digest, state }, [
      changed(model, body),
      ...places,
    ]);
    return { state };
  });
}

function requirePlaces(ctx: Context, places: CompleteInput["places"]): void {
  requireList(places, "complete.places");
  for (const place of places) {
    requireKnown(place, ["connector", "ref"], "complete.places");
    requireText(place.ref, "complete.places.ref");
    const connector = requireText(place.connector, "complete.places.connector", 200);
    if (!ctx.connectors.has(connector)) {
      throw new CustodyError("connector-unknown", { path: "complete.places.connector" });
    }
  }
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

/**
 * What is against it by now, of its own members: the marks that a walk down from them would have
 * left.
 */
async function meanwhile(ctx: Context, model: Model, at: string): Promise<readonly Mark[]> {
  const marks: Mark[] = [];
  for (const { id, relation } of model.parents) {
    if (!id.startsWith("dat_")) continue;
    const dataset = (await need<Dataset>(ctx, "dataset", id)).body;
    const members = await openSet(ctx, id);
    for await (const { record, standing } of judgedSet(ctx, members, dataset.purpose)) {
      const state = STATE_FOR[standing.cause];
      if (state === undefined) continue;
      const made = relation !== "evaluated-on";
      const worst = made ? state : state === "since-withdrawn" ? undefined : "suspect";
      const known = model.marks.concat(marks).some((m) => m.state === worst);
      if (worst !== undefined && !known) {
        marks.push({ state: worst, cause: standing.cause, by: record.id, at });
      }
    }
  }
  return marks;
}

const STATE_FOR: {
  readonly [cause: string]: "frozen" | "suspect" | "since-withdrawn" | undefined;
} = {
  order: "frozen",
  invalidated: "frozen",
  "found-out": "suspect",
  withdrawn: "since-withdrawn",
  "deletion-requested": "since-withdrawn",
};

export interface ServeAnswer {
  readonly mayServe: boolean;
  readonly state: ModelState | "training" | "unknown";
  /** What stands against it: the cause and the id behind it; "" when nothing does. */
  readonly because: string;
}

/**
 * May this model answer anybody, now? Fails closed: what is not known, or not finished, is not
 * served.
 */
export async function mayServe(ctx: Context, id: string): Promise<ServeAnswer> {
  const model = await load<Model>(ctx, "model", id);
  if (model === undefined) return { mayServe: false, state: "unknown", because: "not-found" };
  if (model.body.completedAt === "") return { mayServe: false, state: "training", because: "" };
  const state = modelState(model.body.marks);
  const against = model.body.marks.findLast((mark) => mark.state === state);
  const because = against === undefined ? "" : `${against.cause} ${against.by}`;
  return { mayServe: mayServeState(state), state, because };
}

/** @throws `not-found` */
export async function getModel(
  ctx: Context,
  id: string,
): Promise<Model & { readonly state: ModelState }> {
  const { body } = await need<Model>(ctx, "model", requireId("model", id, "model"));
  return { ...body, state: modelState(body.marks) };
}

/**
 * A named human lifts a doubt. What is frozen or destroyed cannot be cleared.
 * @throws `signer-not-human`, `model-frozen`, `statement-incomplete`, `not-found`
 */
export async function clearModel(
  ctx: Context,
  input: {
    readonly model: ModelId;
    readonly by: { readonly name: string; readonly title: string; readonly human: boolean };
    readonly reason: string;
  },
): Promise<{ readonly state: ModelState }> {
  requireKnown(input, ["model", "by", "reason"], "clear");
  requireId("model", input.model, "clear.model");
  requireKnown(input.by, ["name", "title", "human"], "clear.by");
  if (input.by.human !== true) throw new CustodyError("signer-not-human", { id: input.model });
  for (const said of [input.by.name, input.by.title, input.reason]) {
    if (said === "") throw new CustodyError("statement-incomplete", { id: input.model });
    requireText(said, "clear");
  }
  return retrying(async () => {
    const model = await need<Model>(ctx, "model", input.model);
    const before = modelState(model.body.marks);
    if (before === "frozen" || before === "destroyed") {
      throw new CustodyError("model-frozen", { id: input.model, state: before });
    }
    const at = nowText(ctx);
    const by = `${input.by.title}, ${input.by.name}`;
    const mark: Mark = { state: "cleared", cause: "reviewed", by, at };
    const marks = [...model.body.marks, mark];
    await commit(ctx, "model-cleared", { model: input.model, before }, [
      changed(model, { ...model.body, marks }),
    ]);
    return { state: modelState(marks) };
  });
}

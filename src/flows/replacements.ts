/**
 * A model trained again takes the place of one that had read what was erased: recorded only when it
 * is shown to be made from the same, less the erased.
 */
import type { Dataset } from "../core/dataset.js";
import { type Model, mayServeState, type Replaced, stateOf } from "../core/model.js";
import { requireKnown } from "../core/options.js";
import {
  APPROXIMATE_REASON,
  EXACT_METHOD,
  isApproximate,
  type UnlearningMethod,
} from "../core/unlearning.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { type DatasetId, type ModelId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { remainderOf } from "./dataset-remainder.js";
import { walk } from "./lineage.js";
import { settle } from "./marking.js";
import { isRootOver } from "./membership.js";
import { changed, commit, need, nowText, retrying } from "./rows.js";
import { type Coverage, type TrainingSources, trainingSources } from "./training-sources.js";

export interface ReplaceInput {
  /** The model that had read what was erased. */
  readonly model: ModelId;
  /** The model trained again. */
  readonly by: ModelId;
  /** What it was trained on instead: one dataset for each that had erased members. */
  readonly dataset: DatasetId | readonly DatasetId[];
  /** How it came to be without the erased; `retraining` unless given. Nothing else counts. */
  readonly method?: UnlearningMethod;
}

/**
 * Records that `by` is `model` trained again. It is recorded only when all of this is seen: the
 * members left of each old dataset give, hashed anew with its salt, the root of a new one; the new
 * model, and every checkpoint it resumes from, had read nothing of what was erased; and what it
 * read besides is what the old one read, shard by shard. Not proven by it: what the training
 * program really did with what it was given.
 * @throws `unlearning-approximate` for any other way than training again; `replacement-unproven`;
 * `state-conflict` when the model was replaced already; `not-found`, `id-invalid`
 */
export async function replaceModel(ctx: Context, input: ReplaceInput): Promise<Replaced> {
  requireKnown(input, ["model", "by", "dataset", "method"], "replace");
  requireId("model", input.model, "replace.model");
  requireId("model", input.by, "replace.by");
  const given = (Array.isArray(input.dataset) ? input.dataset : [input.dataset]).map((id) =>
    requireId("dataset", id, "replace.dataset"),
  );
  requireExact(input.method ?? EXACT_METHOD);
  return retrying(async () => {
    await settle(ctx);
    const old = await need<Model>(ctx, "model", input.model);
    const made = await need<Model>(ctx, "model", input.by);
    if (old.body.replacedBy !== undefined) {
      const detail = { id: input.model, state: "replaced", action: "replace" };
      throw new CustodyError("state-conflict", detail);
    }
    const refuse = refusalOf(input);
    if (input.model === input.by) refuse("it is the same model");
    if (made.body.completedAt === "") refuse("its training is not finished");
    if (!mayServeState(stateOf(made.body))) refuse("it may not be served itself");
    const datasets = await provenSources(ctx, input, given, refuse);
    const replaces: Replaced = { model: input.model, at: nowText(ctx), datasets };
    const about = {
      model: input.model,
      by: input.by,
      datasets: datasets.map((one) => ({ ...one })),
    };
    await commit(ctx, "model-replaced", about, [
      changed(old, { ...old.body, replacedBy: input.by }),
      changed(made, { ...made.body, replaces }),
    ]);
    return replaces;
  });
}

function requireExact(method: unknown): void {
  if (method === EXACT_METHOD) return;
  if (typeof method !== "string" || !isApproximate(method)) {
    const reason = "not one of the known words";
    throw new CustodyError("option-invalid", { path: "replace.method", reason });
  }
  throw new CustodyError("unlearning-approximate", {
    method,
    reason: APPROXIMATE_REASON,
    rule: '"developed in whole or in part using" the data: Everalbum, Kurbo and Edmodo orders',
    help: ["models.retraining names the last clean checkpoint; train again from there."],
  });
}

type Refuse = (reason: string, found?: string) => never;

function refusalOf({ model, by }: ReplaceInput): Refuse {
  return (reason, found) => {
    const detail = found === undefined ? { reason } : { reason, found };
    throw new CustodyError("replacement-unproven", { id: by, expected: model, ...detail });
  };
}

async function provenSources(
  ctx: Context,
  { model, by }: ReplaceInput,
  given: readonly DatasetId[],
  refuse: Refuse,
): Promise<Replaced["datasets"]> {
  const was = await trainingSources(ctx, model);
  const is = await trainingSources(ctx, by);
  for (const id of given) {
    if (!is.datasets.has(id)) refuse("it was not trained on the dataset named", id);
  }
  const proven: Replaced["datasets"][number][] = [];
  let erased = OrdinalSet.of([]);
  for (const id of was.datasets.keys()) {
    const left = await remainderOf(ctx, id);
    if (left.erased.size === 0) continue;
    erased = erased.or(left.erased);
    const instead = await rootedIn(ctx, given, left.left);
    if (instead === undefined) {
      refuse("no dataset named has the root of the old members less the erased", id);
    }
    proven.push({ was: id, ...instead, erased: left.erased.size });
  }
  if (proven.length === 0) refuse("nothing that the old one read from a dataset is erased");
  const idle = given.find((id) => !proven.some((one) => one.is === id));
  if (idle !== undefined) refuse("a dataset named takes no other one's place", idle);
  requireSame(was, is, proven, refuse);
  const { below } = await walk(ctx, { ordinals: erased });
  if (below.get(by)?.own === "tainted") refuse("it had read what was erased");
  return proven;
}

/** The one whose root is that of these records, worked out anew with its own salt. */
async function rootedIn(
  ctx: Context,
  given: readonly DatasetId[],
  records: readonly string[],
): Promise<{ readonly is: DatasetId; readonly root: string } | undefined> {
  for (const is of given) {
    const { root, count } = (await need<Dataset>(ctx, "dataset", is)).body;
    if (count === records.length && (await isRootOver(ctx, is, records))) return { is, root };
  }
  return undefined;
}

/** What both read, with each new dataset under the name of the one whose place it takes. */
function requireSame(
  was: TrainingSources,
  is: TrainingSources,
  proven: Replaced["datasets"],
  refuse: Refuse,
): void {
  const read = new Map<string, Map<number, number>>();
  for (const [id, coverage] of is.datasets) {
    const name = proven.find((one) => one.is === id)?.was ?? id;
    if (!was.datasets.has(name)) refuse("it was trained on something that the old one was not", id);
    const known = read.get(name) ?? new Map<number, number>();
    for (const [shard, slices] of coverage) {
      known.set(shard, Math.max(slices, known.get(shard) ?? 0));
    }
    read.set(name, known);
  }
  for (const [id, coverage] of was.datasets) {
    if (!covers(read.get(id), coverage)) refuse("it did not read the same slices", id);
  }
  if (is.records.andNot(was.records).size > 0)
    refuse("it was given records that the old one was not");
  const foreign = [...is.others].find((id) => !was.others.has(id));
  if (foreign !== undefined) refuse("it was made from something that the old one was not", foreign);
}

function covers(read: Coverage | undefined, wanted: Coverage): boolean {
  if (read === undefined || read.size !== wanted.size) return false;
  return [...wanted].every(([shard, slices]) => read.get(shard) === slices);
}

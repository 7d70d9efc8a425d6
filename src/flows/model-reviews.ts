/** Models that a person is to look at: found without lineage, or in doubt. */
import {
  LINEAGE_UNKNOWN,
  type Mark,
  type Model,
  type ModelState,
  mayBuildOn,
  stateOf,
} from "../core/model.js";
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import { type ModelId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { lineageMoved, lineageSeen, settle } from "./marking.js";
import { requireDigest } from "./models.js";
import { type PlaceInput, placeWrites, requirePlaces } from "./node-places.js";
import { changed, commit, created, need, nowText, retrying } from "./rows.js";
import { sharedMarks, twinEdges, twinsOf } from "./twins.js";

export interface ReportInput {
  readonly name: string;
  /** SHA-256 (hex) of its bytes. */
  readonly digest: string;
  readonly places: readonly PlaceInput[];
}

/**
 * Registers a model that was found and whose sources nobody can show: consent that cannot be shown
 * counts as missing (Mobilewalla order). It is suspect, cannot be cleared, and nothing may be built
 * on it. Where its bytes are those of a model of known lineage, it is that model under another
 * name.
 * @throws `option-unknown`, `option-invalid`, `connector-unknown`, `limit-exceeded`
 */
export async function reportModel(
  ctx: Context,
  input: ReportInput,
): Promise<{ readonly id: ModelId; readonly state: ModelState }> {
  requireKnown(input, ["name", "digest", "places"], "report");
  requireText(input.name, "report.name", 200);
  requireDigest(input.digest, "report.digest");
  requirePlaces(ctx, input.places, "report.places");
  return retrying(async () => {
    await settle(ctx);
    const seen = await lineageSeen(ctx);
    const { name, digest, places } = input;
    const id = ctx.newId("model");
    const at = nowText(ctx);
    const twins = await twinsOf(ctx, digest, id);
    const known = twins.some(({ body }) => body.lineage !== "unknown");
    const doubt: Mark = { state: "suspect", cause: LINEAGE_UNKNOWN, by: id, at };
    const body: Model = {
      id,
      name,
      purpose: "",
      parents: [],
      digest,
      begunAt: at,
      completedAt: at,
      marks: [...(known ? [] : [doubt]), ...sharedMarks(twins)],
      lineage: known ? "shown" : "unknown",
      measures: {},
    };
    const state = stateOf(body);
    await commit(ctx, "model-reported", { model: id, digest, state, lineage: body.lineage }, [
      created("model", id, body),
      ...placeWrites(id, places, at),
      ...twinEdges(id, digest),
      lineageMoved(seen),
    ]);
    return { id, state };
  });
}

export interface ClearInput {
  readonly model: ModelId;
  readonly by: { readonly name: string; readonly title: string; readonly human: boolean };
  readonly reason: string;
}

/**
 * A named human lifts a doubt, under all names of the same bytes. It is for that model and what is
 * built on it afterwards; what was built on it before needs its own. What is frozen or destroyed
 * cannot be cleared, nor what nobody can show the sources of.
 * @throws `signer-not-human`, `lineage-missing`, `model-frozen`, `statement-incomplete`,
 * `not-found`
 */
export async function clearModel(
  ctx: Context,
  input: ClearInput,
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
    await settle(ctx);
    const seen = await lineageSeen(ctx);
    const model = await need<Model>(ctx, "model", input.model);
    const before = stateOf(model.body);
    if (model.body.lineage === "unknown") {
      throw new CustodyError("lineage-missing", { id: input.model });
    }
    if (!mayBuildOn(before)) {
      throw new CustodyError("model-frozen", { id: input.model, state: before });
    }
    const at = nowText(ctx);
    const by = `${input.by.title}, ${input.by.name}`;
    const mark: Mark = { state: "cleared", cause: "reviewed", by, at };
    const names = [model, ...(await twinsOf(ctx, model.body.digest, input.model))];
    const writes = names.map((one) =>
      changed(one, { ...one.body, marks: [...one.body.marks, mark] }),
    );
    const about = { model: input.model, before, names: names.length };
    await commit(ctx, "model-cleared", about, [...writes, lineageMoved(seen)]);
    return { state: stateOf({ ...model.body, marks: [...model.body.marks, mark] }) };
  });
}

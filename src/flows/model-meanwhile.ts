/** What was found while a model trained: the marks that a walk down would have left. */
import type { Artifact } from "../core/artifact.js";
import { conditionOf, type Mark, type Model, stateFor, stateOf } from "../core/model.js";
import { sparingOf } from "../core/order.js";
import { type Condition, effectOf, overridesOf } from "../core/relation.js";
import { isSpared } from "../core/sparing.js";
import type { Standing } from "../core/standing.js";
import { seenOf } from "../core/training-time.js";
import { kindOfId } from "../lib/id.js";
import { contentOf } from "./ancestry.js";
import type { Context } from "./context.js";
import { withinSeen } from "./layouts.js";
import { freezingOrders } from "./marks.js";
import { type Judged, judgedSet } from "./members.js";
import { recordOf } from "./questions.js";
import { load, need } from "./rows.js";

const CONDITION_FOR: { readonly [C in Standing["cause"]]?: Condition } = {
  invalidated: "tainted",
  "found-out": "doubted",
  withdrawn: "withdrawn",
  "deletion-requested": "withdrawn",
};

interface Found {
  readonly condition: Condition;
  readonly cause: string;
  readonly by: string;
}

/** One mark a state, of the first that brings it. */
export async function meanwhile(ctx: Context, model: Model, at: string): Promise<readonly Mark[]> {
  const marks: Mark[] = [];
  for (const { id, relation } of model.parents) {
    for await (const { condition, cause, by } of foundIn(ctx, model, id, relation)) {
      const state = stateFor(effectOf(relation, condition).own);
      const known = [...model.marks, ...marks].some((mark) => mark.state === state);
      if (state !== undefined && !known) marks.push({ state, cause, by, at });
    }
  }
  return marks;
}

async function* foundIn(
  ctx: Context,
  model: Model,
  id: string,
  relation: string,
): AsyncIterable<Found> {
  const kind = kindOfId(id);
  if (kind === "model") {
    const condition = conditionOf(stateOf((await need<Model>(ctx, "model", id)).body));
    if (condition !== "none") yield { condition, cause: "parent", by: id };
    return;
  }
  if (kind === "artifact") {
    for (const mark of (await load<Artifact>(ctx, "artifact", id))?.body.marks ?? []) {
      yield { condition: conditionOf(mark.state), cause: mark.cause, by: mark.by };
    }
  }
  const ordinal = kind === "record" ? { ordinal: (await recordOf(ctx, id)).ordinal } : {};
  const whole = await contentOf(ctx, { id, ...ordinal });
  const content = await withinSeen(ctx, whole, id, seenOf(model, id, relation));
  const orders = (await freezingOrders(ctx)).filter(
    ({ order }) => effectOf(relation, "tainted", overridesOf(order.remedy)).own !== "none",
  );
  for await (const judged of judgedSet(ctx, content, "")) {
    const condition = CONDITION_FOR[judged.standing.cause];
    const by = judged.record.id;
    if (condition !== undefined) yield { condition, cause: judged.standing.cause, by };
    const order = orders.find(({ order: one, set }) => takes(one, set, judged));
    if (order !== undefined) yield { condition: "tainted", cause: "order", by: order.order.id };
  }
}

type Freezing = Awaited<ReturnType<typeof freezingOrders>>[number];

function takes(order: Freezing["order"], set: Freezing["set"], judged: Judged): boolean {
  const { record, basis, facts } = judged;
  if (!set.has(record.ordinal)) return false;
  return !isSpared(sparingOf(order), facts, record, basis);
}

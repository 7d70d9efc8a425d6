/**
 * The sworn exit (Ring order): a model that cannot be destroyed stays, unserved, where the order's
 * own text leaves that open and the principal executive officer swears to it by the models' date.
 */
import type { Certificate } from "../core/certificate.js";
import { type Mark, type Model, type ModelState, modelState, stateOf } from "../core/model.js";
import { requireKnown, requireText } from "../core/options.js";
import type { Order, SwornExit } from "../core/order.js";
import { CustodyError } from "../errors.js";
import { type ModelId, type OrderId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { lineageMoved, lineageSeen, settle } from "./marking.js";
import { changed, commit, need, nowText, retrying } from "./rows.js";
import { twinsOf } from "./twins.js";

export interface InfeasibleInput {
  readonly model: ModelId;
  readonly order: OrderId;
  /** The product that the model lies in. */
  readonly product: string;
  /** Why it cannot be destroyed, in the officer's words. */
  readonly reason: string;
  readonly signer: {
    readonly name: string;
    readonly title: string;
    readonly human: boolean;
    /** True for the principal executive officer alone. */
    readonly principal: boolean;
  };
  /** The form in which it is sworn: `28-usc-1746`. */
  readonly statement: string;
}

const STATEMENT = "28-usc-1746";

/**
 * Keeps the oath with the order, and the model out of its purge. It is never served again, nothing
 * may be built on it, and another order may still have it destroyed.
 * @throws `signer-not-human`; `exit-not-allowed` when the order leaves no exit, does not reach the
 * model, the signer is not the principal officer, or the models' date has passed;
 * `statement-incomplete`; `not-found`
 */
export async function swearInfeasible(
  ctx: Context,
  input: InfeasibleInput,
): Promise<{ readonly state: ModelState }> {
  requireInput(input);
  return retrying(async () => {
    await settle(ctx);
    const seen = await lineageSeen(ctx);
    const order = await need<Order>(ctx, "order", input.order);
    const model = await need<Model>(ctx, "model", input.model);
    const at = nowText(ctx);
    requireExit(input, order.body, model.body, at.slice(0, 10));
    requireStatement(input);
    const mark: Mark = { state: "infeasible", cause: "sworn", by: input.order, at };
    const names = [model, ...(await twinsOf(ctx, model.body.digest, input.model))];
    const { name, title } = input.signer;
    const exits: SwornExit[] = names.map(({ row }) => {
      const { product, reason } = input;
      return { model: row.id, product, reason, swornAt: at, by: { name, title } };
    });
    const body: Order = { ...order.body, exits: [...(order.body.exits ?? []), ...exits] };
    const about = { model: input.model, order: input.order, names: names.length };
    await commit(ctx, "model-infeasible", about, [
      changed(order, body),
      ...names.map((one) => changed(one, { ...one.body, marks: [...one.body.marks, mark] })),
      lineageMoved(seen),
    ]);
    return { state: stateOf({ ...model.body, marks: [...model.body.marks, mark] }) };
  });
}

function requireInput(input: InfeasibleInput): void {
  const keys = ["model", "order", "product", "reason", "signer", "statement"];
  requireKnown(input, keys, "infeasible");
  requireId("model", input.model, "infeasible.model");
  requireId("order", input.order, "infeasible.order");
  requireKnown(input.signer, ["name", "title", "human", "principal"], "infeasible.signer");
  if (input.signer.human !== true) {
    throw new CustodyError("signer-not-human", { path: "infeasible.signer.human" });
  }
}

function requireExit(input: InfeasibleInput, order: Order, model: Model, today: string): void {
  const { models } = order.remedy;
  const open = models !== undefined && models !== "keep" && models.infeasible === "allowed";
  const state = modelState(model.marks);
  const reached = model.marks.some((m) => m.state === "frozen" && m.by === order.id);
  const reason = !open
    ? "the order leaves no exit"
    : !reached || state === "destroyed"
      ? "the order does not have it destroyed"
      : input.signer.principal !== true
        ? "not the principal executive officer"
        : today > (order.due.models ?? "")
          ? "after the day for models"
          : undefined;
  if (reason === undefined) return;
  throw new CustodyError("exit-not-allowed", { id: input.model, order: order.id, reason });
}

function requireStatement({ product, reason, signer, statement }: InfeasibleInput): void {
  const said = { product, reason, name: signer.name, title: signer.title };
  for (const [path, given] of Object.entries(said)) {
    if (given === undefined || given === "") {
      throw new CustodyError("statement-incomplete", { path: `infeasible.${path}` });
    }
    requireText(given, `infeasible.${path}`);
  }
  if (statement !== STATEMENT) {
    throw new CustodyError("statement-incomplete", { path: "infeasible.statement" });
  }
}

/** The exits sworn under the order, as a certificate lists them: not with the officer's reasons. */
export function exitsOf(order: Order | undefined): NonNullable<Certificate["exits"]> {
  return (order?.exits ?? []).map(({ model, product, swornAt, by }) => {
    return { model, product, swornAt, by: { ...by } };
  });
}

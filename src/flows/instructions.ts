/**
 * Instructions of a purge: whoever was handed what it erases is told to destroy it, and keepers of
 * key copies are told to destroy theirs. Custody sends nothing itself: what is listed here is what
 * the application sends, and what they answer comes back through `acknowledge`.
 */
import type { Write } from "../core/event.js";
import { type Instruction, instructionState, isAwaited, type Told } from "../core/instruction.js";
import { requireKnown, requireText } from "../core/options.js";
import type { Order } from "../core/order.js";
import { scopeOf } from "../core/order-duties.js";
import type { Plan, Purge } from "../core/purge.js";
import { overridesOf } from "../core/relation.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { type Received, receivedBy } from "./disclosed.js";
import { artifactsHolding, walk } from "./lineage.js";
import { openSet, setWrites } from "./marks.js";
import { wordsOf } from "./plan-reach.js";
import { changed, commit, created, list, load, need, nowText, retrying } from "./rows.js";

/** The owner of an instruction's row: open ones of one name are found without the rest. */
export const ownerOf = ({ kind, name }: Pick<Instruction, "kind" | "name">): string =>
  `${kind}/${name}`;

/** Tells everybody once. Idempotent: a run that goes on tells nobody again. */
export async function tellAll(ctx: Context, id: string): Promise<void> {
  await retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", id);
    if (purge.body.told !== undefined) return;
    const toTell = [
      ...(await recipientsToTell(ctx, purge.body)),
      ...keepersToTell(ctx, purge.body),
    ];
    const at = nowText(ctx);
    const writes: Write[] = [];
    const told: string[] = [];
    for (const { ordinals, ...one } of toTell) {
      const body: Instruction = {
        ...one,
        id: ctx.newId("instruction"),
        purge: id,
        cause: purge.body.plan.cause.id,
        instructedAt: at,
        chasedAt: [],
        replies: [],
      };
      told.push(body.id);
      writes.push(created("instruction", body.id, body, { owner: ownerOf(body), due: at }));
      writes.push(...setWrites(body.id, ordinals));
    }
    const about = { purge: id, instructions: told.length };
    await commit(ctx, "recipients-instructed", about, [
      changed(purge, { ...purge.body, told }),
      ...writes,
    ]);
  });
}

type ToTell = Pick<Instruction, "kind" | "name" | "scope" | "records" | "instructBy"> & {
  readonly ordinals: OrdinalSet;
};

/**
 * By a person's request, and by an order that speaks of recipients. Who has confirmed the same
 * before, and received nothing since, is not told again.
 */
async function recipientsToTell(ctx: Context, purge: Purge): Promise<readonly ToTell[]> {
  const told = await reachOf(ctx, purge);
  if (told === undefined) return [];
  const { scope, instructBy, ordinals, nodes } = told;
  const found: ToTell[] = [];
  for (const [name, received] of await receivedBy(ctx, ordinals, nodes)) {
    const kind = "recipient" as const;
    if (await allConfirmed(ctx, name, scope, received)) continue;
    const records = received.ordinals.size;
    found.push({ kind, name, scope, records, instructBy, ordinals: received.ordinals });
  }
  return found;
}

/** Records and what was made of them, as far as it may lie with others. */
interface Passed {
  readonly ordinals: OrdinalSet;
  readonly nodes: Iterable<string>;
}

interface Reach extends Passed {
  readonly scope: readonly Told[];
  readonly instructBy: string;
}

/** Undefined: nobody is told. */
async function reachOf(ctx: Context, { plan }: Purge): Promise<Reach | undefined> {
  const passed = await passedOn(ctx, plan.cause);
  if (plan.cause.kind === "subject") return { scope: ["data"], instructBy: "", ...passed };
  const order = (await need<Order>(ctx, "order", plan.cause.id)).body;
  const scope = scopeOf(order);
  if (scope === undefined) return undefined;
  return { scope, instructBy: order.due.instruct ?? "", ...passed };
}

/** Names of those who were handed any of what the cause is about, told or not. */
export async function recipientsOf(ctx: Context, cause: Plan["cause"]): Promise<readonly string[]> {
  const { ordinals, nodes } = await passedOn(ctx, cause);
  return [...(await receivedBy(ctx, ordinals, nodes)).keys()];
}

/** Erased records count as well: the copy out there outlived them. */
async function passedOn(ctx: Context, cause: Plan["cause"]): Promise<Passed> {
  if (cause.kind === "subject") {
    const all: number[] = [];
    const query = { table: "record", subjects: [cause.id] } as const;
    for await (const { ordinal } of ctx.store.scan(query)) all.push(ordinal);
    const ordinals = OrdinalSet.of(all);
    const nodes = await artifactsHolding(ctx, ordinals);
    return { ordinals, nodes };
  }
  const order = (await need<Order>(ctx, "order", cause.id)).body;
  const { unspared } = await wordsOf(ctx, order);
  const overrides = overridesOf(order.remedy);
  const { below } = await walk(ctx, { ordinals: unspared }, { overrides });
  const nodes = [...below.values()].filter(({ own }) => own === "tainted").map(({ id }) => id);
  return { ordinals: unspared, nodes };
}

async function allConfirmed(
  ctx: Context,
  name: string,
  scope: readonly Told[],
  received: Received,
): Promise<boolean> {
  if (received.made) return false;
  let left = received.ordinals;
  const owner = ownerOf({ kind: "recipient", name });
  for (const { body } of await list<Instruction>(ctx, "instruction", { owner })) {
    const covers = scope.every((part) => body.scope.includes(part));
    if (!covers || instructionState(body) !== "confirmed") continue;
    const since = received.disclosures.filter(({ at }) => at > body.instructedAt);
    let covered = await openSet(ctx, body.id);
    for (const { id } of since) covered = covered.andNot(await openSet(ctx, id));
    left = left.andNot(covered);
  }
  return left.size === 0;
}

/** Whoever keeps copies of the keys of what is erased. */
function keepersToTell(ctx: Context, { plan }: Purge): readonly ToTell[] {
  if (plan.records === 0) return [];
  const keepers = [...(ctx.places ?? new Map())].filter(([, { kind }]) => kind === "key-escrow");
  return keepers.map(([name]) => ({
    kind: "key-escrow",
    name,
    scope: ["keys"],
    records: plan.records,
    instructBy: "",
    ordinals: OrdinalSet.of([]),
  }));
}

/** Those the run of this purge has told. */
export async function instructionsOf(
  ctx: Context,
  { told = [] }: Pick<Purge, "told">,
): Promise<readonly Instruction[]> {
  const found: Instruction[] = [];
  for (const id of told) found.push((await need<Instruction>(ctx, "instruction", id)).body);
  return found;
}

export async function awaitedBy(
  ctx: Context,
  purge: Pick<Purge, "told">,
): Promise<readonly Instruction[]> {
  return (await instructionsOf(ctx, purge)).filter(isAwaited);
}

/** An instruction of this recipient that it has not confirmed, whatever else it said. */
export async function unconfirmedBy(ctx: Context, name: string): Promise<Instruction | undefined> {
  const owner = ownerOf({ kind: "recipient", name });
  const [first] = await list<Instruction>(ctx, "instruction", { owner, dueBy: nowText(ctx) });
  return first?.body;
}

export interface Instructed extends Instruction {
  readonly state: ReturnType<typeof instructionState>;
}

/** Every instruction, or those of one purge or one name; with what has become of each. */
export async function listInstructions(
  ctx: Context,
  of: { readonly purge?: string; readonly name?: string } = {},
): Promise<readonly Instructed[]> {
  requireKnown(of, ["purge", "name"], "instructions");
  for (const key of ["purge", "name"] as const) {
    if (of[key] !== undefined) requireText(of[key], `instructions.${key}`);
  }
  const purge = of.purge === undefined ? undefined : await load<Purge>(ctx, "purge", of.purge);
  const all =
    of.purge === undefined
      ? (await list<Instruction>(ctx, "instruction")).map(({ body }) => body)
      : await instructionsOf(ctx, purge?.body ?? {});
  return all
    .filter(({ name }) => of.name === undefined || name === of.name)
    .map((one) => ({ ...one, state: instructionState(one) }));
}

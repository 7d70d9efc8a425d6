/**
 * What those who were told answer: kept as they said it, never assumed. An answer concludes the
 * purges that waited for nothing else.
 */
import {
  type Instruction,
  instructionState,
  OUTCOMES,
  type Reply,
  type ReplyOutcome,
} from "../core/instruction.js";
import { requireKnown, requireText, requireTexts } from "../core/options.js";
import type { Order } from "../core/order.js";
import { forwardBy } from "../core/order-duties.js";
import { SCOPES, type Scope } from "../core/order-text.js";
import { CustodyError } from "../errors.js";
import { type InstructionId, kindOfId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { ownerOf } from "./instructions.js";
import { concludePurge } from "./purge-conclusion.js";
import { changed, commit, list, load, need, nowText, retrying } from "./rows.js";

export interface AcknowledgeInput {
  /** A recipient as the policy names it; or the place that keeps copies of keys. */
  readonly recipient?: string;
  readonly place?: string;
  readonly outcome: ReplyOutcome;
  /** What they say is destroyed; everything unless named. */
  readonly covers?: readonly Scope[];
  /** Names of those they say they passed the data to. Custody cannot reach them. */
  readonly onward?: readonly string[];
}

const NAME_CHARACTERS_MAX = 200;

/**
 * Keeps a reply to every instruction of theirs that is not confirmed yet. A reply to nothing is in
 * the ledger and confirms nothing that they are told later.
 * @returns the instructions it answers
 * @throws `option-invalid`, `option-unknown`
 */
export async function acknowledge(
  ctx: Context,
  input: AcknowledgeInput,
): Promise<{ readonly instructions: readonly InstructionId[] }> {
  const to = readInput(input);
  const owner = ownerOf(to);
  const open = await list<Instruction>(ctx, "instruction", { owner, dueBy: nowText(ctx) });
  if (open.length === 0) {
    await commit(ctx, "recipient-answered", { ...to, outcome: input.outcome, instruction: "" }, []);
  }
  const purges = new Set<string>();
  for (const { row, body } of open) {
    await retrying(() => answer(ctx, row.id, input));
    purges.add(body.purge);
  }
  for (const purge of purges) await concludePurge(ctx, purge);
  return { instructions: open.map(({ row }) => row.id as InstructionId) };
}

function readInput(input: AcknowledgeInput): Pick<Instruction, "kind" | "name"> {
  requireKnown(input, ["recipient", "place", "outcome", "covers", "onward"], "acknowledge");
  const { recipient, place } = input;
  if ((recipient === undefined) === (place === undefined)) {
    const reason = "a recipient or a place expected";
    throw new CustodyError("option-invalid", { path: "acknowledge.recipient", reason });
  }
  if (!OUTCOMES.includes(input.outcome)) {
    throw new CustodyError("option-invalid", { path: "acknowledge.outcome", reason: "unknown" });
  }
  if (input.covers !== undefined) {
    requireTexts(input.covers, "acknowledge.covers", 1);
    if (!input.covers.every((part) => SCOPES.includes(part))) {
      throw new CustodyError("option-invalid", { path: "acknowledge.covers", reason: "unknown" });
    }
  }
  if (input.onward !== undefined) requireTexts(input.onward, "acknowledge.onward");
  return recipient === undefined
    ? { kind: "key-escrow", name: requireText(place, "acknowledge.place", NAME_CHARACTERS_MAX) }
    : {
        kind: "recipient",
        name: requireText(recipient, "acknowledge.recipient", NAME_CHARACTERS_MAX),
      };
}

async function answer(ctx: Context, id: string, input: AcknowledgeInput): Promise<void> {
  const found = await need<Instruction>(ctx, "instruction", id);
  const at = nowText(ctx);
  const everything = found.body.kind === "key-escrow" ? (["keys"] as const) : SCOPES;
  const reply: Reply = {
    at,
    outcome: input.outcome,
    covers: found.body.kind === "key-escrow" ? everything : (input.covers ?? everything),
    onward: [...(input.onward ?? [])],
    forwardBy: await forwardDay(ctx, found.body, at),
    forwardedAt: "",
  };
  const body: Instruction = { ...found.body, replies: [...found.body.replies, reply] };
  const state = instructionState(body);
  const about = { instruction: id, purge: body.purge, outcome: input.outcome, state };
  const due = state === "confirmed" ? "" : found.row.due;
  await commit(ctx, "recipient-answered", about, [changed(found, body, due)]);
}

async function forwardDay(ctx: Context, { cause }: Instruction, at: string): Promise<string> {
  if (kindOfId(cause) !== "order") return "";
  const order = await load<Order>(ctx, "order", cause);
  return order === undefined ? "" : forwardBy(order.body, at.slice(0, 10));
}

/**
 * Keeps that a reminder was sent to one who has not confirmed, and gives what it is about.
 * @throws `not-found`, `state-conflict` when there is nothing left to remind of
 */
export async function chase(ctx: Context, instruction: InstructionId): Promise<Instruction> {
  const id = requireId("instruction", instruction, "chase");
  return retrying(async () => {
    const found = await need<Instruction>(ctx, "instruction", id);
    const state = instructionState(found.body);
    if (state === "confirmed") {
      throw new CustodyError("state-conflict", { id, state, action: "chase" });
    }
    const chasedAt = [...found.body.chasedAt, nowText(ctx)];
    const body: Instruction = { ...found.body, chasedAt };
    const about = { instruction: id, purge: body.purge, reminders: chasedAt.length };
    await commit(ctx, "recipient-chased", about, [changed(found, body)]);
    return body;
  });
}

/**
 * Keeps that the replies to an instruction were sent on to the authority that asked for them.
 * @throws `not-found`, `state-conflict` when no reply waits to be sent on
 */
export async function forwardReplies(
  ctx: Context,
  instruction: InstructionId,
): Promise<{ readonly replies: number }> {
  const id = requireId("instruction", instruction, "forward");
  return retrying(async () => {
    const found = await need<Instruction>(ctx, "instruction", id);
    const waiting = found.body.replies.filter(({ forwardedAt }) => forwardedAt === "").length;
    if (waiting === 0) {
      throw new CustodyError("state-conflict", { id, state: "forwarded", action: "forward" });
    }
    const forwardedAt = nowText(ctx);
    const replies = found.body.replies.map((reply) => {
      return reply.forwardedAt === "" ? { ...reply, forwardedAt } : reply;
    });
    const about = { instruction: id, purge: found.body.purge, replies: waiting };
    await commit(ctx, "reply-forwarded", about, [changed(found, { ...found.body, replies })]);
    return { replies: waiting };
  });
}

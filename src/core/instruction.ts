/**
 * An instruction to destroy, sent to somebody who is out of reach: a recipient of a disclosure, or
 * the keeper of a copy of keys. Whether they did it is theirs to say; until they say so it is open,
 * and what they say is kept as said.
 */
import type { Scope } from "./order-text.js";

export const OUTCOMES = ["deleted", "refused", "no-answer"] as const;
/** `no-answer`: the operator's own finding that they stay silent; it confirms nothing. */
export type ReplyOutcome = (typeof OUTCOMES)[number];

/** `keys`: what a keeper of key copies is told to destroy. */
export type Told = Scope | "keys";

export interface Reply {
  /** ISO instant. */
  readonly at: string;
  readonly outcome: ReplyOutcome;
  readonly covers: readonly Told[];
  /** Names of those they say they passed the data to. */
  readonly onward: readonly string[];
  /** YYYY-MM-DD by which the reply is to be sent on to the authority; "" where nobody asks. */
  readonly forwardBy: string;
  /** ISO instant; "" until it was. */
  readonly forwardedAt: string;
}

export interface Instruction {
  readonly id: string;
  readonly purge: string;
  /** The order or the person's request behind the purge. */
  readonly cause: string;
  readonly kind: "recipient" | "key-escrow";
  /** The recipient's name in the policy, or the place's. */
  readonly name: string;
  readonly scope: readonly Told[];
  /** Records that went there and are to be destroyed. */
  readonly records: number;
  /** ISO instant. */
  readonly instructedAt: string;
  /** YYYY-MM-DD by which they were to be told; "" where no order says. */
  readonly instructBy: string;
  /** ISO instants of the reminders. */
  readonly chasedAt: readonly string[];
  readonly replies: readonly Reply[];
}

/**
 * `confirmed` once every part of the scope was said to be destroyed, in one reply or several; else
 * what the newest reply came to. Confirming a part only leaves the rest open.
 */
export type InstructionState = "open" | "confirmed" | "refused" | "no-answer";

export function instructionState({
  scope,
  replies,
}: Pick<Instruction, "scope" | "replies">): InstructionState {
  const deleted = replies.filter(({ outcome }) => outcome === "deleted");
  const covered = new Set(deleted.flatMap(({ covers }) => covers));
  if (scope.every((part) => covered.has(part))) return "confirmed";
  const outcome = replies.findLast((reply) => reply.outcome !== "deleted")?.outcome;
  return outcome === undefined || outcome === "deleted" ? "open" : outcome;
}

/**
 * True while a purge waits for it. A recipient's refusal or silence, once recorded, is listed and
 * no longer waited for; a copy of a key that was not destroyed keeps the data alive.
 */
export function isAwaited(instruction: Instruction): boolean {
  const state = instructionState(instruction);
  if (state === "confirmed") return false;
  return instruction.kind === "key-escrow" || state === "open";
}

/** Everybody they say they passed it to, once each, in the order of the saying. */
export function onwardOf({ replies }: Pick<Instruction, "replies">): readonly string[] {
  return [...new Set(replies.flatMap(({ onward }) => onward))];
}

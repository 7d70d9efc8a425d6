/**
 * When a purge is over: each of its places was seen empty, no copy of a key lives, and whoever was
 * told has confirmed or was recorded as refusing or silent.
 */
import type { Instruction } from "../core/instruction.js";
import { isAwaited } from "../core/instruction.js";
import type { Purge, Step } from "../core/purge.js";
import type { Context } from "./context.js";
import { instructionsOf } from "./instructions.js";
import { changed, commit, list, need, nowText, retrying } from "./rows.js";

/** Something a purge waits for, by closed code. */
export interface Open {
  readonly node: string;
  readonly connector: string;
  readonly code: string;
}

export async function stepsOf(ctx: Context, purge: string): Promise<readonly Step[]> {
  const steps = (await list<Step>(ctx, "step", { owner: purge })).map(({ body }) => body);
  return steps.sort((a, b) => a.index - b.index);
}

export function openSteps(steps: readonly Step[]): readonly Open[] {
  return steps
    .filter((step) => step.progress.state !== "seen")
    .map(({ item, progress }) => ({
      node: item.node,
      connector: item.connector,
      code: progress.state === "failed" ? progress.code : progress.state,
    }));
}

export function openInstructions(instructions: readonly Instruction[]): readonly Open[] {
  return instructions.filter(isAwaited).map(({ id, name, kind }) => ({
    node: id,
    connector: name,
    code: kind === "key-escrow" ? "key-copy-lives" : "not-confirmed",
  }));
}

/** Everything the purge waits for: places in the order of its plan, then those who were told. */
export async function openOf(ctx: Context, purge: Purge): Promise<readonly Open[]> {
  const waiting = openInstructions(await instructionsOf(ctx, purge));
  return [...openSteps(await stepsOf(ctx, purge.id)), ...waiting];
}

/** Ends a purge that has run and waits for nothing any more. Idempotent. */
export async function concludePurge(ctx: Context, id: string): Promise<void> {
  await retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", id);
    if (purge.body.state !== "incomplete") return;
    if ((await openOf(ctx, purge.body)).length > 0) return;
    const body: Purge = { ...purge.body, state: "complete", finishedAt: nowText(ctx) };
    await commit(ctx, "purge-finished", { purge: id, state: body.state }, [changed(purge, body)]);
  });
}

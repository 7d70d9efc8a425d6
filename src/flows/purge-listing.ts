/** The list of the steps of a purge that has begun: one for each item of its plan. */
import type { Write } from "../core/event.js";
import type { Purge, Step } from "../core/purge.js";
import { isCustodyError } from "../errors.js";
import { sha256, utf8 } from "../lib/bytes.js";
import { newId, type StepId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";
import type { Context } from "./context.js";
import { wholeOf } from "./plan-pages.js";
import { stepsOf } from "./purge-conclusion.js";
import { commit, created } from "./rows.js";

const STEPS_PER_COMMIT = 1_000;

/**
 * Steps in batches, the missing ones only: a run that died between two batches goes on with the
 * third. The moment of the start is part of their ids, so two runners make one list of steps.
 */
export async function ensureSteps(ctx: Context, purge: Purge): Promise<void> {
  if (await allThere(ctx, purge)) return;
  const { plan } = await wholeOf(ctx, purge);
  const startMs = parseInstant(purge.startedAt) ?? 0;
  const there = new Set((await stepsOf(ctx, purge.id)).map(({ index }) => index));
  const missing = plan.items.flatMap((item, index) => (there.has(index) ? [] : [{ item, index }]));
  for (let from = 0; from < missing.length; from += STEPS_PER_COMMIT) {
    const page = missing.slice(from, from + STEPS_PER_COMMIT).map(({ item, index }): Write => {
      const id = stepId(startMs, purge.id, index);
      const step = { id, purge: purge.id, index, item, attempts: 0 } as const;
      const body: Step = { ...step, progress: { state: "planned" } };
      return created("step", id, body, { owner: purge.id });
    });
    try {
      await commit(ctx, "purge-steps-listed", { purge: purge.id, steps: page.length }, page);
    } catch (error) {
      // Another runner was first: what it made is what this one would have made.
      if (!isCustodyError(error, "conflict")) throw error;
      return ensureSteps(ctx, purge);
    }
  }
}

async function allThere(ctx: Context, { id, plan }: Purge): Promise<boolean> {
  return (await stepsOf(ctx, id)).length === plan.items;
}

function stepId(startMs: number, purge: string, index: number): StepId {
  const print = sha256(utf8(`${purge}/${index}`));
  return newId("step", startMs, (n) => print.slice(0, n));
}

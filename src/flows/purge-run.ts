/**
 * Running a purge: intent before destruction, exactly the plan, then a second look. Resumable at
 * every step by any process: erasure is idempotent, and what counts is what `inspect` sees
 * afterwards, not what a call returned.
 */
import { atLeast } from "../core/evidence-level.js";
import { requireKnown } from "../core/options.js";
import type { Purge, Step } from "../core/purge.js";
import { type PurgeId, requireId } from "../lib/id.js";
import type { Sight } from "../ports/connector.js";
import type { Context } from "./context.js";
import { subjectErased } from "./erased-subject.js";
import { tellAll } from "./instructions.js";
import { wholeOf } from "./plan-pages.js";
import { begin } from "./purge-begin.js";
import { type Open, openOf, stepsOf } from "./purge-conclusion.js";
import { writeOff } from "./purge-ending.js";
import { ensureSteps } from "./purge-listing.js";
import {
  attempt,
  connectorOf,
  eraseAll,
  isTriedAgain,
  moveStep,
  type Runner,
  runnerOf,
  SEEN,
  shared,
} from "./purge-steps.js";
import { VAULT } from "./purges.js";
import { changed, commit, need, nowText, retrying } from "./rows.js";

export interface RunResult {
  readonly state: "complete" | "incomplete";
  readonly steps: number;
  /**
   * By closed code: what could not be reached or was still there, who was told and has not
   * answered, and where a copy of a key lives.
   */
  readonly open: readonly Open[];
}

export interface RunOptions {
  /**
   * How many places are worked on at a time, 1 to 16; 1 unless given. Besides, any number of
   * processes may run one purge: they share its steps.
   */
  readonly workers?: number;
}

/**
 * Runs the approved plan, or goes on where it stopped. Answers `incomplete` while any place was not
 * seen empty; a second run then tries those again. A place that fails is tried four times first,
 * with a pause that doubles.
 *
 * @throws `plan-unapproved`; `plan-changed` when what is selected differs from the plan at the
 * first run; `not-found`, `option-unknown`, `option-invalid`
 */
export async function runPurge(
  ctx: Context,
  id: PurgeId,
  options: RunOptions = {},
): Promise<RunResult> {
  requireKnown(options, ["workers"], "run");
  const runner = runnerOf(ctx, options.workers);
  const purge = await begin(ctx, requireId("purge", id, "purge"));
  if (purge.body.state === "complete") return resultOf(ctx, id);
  await ensureSteps(ctx, purge.body);
  await ctx.progress({ step: "purge:started", id, done: 0, of: purge.body.plan.items });
  await tellAll(ctx, id);
  await eraseAll(ctx, id, runner);
  await scrubOnce(ctx, id);
  await rotateOnce(ctx, id);
  await lookAll(ctx, id, runner);
  const result = await resultOf(ctx, id);
  await finish(ctx, id, result.state);
  await ctx.progress({ step: "purge:finished", id, done: result.steps, of: result.steps });
  return result;
}

async function scrubOnce(ctx: Context, id: string): Promise<void> {
  const before = await need<Purge>(ctx, "purge", id);
  const { scrub: last, epoch } = before.body;
  // A scrub says nothing of what was erased after it began, and old keys die with a later epoch.
  const since = (await stepsOf(ctx, id)).some(
    ({ item, progress }) =>
      item.connector === VAULT && progress.state === "erased" && progress.at >= (last?.at ?? ""),
  );
  if (last?.level === "rewritten" && epoch > 0 && !since) return;
  if (before.body.plan.cause.kind === "subject") {
    await subjectErased(ctx, before.body, before.body.plan.retained > 0);
  }
  const at = nowText(ctx);
  const report = await ctx.store.scrub();
  await retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", id);
    const scrub = { ...report, at };
    await commit(ctx, "store-scrubbed", { purge: id, level: report.level }, [
      changed(purge, { ...purge.body, scrub, epoch: since ? 0 : purge.body.epoch }),
    ]);
  });
  await ctx.progress({ step: "purge:scrubbed", id, done: 0, of: 0 });
}

async function rotateOnce(ctx: Context, id: string): Promise<void> {
  if ((await need<Purge>(ctx, "purge", id)).body.epoch > 0) return;
  const epoch = await ctx.keyring.rotate();
  await retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", id);
    await commit(ctx, "epoch-rotated", { purge: id, epoch }, [
      changed(purge, { ...purge.body, epoch }),
    ]);
  });
  await ctx.progress({ step: "purge:rotated", id, done: 0, of: 0 });
}

async function lookAll(ctx: Context, id: string, runner: Runner): Promise<void> {
  const steps = await stepsOf(ctx, id);
  const apart = ({ item }: Step) => ctx.places?.get(item.connector)?.keysApart === true;
  const waiting = steps.filter(
    (step) => step.progress.state === "erased" || (step.progress.state === "failed" && apart(step)),
  );
  // What may end with the keys comes after what says that they are gone.
  for (const some of [waiting.filter((step) => !apart(step)), waiting.filter(apart)]) {
    await shared(runner.workers, some, (step) => look(ctx, id, step));
  }
  await ctx.progress({ step: "purge:looked", id, done: steps.length, of: steps.length });
}

async function look(ctx: Context, purge: string, step: Step): Promise<void> {
  // Another runner may have looked since.
  if ((await need<Step>(ctx, "step", step.id)).body.progress.state === "seen") return;
  let sight: Sight | undefined;
  let failed: string | undefined;
  for (let tries = 1; tries === 1 || (await isTriedAgain(ctx, failed, tries - 1)); tries += 1) {
    failed = await attempt(async () => {
      const { signal } = new AbortController();
      sight = await connectorOf(ctx, step.item.connector).inspect(step.item.ref, { signal });
    });
  }
  if (sight === undefined && (await endedWithKeys(ctx, step))) {
    sight = { present: false, level: "key-destroyed", notLookedAt: ["the place itself"] };
  }
  if (sight === undefined || sight.present) {
    const code = failed ?? "still-present";
    return moveStep(ctx, step.id, SEEN, "step-failed", (at) => ({ state: "failed", at, code }));
  }
  const scrub = (await need<Purge>(ctx, "purge", purge)).body.scrub;
  const vault = step.item.connector === VAULT && scrub !== null;
  const level = vault ? atLeast(sight.level, scrub.level) : sight.level;
  const beyond = vault ? scrub.notLookedAt : [];
  const notLookedAt = [...new Set([...sight.notLookedAt, ...beyond])];
  return moveStep(ctx, step.id, SEEN, "step-seen", (at) => ({
    state: "seen",
    at,
    level,
    notLookedAt,
  }));
}

/**
 * A replica that has no keys beside its data ends with the keys, reached or not: every basis the
 * purge erased under is without living keys.
 */
async function endedWithKeys(ctx: Context, step: Step): Promise<boolean> {
  if (ctx.places?.get(step.item.connector)?.keysApart !== true) return false;
  const all = await stepsOf(ctx, step.purge);
  const vaults = all.filter(({ item }) => item.connector === VAULT);
  return vaults.every(
    ({ progress }) => progress.state === "seen" && progress.level === "key-destroyed",
  );
}

async function resultOf(ctx: Context, id: string): Promise<RunResult> {
  const purge = (await need<Purge>(ctx, "purge", id)).body;
  const open = await openOf(ctx, purge);
  return {
    state: open.length === 0 ? "complete" : "incomplete",
    steps: purge.plan.items,
    open,
  };
}

/** The state last: until then a further run goes on with what is written in pages. */
async function finish(ctx: Context, id: string, state: "complete" | "incomplete"): Promise<void> {
  const { body } = await need<Purge>(ctx, "purge", id);
  if (body.state === "complete") return;
  await writeOff(ctx, await wholeOf(ctx, body), await stepsOf(ctx, id));
  await retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", id);
    if (purge.body.state === "complete") return;
    const after: Purge = { ...purge.body, state, finishedAt: nowText(ctx) };
    const about = { purge: id, state, steps: body.plan.items };
    await commit(ctx, "purge-finished", about, [changed(purge, after)]);
  });
}

/**
 * Running a purge: intent before destruction, exactly the plan, then a second look. Resumable at
 * every step by any process: erasure is idempotent, and what counts is what `inspect` sees
 * afterwards, not what a call returned.
 */
import { atLeast } from "../core/evidence-level.js";
import type { Purge, Step, StepState } from "../core/purge.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { type PurgeId, requireId } from "../lib/id.js";
import type { Connector, Sight } from "../ports/connector.js";
import type { Context } from "./context.js";
import { subjectErased } from "./erased-subject.js";
import { tellAll } from "./instructions.js";
import { wholeOf } from "./plan-pages.js";
import { begin } from "./purge-begin.js";
import { type Open, openOf, stepsOf } from "./purge-conclusion.js";
import { writeOff } from "./purge-ending.js";
import { ensureSteps } from "./purge-steps.js";
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

/**
 * Runs the approved plan, or goes on where it stopped. Answers `incomplete` while any place was not
 * seen empty; a second run then tries those again.
 *
 * @throws `plan-unapproved`; `plan-changed` when what is selected differs from the plan at the
 * first run; `not-found`
 */
export async function runPurge(ctx: Context, id: PurgeId): Promise<RunResult> {
  const purge = await begin(ctx, requireId("purge", id, "purge"));
  if (purge.body.state === "complete") return resultOf(ctx, id);
  await ensureSteps(ctx, purge.body);
  await ctx.progress({ step: "purge:started", id, done: 0, of: purge.body.plan.items });
  await tellAll(ctx, id);
  await eraseAll(ctx, id);
  await scrubOnce(ctx, id);
  await rotateOnce(ctx, id);
  await lookAll(ctx, id);
  const result = await resultOf(ctx, id);
  await finish(ctx, id, result.state);
  await ctx.progress({ step: "purge:finished", id, done: result.steps, of: result.steps });
  return result;
}

async function eraseAll(ctx: Context, purge: string): Promise<void> {
  const steps = await stepsOf(ctx, purge);
  for (const [index, body] of steps.entries()) {
    if (body.progress.state === "erased" || body.progress.state === "seen") continue;
    await eraseOne(ctx, body.id, index, steps.length);
  }
}

const SEEN = ["seen"] as const;
const ERASED = ["erased", ...SEEN] as const;

async function eraseOne(ctx: Context, id: string, done: number, of: number): Promise<void> {
  await move(ctx, id, ERASED, "step-intended", (at) => ({ state: "intended", at }));
  await ctx.progress({ step: "purge:step-intended", id, done, of });
  const { body } = await need<Step>(ctx, "step", id);
  const failed = await attempt(async () => {
    const { signal } = new AbortController();
    await connectorFor(ctx, body).erase(body.item.ref, { signal });
  });
  await ctx.progress({ step: "purge:step-erased", id, done, of });
  await move(ctx, id, ERASED, failed === undefined ? "step-intended" : "step-failed", (at) =>
    failed === undefined ? { state: "erased", at } : { state: "failed", at, code: failed },
  );
  await ctx.progress({ step: "purge:step-recorded", id, done: done + 1, of });
}

/**
 * Moves a step on, unless it is where it should go already: of two runners the later one takes
 * nothing back that the other has erased, and only a look says that something is still there.
 */
async function move(
  ctx: Context,
  id: string,
  unless: readonly StepState["state"][],
  event: "step-intended" | "step-seen" | "step-failed",
  to: (at: string) => StepState,
): Promise<void> {
  await retrying(async () => {
    const step = await need<Step>(ctx, "step", id);
    if (unless.includes(step.body.progress.state)) return;
    const progress = to(nowText(ctx));
    const attempts = step.body.attempts + (progress.state === "intended" ? 1 : 0);
    const { node, connector } = step.body.item;
    const level = progress.state === "seen" ? progress.level : undefined;
    const about = {
      step: id,
      purge: step.row.owner,
      node,
      connector,
      state: progress.state,
      level,
    };
    await commit(ctx, event, about, [changed(step, { ...step.body, attempts, progress })]);
  });
}

/**
 * The closed code of what went wrong, or undefined. A fault that is not ours is still a failure,
 * never a success.
 */
async function attempt(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (isCustodyError(error, "store-poisoned", "store-closed")) throw error;
    return isCustodyError(error) ? error.code : "connector-failed";
  }
}

function connectorFor(ctx: Context, step: Step): Connector {
  const connector = ctx.connectors.get(step.item.connector);
  if (connector !== undefined) return connector;
  throw new CustodyError("connector-unknown", { connector: step.item.connector });
}

async function scrubOnce(ctx: Context, id: string): Promise<void> {
  const before = await need<Purge>(ctx, "purge", id);
  if (before.body.scrub?.level === "rewritten" && before.body.epoch > 0) return;
  if (before.body.plan.cause.kind === "subject") {
    await subjectErased(ctx, before.body, before.body.plan.retained > 0);
  }
  const report = await ctx.store.scrub();
  await retrying(async () => {
    const purge = await need<Purge>(ctx, "purge", id);
    const scrub = { ...report, at: nowText(ctx) };
    await commit(ctx, "store-scrubbed", { purge: id, level: report.level }, [
      changed(purge, { ...purge.body, scrub }),
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

async function lookAll(ctx: Context, id: string): Promise<void> {
  const steps = await stepsOf(ctx, id);
  for (const step of steps) {
    const apart = ctx.places?.get(step.item.connector)?.keysApart === true;
    if (step.progress.state !== "erased" && !(apart && step.progress.state === "failed")) continue;
    await look(ctx, id, step);
  }
  await ctx.progress({ step: "purge:looked", id, done: steps.length, of: steps.length });
}

async function look(ctx: Context, purge: string, step: Step): Promise<void> {
  let sight: Sight | undefined;
  const failed = await attempt(async () => {
    const { signal } = new AbortController();
    sight = await connectorFor(ctx, step).inspect(step.item.ref, { signal });
  });
  if (sight === undefined && (await endedWithKeys(ctx, step))) {
    sight = { present: false, level: "key-destroyed", notLookedAt: ["the place itself"] };
  }
  if (sight === undefined || sight.present) {
    const code = failed ?? "still-present";
    return move(ctx, step.id, SEEN, "step-failed", (at) => ({ state: "failed", at, code }));
  }
  const scrub = (await need<Purge>(ctx, "purge", purge)).body.scrub;
  const vault = step.item.connector === VAULT && scrub !== null;
  const level = vault ? atLeast(sight.level, scrub.level) : sight.level;
  const beyond = vault ? scrub.notLookedAt : [];
  const notLookedAt = [...new Set([...sight.notLookedAt, ...beyond])];
  return move(ctx, step.id, SEEN, "step-seen", (at) => ({ state: "seen", at, level, notLookedAt }));
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

/**
 * The steps of a purge, shared among those who run it: each claimed by its intent, tried again
 * where a place may only be away for a moment, and written down.
 */
import type { Step, StepState } from "../core/purge.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { hex } from "../lib/bytes.js";
import { addDuration } from "../lib/duration.js";
import { instantText } from "../lib/instant.js";
import type { Connector } from "../ports/connector.js";
import type { Context } from "./context.js";
import { stepsOf } from "./purge-conclusion.js";
import { changed, commit, need, nowText, retrying } from "./rows.js";

/** How many steps one runner does at a time. */
export const RUN_WORKERS_MAX = 16;
/** For how long others leave a step to whoever intends it. */
export const STEP_LEASE_SECONDS = 60;
/** How often a place is tried in one run before its step has failed. */
export const STEP_TRIES_MAX = 4;
const FIRST_PAUSE_MS = 250;
const PAUSE_FACTOR = 2;
const RUNNER_BYTES = 8;

/** What may be over in a moment. Everything else is the same at the next try. */
const TRANSIENT: readonly string[] = ["connector-failed", "conflict", "store-busy", "kms-failed"];

/** One run in one process. Its name is random: it says who intends a step, not which machine. */
export interface Runner {
  readonly name: string;
  readonly workers: number;
}

/** @throws `option-invalid` for what is no whole number from 1 to `RUN_WORKERS_MAX` */
export function runnerOf(ctx: Context, workers: number = 1): Runner {
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > RUN_WORKERS_MAX) {
    const reason = `a whole number from 1 to ${RUN_WORKERS_MAX} expected`;
    throw new CustodyError("option-invalid", { path: "run.workers", reason });
  }
  return { name: hex(ctx.random(RUNNER_BYTES)), workers };
}

export const SEEN = ["seen"] as const;
const ERASED = ["erased", ...SEEN] as const;
const isErased = ({ progress }: Step): boolean => ERASED.some((state) => state === progress.state);

/**
 * Erases what is not erased yet. First the steps that nobody else is at; then those that others
 * have claimed and not finished, for they may have died, and erasing twice is harmless.
 */
export async function eraseAll(ctx: Context, purge: string, runner: Runner): Promise<void> {
  const steps = await stepsOf(ctx, purge);
  const done = { count: steps.filter(isErased).length, of: steps.length };
  const taken: Step[] = [];
  const open = steps.filter((step) => !isErased(step));
  await shared(runner.workers, open, async (step) => {
    if (!(await eraseOne(ctx, step, runner, done, true))) taken.push(step);
  });
  await shared(runner.workers, taken, async (step) => {
    await eraseOne(ctx, step, runner, done, false);
  });
}

/**
 * Hands the items out to so many workers. Once one has failed no further item is begun; what is
 * under way is waited for, and the first failure thrown.
 */
export async function shared<T>(
  workers: number,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const item of queue) {
      if (failures.length > 0) return;
      try {
        await act(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, items.length) }, work));
  if (failures.length > 0) throw failures[0];
}

interface Done {
  count: number;
  readonly of: number;
}

/** False when it is left to another runner. */
async function eraseOne(
  ctx: Context,
  { id, item }: Step,
  runner: Runner,
  done: Done,
  yielding: boolean,
): Promise<boolean> {
  const tell = (step: "intended" | "erased" | "recorded"): void | Promise<void> =>
    ctx.progress({ step: `purge:step-${step}`, id, done: done.count, of: done.of });
  for (let tries = 1; ; tries += 1) {
    const claim = await claimStep(ctx, id, runner, yielding);
    if (claim !== "claimed") return claim === "done";
    await tell("intended");
    const failed = await attempt(async () => {
      const { signal } = new AbortController();
      await connectorOf(ctx, item.connector).erase(item.ref, { signal });
    });
    await tell("erased");
    if (await isTriedAgain(ctx, failed, tries)) continue;
    await moveStep(ctx, id, ERASED, failed === undefined ? "step-intended" : "step-failed", (at) =>
      failed === undefined ? { state: "erased", at } : { state: "failed", at, code: failed },
    );
    done.count += 1;
    await tell("recorded");
    return true;
  }
}

/**
 * Waits, twice as long after each try, where a further one may help.
 * @param tries how many there were
 */
export async function isTriedAgain(
  ctx: Context,
  failed: string | undefined,
  tries: number,
): Promise<boolean> {
  if (failed === undefined || !TRANSIENT.includes(failed) || tries >= STEP_TRIES_MAX) return false;
  await ctx.pause?.(FIRST_PAUSE_MS * PAUSE_FACTOR ** (tries - 1));
  return true;
}

/**
 * The intent is written before anything is destroyed, and is the claim: of two who write it at once
 * the store takes one, and the other finds whose it is. Each try is an intent of its own.
 * @param yielding false to take over what another has claimed
 */
async function claimStep(
  ctx: Context,
  id: string,
  { name }: Runner,
  yielding: boolean,
): Promise<"claimed" | "taken" | "done"> {
  return retrying(async () => {
    const step = await need<Step>(ctx, "step", id);
    if (isErased(step.body)) return "done";
    const at = nowText(ctx);
    const { progress } = step.body;
    const others = progress.state === "intended" && progress.by !== name;
    if (yielding && others && (progress.until ?? "") > at) return "taken";
    const lease = { years: 0, months: 0, days: 0, seconds: STEP_LEASE_SECONDS };
    const until = instantText(addDuration(ctx.now(), lease));
    const attempts = step.body.attempts + 1;
    const body: Step = {
      ...step.body,
      attempts,
      progress: { state: "intended", at, by: name, until },
    };
    const about = { ...aboutStep(body), state: "intended", attempts };
    await commit(ctx, "step-intended", about, [changed(step, body)]);
    return "claimed";
  });
}

/**
 * Moves a step on, unless it is where it should go already: of two runners the later one takes
 * nothing back that the other has erased, and only a look says that something is still there.
 */
export async function moveStep(
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
    const level = progress.state === "seen" ? progress.level : undefined;
    const about = { ...aboutStep(step.body), state: progress.state, level };
    await commit(ctx, event, about, [changed(step, { ...step.body, progress })]);
  });
}

function aboutStep({ id, purge, item }: Step) {
  return { step: id, purge, node: item.node, connector: item.connector };
}

/**
 * The closed code of what went wrong, or undefined. A fault that is not ours is still a failure,
 * never a success.
 */
export async function attempt(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (isCustodyError(error, "store-poisoned", "store-closed")) throw error;
    return isCustodyError(error) ? error.code : "connector-failed";
  }
}

/** @throws `connector-unknown` */
export function connectorOf(ctx: Context, name: string): Connector {
  const connector = ctx.connectors.get(name);
  if (connector !== undefined) return connector;
  throw new CustodyError("connector-unknown", { connector: name });
}

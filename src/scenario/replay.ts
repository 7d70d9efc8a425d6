/**
 * Plays a scenario and says of each step whether it went as the file says. Every step is played,
 * whatever came before: what it needed and did not get is its own failure.
 */
import { actOut } from "./acts/index.js";
import type { StoreChoice } from "./house.js";
import { judge, type Outcome, outcomeOfError, type Said, type Verdict } from "./outcome.js";
import type { Act, Scenario, Step } from "./scenario.js";
import { openStage, passTime, type Stage } from "./stage.js";

export interface StepReport {
  /** The place in the file, from 1; 0 is the start of the service. */
  readonly n: number;
  readonly verb: string;
  readonly ok: boolean;
  /** Only of a step that did not go as expected. */
  readonly expected?: Said;
  readonly actual?: Said;
}

export interface Report {
  readonly file: string;
  readonly scenario: string;
  readonly ok: boolean;
  readonly steps: readonly StepReport[];
}

/** On a fresh store of the kind, which is gone afterwards. */
export async function replay(scenario: Scenario, store: StoreChoice = "memory"): Promise<Report> {
  const steps: StepReport[] = [];
  const { expect } = scenario.service;
  const started = await start(scenario, store);
  const start0 = judge(expect, "said" in started ? started.said : {});
  if (expect !== undefined || !start0.ok) steps.push(reportOf(0, "service", start0));
  if (!("said" in started)) {
    try {
      // A service that was to be refused plays no step.
      for (const step of expect === undefined ? scenario.steps : []) {
        steps.push(await play(started, step));
      }
    } finally {
      await started.close();
    }
  }
  const ok = steps.every((step) => step.ok);
  return { file: scenario.file, scenario: scenario.scenario, ok, steps };
}

async function start(scenario: Scenario, store: StoreChoice): Promise<Stage | Outcome> {
  try {
    return await openStage(scenario, store);
  } catch (error) {
    return outcomeOfError(error);
  }
}

/** The first repetition that does not go as expected speaks for the step. */
async function play(stage: Stage, step: Step): Promise<StepReport> {
  let failed: Verdict | undefined;
  for (const act of step.acts) {
    const verdict = await playOne(stage, step, act);
    if (!verdict.ok && failed === undefined) {
      failed =
        act.i === undefined ? verdict : { ...verdict, actual: { i: act.i, ...verdict.actual } };
    }
  }
  return reportOf(step.n, step.verb, failed ?? { ok: true, expected: {}, actual: {} });
}

async function playOne(stage: Stage, { verb }: Step, act: Act): Promise<Verdict> {
  if (act.at !== undefined) {
    await passTime(stage, act.at);
    stage.clock.ms = act.at;
  }
  const outcome = await actOut(stage, verb, act.body).catch(outcomeOfError);
  if (outcome.made !== undefined && typeof act.body.as === "string") {
    stage.aliases.give(act.body.as, outcome.made);
  }
  return judge(act.expect, outcome.said);
}

function reportOf(n: number, verb: string, { ok, expected, actual }: Verdict): StepReport {
  return ok ? { n, verb, ok } : { n, verb, ok, expected, actual };
}

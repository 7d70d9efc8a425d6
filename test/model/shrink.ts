/** From the steps that a run broke on to few of them that it still breaks on. */
import { replayed } from "./reference.js";
import { type Reference, replaySteps } from "./run.js";
import type { ModelService, Step } from "./steps.js";

/** Where client and reference part: the scenario file that shows it is the message. */
export class Divergence extends Error {
  readonly scenario: string;
  readonly service: ModelService;
  readonly steps: readonly Step[];

  constructor(what: string, shown: Pick<Divergence, "scenario" | "service" | "steps">) {
    super(`${what}\n\n${shown.scenario}`);
    this.scenario = shown.scenario;
    this.service = shown.service;
    this.steps = shown.steps;
  }
}

/** Leaves out what it can, several steps at a time and then one by one, until nothing more goes. */
export async function shrunk(
  service: ModelService,
  found: Divergence,
  reference: Reference = replayed,
): Promise<Divergence> {
  let best = found;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let from = best.steps.length - size; from > -size; from -= size) {
      const start = Math.max(0, from);
      const fewer = without(best.steps, start, start + size);
      if (fewer.length >= best.steps.length) continue;
      const still = await diverges(service, fewer, reference);
      if (still === undefined) continue;
      best = still;
      if (size === 1) from = best.steps.length;
    }
  }
  return best;
}

async function diverges(
  service: ModelService,
  steps: readonly Step[],
  reference: Reference,
): Promise<Divergence | undefined> {
  try {
    await replaySteps(service, steps, reference);
  } catch (error) {
    if (error instanceof Divergence) return error;
    // A step that names what is not there any more is no step.
    if (!(error instanceof TypeError)) throw error;
  }
  return undefined;
}

/** The steps but some, and but those that name what these made. */
function without(steps: readonly Step[], from: number, to: number): readonly Step[] {
  const gone = new Set<string>();
  const people = new Set<string>();
  return steps.filter((step, index) => {
    const named = namesIn(step);
    const goes = (index >= from && index < to) || named.some((name) => gone.has(name));
    const made = madeBy(step, people);
    if (goes && made !== undefined) gone.add(made);
    return !goes;
  });
}

/** @param people those that are registered by then: once more is a move and makes nobody */
function madeBy({ verb, body }: Step, people: Set<string>): string | undefined {
  if ("as" in body) return body.as;
  if (verb === "register") {
    if (people.has(body.subject)) return undefined;
    people.add(body.subject);
    return body.subject;
  }
  return verb === "notice" ? body.version : undefined;
}

function namesIn({ body }: Step): readonly string[] {
  const keys = ["subject", "consent", "request", "record", "notice"];
  const chosen = "select" in body ? (body.select.subjects ?? []) : [];
  const named = Object.entries(body).flatMap(([key, value]) =>
    keys.includes(key) && typeof value === "string" ? [value] : [],
  );
  return [...chosen, ...named];
}

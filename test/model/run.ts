/** One run: the steps on the client and in the reference, held against each other at every step. */
import { type Client, openClient } from "./client.js";
import { type Drawn, opening, stepOf, unfolded } from "./draws.js";
import { checkInvariants, type Look, type Seen } from "./invariants.js";
import { replayed, statusOf, type World } from "./reference.js";
import { scenarioText } from "./scenario-file.js";
import { Divergence, shrunk } from "./shrink.js";
import type { ModelService, Said, Step } from "./steps.js";

export type Reference = typeof replayed;

/**
 * Plays drawn steps until client and reference part.
 * @returns the number of steps played
 * @throws `Divergence`, shrunk
 */
export async function run(drawn: Drawn, reference: Reference = replayed): Promise<number> {
  const { service } = drawn;
  const rest = drawn.draws.flatMap(unfolded);
  const first = [...opening(drawn)];
  const next = (world: World): Step | undefined => {
    const opened = first.shift();
    if (opened !== undefined) return opened;
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
      const step = stepOf(one, world);
      if (step !== undefined) return step;
    }
    return undefined;
  };
  try {
    return await follow(service, next, reference);
  } catch (error) {
    if (!(error instanceof Divergence)) throw error;
    throw await shrunk(service, error, reference);
  }
}

/** Plays a fixed list of steps. */
export function replaySteps(
  service: ModelService,
  steps: readonly Step[],
  reference: Reference = replayed,
): Promise<number> {
  const rest = [...steps];
  return follow(service, () => rest.shift(), reference);
}

async function follow(
  service: ModelService,
  next: (world: World) => Step | undefined,
  reference: Reference,
): Promise<number> {
  const client = await openClient(service);
  const steps: Step[] = [];
  const expectations: Said[] = [];
  let { world } = reference(service, steps);
  let seen: Seen | undefined;
  try {
    for (let step = next(world); step !== undefined; step = next(world)) {
      steps.push(step);
      const after = reference(service, steps);
      expectations.push(after.said);
      const said = await client.play(step);
      const looks = await lookAll(client, after.world, touched(step));
      const odd = looks.find(({ expected, actual }) => text(expected) !== text(actual));
      const checked = await checkInvariants({
        client,
        before: world,
        world: after.world,
        step,
        said,
        seen,
        looks,
      });
      const broken = "broken" in checked ? `invariant ${checked.broken}` : undefined;
      const fault = same(step, after.said, said)
        ? (broken ?? oddity(odd))
        : `expected ${JSON.stringify(after.said)}, the client says ${JSON.stringify(said)}`;
      if (fault !== undefined || "broken" in checked) {
        const shown = odd === undefined ? [] : [odd];
        const scenario = scenarioText(service, steps, expectations, shown);
        const what = `step ${steps.length} (${step.verb}): ${fault}`;
        throw new Divergence(what, { scenario, service, steps });
      }
      seen = checked;
      world = after.world;
    }
    await lookAtSets(client, world);
    return steps.length;
  } finally {
    await client.close();
  }
}

function oddity(odd: Look | undefined): string | undefined {
  if (odd === undefined) return undefined;
  const [what, expected, actual] = [odd.body, odd.expected, odd.actual].map((one) =>
    JSON.stringify(one),
  );
  return `${odd.verb} ${what}: expected ${expected}, the client says ${actual}`;
}

/** What a step can change: one person's things, or everybody's. */
function touched(step: Step): (subject: string) => boolean {
  const { body } = step;
  return "subject" in body && body.subject !== undefined
    ? (subject) => subject === body.subject
    : () => true;
}

const text = (value: unknown): string => JSON.stringify(sorted(value));
function sorted(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

function same(step: Step, expected: Said, actual: Said): boolean {
  if (step.verb !== "seal") return text(expected) === text(actual);
  // The client counts what it left out by code.
  const counts: Record<string, number> = {};
  for (const code of Object.values(expected.excluded as { [record: string]: string }))
    counts[code] = (counts[code] ?? 0) + 1;
  return text({ members: expected.members, excluded: counts }) === text(actual);
}

async function lookAll(
  client: Client,
  world: World,
  of: (subject: string) => boolean,
): Promise<readonly Look[]> {
  const looks: Look[] = [];
  const look = (verb: Look["verb"], body: Look["body"], expected: Said, actual: Said) =>
    looks.push({ verb, body, expected, actual });
  for (const who of world.people.values()) {
    if (!of(who.name)) continue;
    const { band, knowledge, consents } = await client.person(who.name);
    look(
      "state",
      { of: who.name },
      { band: world.band(who), knowledge: world.knowledge(who) },
      { band, knowledge },
    );
    const theirs = world.consents.filter((c) => c.request.subject === who.name);
    for (const [index, c] of theirs.entries()) {
      const found = consents[index];
      look(
        "state",
        { of: c.alias },
        { consent: statusOf(c), method: c.method },
        { consent: found?.status, method: found?.method },
      );
    }
  }
  for (const record of world.records) {
    if (!of(record.body.subject)) continue;
    look(
      "state",
      { of: record.alias },
      { status: world.status(record) },
      { status: await client.status(record.alias) },
    );
    for (const purpose of record.erased ? [record.body.purpose] : world.purposes.keys()) {
      look(
        "read",
        { record: record.alias, purpose },
        world.read(record, purpose),
        await client.read(record.alias, purpose),
      );
    }
  }
  return looks;
}

/** Sealed sets are read again at the end: what may be used no more is subtracted. */
async function lookAtSets(client: Client, world: World): Promise<void> {
  for (const [alias, { purpose, records }] of world.sets) {
    const expected = records
      .filter((r) => world.read(r, purpose).values !== undefined)
      .map((r) => r.alias);
    const found = await client.members(alias);
    if (text(expected) !== text(found))
      throw new Error(`${alias}: expected ${text(expected)}, found ${text(found)}`);
  }
}

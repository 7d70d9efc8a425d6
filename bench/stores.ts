/**
 * The client on SQLite and on PostgreSQL side by side, with a small store, one ten times as large
 * and one a hundred times. All stores are there at once and take turns in every round, so that a
 * busy machine slows them alike. Both commit durably: `synchronous=FULL`, `fsync=on`.
 */
import { type Database, NoServer, startDatabase } from "../examples/kurbo/database.js";
import { spreadOf } from "./measure.js";
import { ACTORS, collectFrom, type World, worldOf } from "./store-world.js";
import type { BenchOptions, Finding, Suite } from "./suite.js";

const SIZES = [1_000, 10_000, 100_000];
/** The first is no more than the people whom the benchmark deals with. */
const QUICK_SIZES = [128, 1_280, 12_800];
const ROUNDS = 15;
const QUICK_ROUNDS = 7;

interface Operation {
  readonly name: string;
  /** How many are timed together in a round. */
  readonly count: number;
  readonly run: (world: World, turn: number) => Promise<number>;
}

/** Each gives how many operations it did. */
const OPERATIONS: readonly Operation[] = [
  {
    name: "collect, 1 caller",
    count: 8,
    run: async ({ app, writers }, turn) => {
      await collectFrom(app, at(writers, turn));
      return 1;
    },
  },
  {
    name: `collect, ${ACTORS} callers`,
    count: 2,
    run: async ({ app, writers }) => {
      await Promise.all(writers.map((subject) => collectFrom(app, subject)));
      return ACTORS;
    },
  },
  {
    name: "read",
    count: 30,
    run: async ({ app, readers }, turn) => {
      await app.records.read({ record: at(readers, turn).record, purpose: "coaching" });
      return 1;
    },
  },
  {
    name: "check",
    count: 30,
    run: async ({ app, readers }, turn) => {
      const { subject } = at(readers, turn);
      const asked = { subject, collection: "intake", purpose: "coaching" } as const;
      const answer = await app.records.check(asked);
      if (answer !== "allowed") throw new Error(`a benchmark of refusals: ${answer}`);
      return 1;
    },
  },
  {
    name: "trace of a person",
    count: 10,
    run: async ({ app, readers }, turn) => {
      const { datasets, models } = await app.trace(at(readers, turn).subject);
      if (datasets.length !== 1 || models.length !== 1)
        throw new Error("a trace without a dataset and a model");
      return 1;
    },
  },
];

interface Place {
  readonly store: "sqlite" | "postgres";
  readonly people: number;
  readonly world: World;
}

async function run({ quick }: BenchOptions): Promise<readonly Finding[]> {
  const database = await serverOrNot();
  const places: Place[] = [];
  try {
    for (const people of quick ? QUICK_SIZES : SIZES) {
      places.push({ store: "sqlite", people, world: await worldOf(undefined, people) });
      if (database === undefined) continue;
      places.push({ store: "postgres", people, world: await worldOf(database.url, people) });
    }
    const findings: Finding[] = [];
    for (const operation of OPERATIONS) {
      findings.push(...(await measure(operation, places, quick ? QUICK_ROUNDS : ROUNDS)));
    }
    return findings;
  } finally {
    for (const { world } of places) await world.dispose();
    await database?.stop();
  }
}

async function serverOrNot(): Promise<Database | undefined> {
  try {
    return await startDatabase();
  } catch (error) {
    if (!(error instanceof NoServer)) throw error;
    console.log(`  SQLite alone: ${error.message.trim()}`);
    return undefined;
  }
}

/** The first round is thrown away: caches and prepared statements are made in it. */
async function measure(
  operation: Operation,
  places: readonly Place[],
  rounds: number,
): Promise<readonly Finding[]> {
  const rates = new Map<Place, number[]>(places.map((place) => [place, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const place of places) {
      const start = performance.now();
      let done = 0;
      for (let turn = 0; turn < operation.count; turn += 1) {
        done += await operation.run(place.world, round * operation.count + turn);
      }
      const perSecond = (done * 1_000) / (performance.now() - start);
      if (round > 0) rates.get(place)?.push(perSecond);
    }
  }
  const factor = (base: Place | undefined, place: Place): number => {
    const bases = (base && rates.get(base)) ?? [];
    const own = rates.get(place) ?? [];
    // Of the two rates of each round, not of the medians: a round is slow for both of them.
    return spreadOf(own.map((rate, round) => (bases[round] ?? Number.NaN) / rate)).median;
  };
  return places.map((place) => {
    const { store, people } = place;
    const beside = places.find((other) => other.store === "sqlite" && other.people === people);
    const smallest = places.find((other) => other.store === store);
    return {
      name: `${operation.name}, ${store}, ${people.toLocaleString("en-US")}`,
      perSecond: spreadOf(rates.get(place) ?? []),
      ratio: factor(beside, place),
      grown: factor(smallest, place),
    };
  });
}

function at<T>(items: readonly T[], turn: number): T {
  return items[turn % items.length] as T;
}

export const stores: Suite = {
  name: "stores",
  about: "one operation on both stores, by the number of people; the baseline is SQLite beside it",
  run,
};

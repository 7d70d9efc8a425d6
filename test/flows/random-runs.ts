/**
 * Random sharded trainings, built on the client and kept beside it in their plainest form. The
 * "bytes" of a model are a hash of everything its steps read, in order: who had read a record has
 * other bytes without it, who had not has the same.
 */
import { createHash } from "node:crypto";
import type { Cell } from "../../src/core/layout.js";
import type { ConsentId, DatasetId, ModelId, SubjectId } from "../../src/lib/id.js";
import { house } from "./law-fixture.js";
import { dice } from "./random-lineage.js";

export type Roll = (below: number) => number;

export interface Source {
  readonly id: string;
  readonly relation: "trained-on" | "fine-tuned-from" | "merged-from" | "evaluated-on";
  readonly at?: Cell;
}

/** A model as the test wrote it down, apart from the client. */
export interface Run {
  readonly id: ModelId;
  readonly from: readonly Source[];
  /** Every record counts from its first step. */
  readonly whole: boolean;
}

export interface Person {
  readonly subject: SubjectId;
  readonly consent: ConsentId;
  readonly records: readonly string[];
}

export interface Trained {
  readonly home: Awaited<ReturnType<typeof house>>;
  readonly people: readonly Person[];
  readonly dataset: DatasetId;
  readonly shards: number;
  readonly slices: number;
  /** In the order in which training reads them. */
  readonly read: readonly { readonly record: string; readonly at: Cell }[];
  readonly runs: ReadonlyMap<string, Run>;
  /** The newest last. */
  readonly tops: readonly ModelId[];
}

const PEOPLE = 14;

export async function randomTraining(seed: number): Promise<Trained> {
  const roll = dice(seed);
  const bytes = dice(seed * 65_537);
  const random = (n: number) => Uint8Array.from({ length: n }, () => bytes(256));
  const home = await house({}, undefined, undefined, random);
  const people = await crowd(home, roll);
  const [shards, slices] = [1 + roll(4), 1 + roll(5)];
  const select = { collection: "scores" };
  const sealed = await home.app.datasets.seal({
    name: "all",
    purpose: "training",
    select,
    shards,
    slices,
  });
  const read: { record: string; at: Cell }[] = [];
  for await (const { record, at } of home.app.datasets.read(sealed.id)) {
    if (at === undefined) throw new Error("no place");
    read.push({ record, at });
  }
  const trained = { home, people, dataset: sealed.id, shards, slices, read, tops: [] };
  const runs = new Map<string, Run>();
  const tops: ModelId[] = [];
  for (let n = 0; n < 1 + roll(2); n += 1) {
    const ends: Source[] = [];
    for (let shard = 0; shard < shards; shard += 1) {
      const end = await shardRun({ ...trained, runs }, shard, runs, roll);
      ends.push({ id: end, relation: "merged-from" });
    }
    const top = await train({ ...trained, runs }, runs, ends, {});
    tops.push(top);
    if (roll(2) === 0) {
      const from: Source[] = [{ id: top, relation: "fine-tuned-from" }];
      if (roll(2) === 0) from.push({ id: sealed.id, relation: "evaluated-on" });
      tops.push(await train({ ...trained, runs }, runs, from, {}));
    }
  }
  return { ...trained, runs, tops };
}

async function crowd(home: Trained["home"], roll: Roll): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (let n = 0; n < PEOPLE; n += 1) {
    const subject = await home.born("2016-06-14", "US");
    const consent = await home.agreed(subject, ["play", "training"]);
    const records: string[] = [];
    for (let k = 0; k <= roll(3); k += 1) records.push(await home.score(subject));
    people.push({ subject, consent, records });
  }
  return people;
}

/** Checkpoints at some of the slices, the last one always; now and then with its order unknown. */
async function shardRun(
  trained: Trained,
  shard: number,
  runs: Map<string, Run>,
  roll: Roll,
): Promise<ModelId> {
  let last: ModelId | undefined;
  const fitted = roll(8) === 0 ? { statistics: ["normaliser" as const] } : {};
  const time = roll(8) === 0 ? { order: "unknown" as const } : fitted;
  for (let slice = 0; slice < trained.slices; slice += 1) {
    if (slice < trained.slices - 1 && roll(3) === 0) continue;
    const from: Source[] = [
      ...(last === undefined ? [] : [{ id: last, relation: "fine-tuned-from" as const }]),
      { id: trained.dataset, relation: "trained-on", at: { shard, slice } },
    ];
    last = await train(trained, runs, from, time);
  }
  if (last === undefined) throw new Error("no checkpoint");
  return last;
}

type Time = { readonly order?: "unknown"; readonly statistics?: readonly "normaliser"[] };

async function train(
  { home, runs: known }: Trained,
  runs: Map<string, Run>,
  from: readonly Source[],
  time: Time,
): Promise<ModelId> {
  const [first, ...rest] = from;
  if (first === undefined) throw new Error("no source");
  const name = `m${known.size}`;
  const id = await home.app.models.begin({
    name,
    purpose: "training",
    from: [first, ...rest],
    ...time,
  });
  const digest = createHash("sha256").update(id).digest("hex");
  await home.app.models.complete({ model: id, digest, places: [] });
  runs.set(id, { id, from, whole: time.order !== undefined || time.statistics !== undefined });
  return id;
}

export const recordsOf = (people: readonly Person[]): ReadonlySet<string> =>
  new Set(people.flatMap(({ records }) => records));

/**
 * The bytes of every model, trained from nothing without some records. What is fitted on everything
 * is a hash of everything; a step at (shard, slice) reads what the checkpoint before had not.
 */
export function bytesWithout(
  trained: Trained,
  without: ReadonlySet<string>,
  kept: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const bytes = new Map<string, string>();
  for (const run of trained.runs.values()) {
    const parts = run.from.map((source) => {
      if (source.relation === "evaluated-on") return "looked";
      if (source.id !== trained.dataset) return kept.get(source.id) ?? bytes.get(source.id) ?? "";
      return ownRecords(trained, run)
        .filter((record) => !without.has(record))
        .join();
    });
    const all = run.whole ? trained.read.map(({ record }) => record) : [];
    parts.push(all.filter((record) => !without.has(record)).join());
    const hash = createHash("sha256").update(parts.join("|")).digest("hex");
    bytes.set(run.id, kept.get(run.id) ?? hash);
  }
  return bytes;
}

/** What a run's own steps read, in order. */
export function ownRecords(trained: Trained, run: Run): readonly string[] {
  const at = run.from.find(({ id }) => id === trained.dataset)?.at;
  if (at === undefined) return [];
  const before = Math.max(-1, ...run.from.map(({ id }) => lastSlice(trained, id)));
  return trained.read
    .filter((one) => one.at.shard === at.shard)
    .filter((one) => one.at.slice > before && one.at.slice <= at.slice)
    .map(({ record }) => record);
}

function lastSlice(trained: Trained, id: string): number {
  const at = trained.runs.get(id)?.from.find((source) => source.id === trained.dataset)?.at;
  return at?.slice ?? -1;
}

/** Everything behind a model, itself included; without what it was only looked at with. */
export function behind(
  trained: Trained,
  id: string,
  found = new Set<string>(),
): ReadonlySet<string> {
  const run = trained.runs.get(id);
  if (run === undefined || found.has(id)) return found;
  found.add(id);
  for (const source of run.from) behind(trained, source.id, found);
  return found;
}

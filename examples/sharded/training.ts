/** Training shard by shard, slice by slice; each checkpoint is a file and a model of custody's. */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Abacus, App, DatasetId, ModelId } from "./abacus.js";
import {
  averageOf,
  bytesOf,
  type Checkpoint,
  checkpointIn,
  learnSlice,
  type Row,
} from "./learner.js";

export const SHARDS = 4;
export const SLICES = 5;

/** A checkpoint as it was written down: its id, where its file lies, and its bytes. */
export interface Kept {
  readonly id: ModelId;
  readonly ref: string;
  readonly bytes: string;
}

export const sha256 = (bytes: string): string => createHash("sha256").update(bytes).digest("hex");

/** The rows of one slice, in the dataset's own order; custody decides again on each. */
export async function rowsOf(
  app: App,
  part: { readonly dataset: DatasetId; readonly shard: number; readonly slice: number },
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const { values } of app.datasets.read(part)) rows.push(values as unknown as Row);
  return rows;
}

/** Checkpoints of a shard by slice, from a slice on; the file before it is read, not remembered. */
export async function trainShard(
  abacus: Pick<Abacus, "app" | "files">,
  work: {
    readonly dataset: DatasetId;
    readonly run: string;
    readonly shard: number;
    readonly firstSlice?: number;
    readonly resume?: { readonly id: ModelId; readonly ref: string };
  },
): Promise<readonly Kept[]> {
  const { app, files } = abacus;
  const { dataset, run, shard, firstSlice = 0 } = work;
  const made: Kept[] = [];
  for (let slice = firstSlice; slice < SLICES; slice += 1) {
    const before = made.at(-1) ?? work.resume;
    const data = { id: dataset, relation: "trained-on", at: { shard, slice } } as const;
    const id = await app.models.begin({
      name: `${run}, shard ${shard} to slice ${slice}`,
      purpose: "training",
      from: before === undefined ? [data] : [{ id: before.id, relation: "fine-tuned-from" }, data],
    });
    const from =
      before === undefined
        ? undefined
        : checkpointIn(await readFile(join(files, before.ref), "utf8"));
    const rows = await rowsOf(app, { dataset, shard, slice });
    const bytes = bytesOf(learnSlice(from, { shard, slice }, rows));
    made.push(await kept(abacus, id, `models/${run}/shard-${shard}/slice-${slice}.json`, bytes));
  }
  return made;
}

/** The served model, from the last checkpoint of each shard. */
export async function average(
  abacus: Pick<Abacus, "app" | "files">,
  run: string,
  ends: readonly Kept[],
): Promise<Kept> {
  const [first, ...rest] = ends.map(({ id }) => ({ id, relation: "merged-from" }) as const);
  if (first === undefined) throw new Error("no shards");
  const id = await abacus.app.models.begin({
    name: `${run}, average`,
    purpose: "training",
    from: [first, ...rest],
  });
  const bytes = averageOf(ends.map((end) => checkpointIn(end.bytes)));
  return kept(abacus, id, `models/${run}/average.json`, bytes);
}

async function kept(
  { app, files }: Pick<Abacus, "app" | "files">,
  model: ModelId,
  ref: string,
  bytes: string,
): Promise<Kept> {
  await mkdir(dirname(join(files, ref)), { recursive: true });
  await writeFile(join(files, ref), bytes);
  const places = [{ connector: "filesystem", ref }];
  await app.models.complete({ model, digest: sha256(bytes), places });
  return { id: model, ref, bytes };
}

/**
 * Training from nothing, for comparison: no file is kept and no model recorded. A shard may start
 * from a checkpoint that is given, at the slice after it.
 */
export async function fromScratch(
  app: App,
  dataset: DatasetId,
  starts: ReadonlyMap<number, Checkpoint> = new Map(),
): Promise<{ readonly checkpoints: readonly string[]; readonly average: string }> {
  const checkpoints: string[] = [];
  const ends: Checkpoint[] = [];
  for (let shard = 0; shard < SHARDS; shard += 1) {
    let last = starts.get(shard);
    for (let slice = (last?.slice ?? -1) + 1; slice < SLICES; slice += 1) {
      last = learnSlice(last, { shard, slice }, await rowsOf(app, { dataset, shard, slice }));
      checkpoints.push(bytesOf(last));
    }
    if (last !== undefined) ends.push(last);
  }
  return { checkpoints, average: averageOf(ends) };
}

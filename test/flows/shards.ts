/** Children in a sealed dataset with shards and slices, and a line of checkpoints on each shard. */
import { createHash } from "node:crypto";
import type { Cell } from "../../src/core/layout.js";
import type { ConsentId, DatasetId, ModelId, RecordId, SubjectId } from "../../src/lib/id.js";
import { house } from "./law-fixture.js";

export interface Child {
  readonly subject: SubjectId;
  readonly consent: ConsentId;
  readonly records: readonly RecordId[];
}

export type Home = Awaited<ReturnType<typeof house>>;
export type App = Home["app"];

export const SHARDS = 3;
export const SLICES = 4;

/** @param each how many records of each child */
export async function children(home: Home, count: number, each = 1): Promise<readonly Child[]> {
  const all: Child[] = [];
  for (let n = 0; n < count; n += 1) {
    const subject = await home.born("2016-06-14", "US");
    const consent = await home.agreed(subject, ["play", "training"]);
    const records: RecordId[] = [];
    for (let k = 0; k < each; k += 1) records.push(await home.score(subject));
    all.push({ subject, consent, records });
  }
  return all;
}

export async function sealed(app: App, name = "all"): Promise<DatasetId> {
  const select = { collection: "scores" };
  const cells = { shards: SHARDS, slices: SLICES };
  return (await app.datasets.seal({ name, purpose: "training", select, ...cells })).id;
}

export async function places(app: App, dataset: DatasetId): Promise<ReadonlyMap<string, Cell>> {
  const found = new Map<string, Cell>();
  for await (const { record, at } of app.datasets.read(dataset)) {
    if (at === undefined) throw new Error("no place");
    found.set(record, at);
  }
  return found;
}

export type From = Parameters<App["models"]["begin"]>[0]["from"];

export async function trained(app: App, name: string, from: From): Promise<ModelId> {
  const model = await app.models.begin({ name, purpose: "training", from });
  const digest = createHash("sha256").update(model).digest("hex");
  await app.models.complete({ model, digest, places: [] });
  return model;
}

/** Checkpoints after each slice from the first to be read on; the last one is returned too. */
export async function shardLine(
  app: App,
  dataset: DatasetId,
  shard: number,
  start: { readonly after?: string; readonly first?: number } = {},
): Promise<readonly ModelId[]> {
  const line: ModelId[] = [];
  for (let slice = start.first ?? 0; slice < SLICES; slice += 1) {
    const data = { id: dataset, relation: "trained-on", at: { shard, slice } } as const;
    const before = line.at(-1) ?? start.after;
    const from: From =
      before === undefined ? [data] : [{ id: before, relation: "fine-tuned-from" }, data];
    line.push(await trained(app, `${shard}/${slice}`, from));
  }
  return line;
}

export async function average(app: App, lines: readonly (readonly ModelId[])[]): Promise<ModelId> {
  const [first, ...rest] = lines.map((line) => {
    const id = line.at(-1);
    if (id === undefined) throw new Error("an empty line");
    return { id, relation: "merged-from" } as const;
  });
  if (first === undefined) throw new Error("no line");
  return trained(app, "average", [first, ...rest]);
}

export { house };

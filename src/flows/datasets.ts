/**
 * Datasets: sealed lists of records whose basis covers the purpose, as of one ledger position. They
 * hold no values.
 */
import { stricter } from "../core/artifact.js";
import type { Dataset, DatasetSelect } from "../core/dataset.js";
import { type Layout, readLayout } from "../core/layout.js";
import { requireKnown, requireText } from "../core/options.js";
import type { RecordStatus } from "../core/record.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { type DatasetId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { openSet, setWrites } from "./marks.js";
import { type Judged, judged, judgedSet } from "./members.js";
import { rootOfMembers } from "./membership.js";
import { commit, created, need, nowText } from "./rows.js";

export interface SealInput {
  readonly name: string;
  /** The purpose that every member's basis must cover, now. */
  readonly purpose: string;
  readonly select: DatasetSelect;
  /** Shards to train apart, 1 to 1000; every person lies in one. Default none (1 with `slices`). */
  readonly shards?: number;
  /** Slices of each shard, read in their order, 1 to 1000. Default none (1 with `shards`). */
  readonly slices?: number;
}

export interface Sealed {
  readonly id: DatasetId;
  readonly count: number;
  readonly root: string;
  /** How many records were left out, by refusal code. What is erased is not counted. */
  readonly excluded: { readonly [code: string]: number };
}

export const DATASET_MEMBERS_MAX = 10_000_000;

/**
 * Seals the records that a read for the purpose would give, as of this ledger position.
 * @throws `purpose-unknown`, `option-unknown`, `option-invalid`, `limit-exceeded`
 */
export async function sealDataset(ctx: Context, input: SealInput): Promise<Sealed> {
  requireKnown(input, ["name", "purpose", "select", "shards", "slices"], "seal");
  requireText(input.name, "seal.name", 200);
  const layout = readLayout(input, "seal");
  requireKnown(input.select, ["collection", "subjects", "purpose"], "seal.select");
  if (!ctx.policy.purposes.has(input.purpose)) {
    throw new CustodyError("purpose-unknown", { path: "seal.purpose" });
  }
  const { collection, subjects, purpose } = input.select;
  const records = judged(
    ctx,
    {
      table: "record",
      ...(collection === undefined ? {} : { collections: [collection] }),
      ...(subjects === undefined ? {} : { subjects: [...subjects] }),
    },
    input.purpose,
  );
  const wanted = filter(
    records,
    ({ record }) => purpose === undefined || record.purpose === purpose,
  );
  return sealFrom(ctx, input, wanted, { layout });
}

/**
 * Seals a new dataset from an old one's members without what may not be used any more. Shards and
 * slices stay: everybody who is still in lies where they lay.
 * @throws `not-found`
 */
export async function rebuildDataset(
  ctx: Context,
  input: { readonly dataset: DatasetId; readonly name: string },
): Promise<Sealed> {
  requireKnown(input, ["dataset", "name"], "rebuild");
  requireId("dataset", input.dataset, "rebuild.dataset");
  requireText(input.name, "rebuild.name", 200);
  const old = (await need<Dataset>(ctx, "dataset", input.dataset)).body;
  const members = judgedSet(ctx, await openSet(ctx, input.dataset), old.purpose);
  const seal = { name: input.name, purpose: old.purpose, select: old.select };
  return sealFrom(ctx, seal, members, { rebuiltFrom: input.dataset, layout: old.layout });
}

interface Origin {
  readonly rebuiltFrom?: string;
  /** Without a seed it is a new one. */
  readonly layout: (Omit<Layout, "seed"> & { readonly seed?: string }) | undefined;
}

async function sealFrom(
  ctx: Context,
  input: SealInput,
  records: AsyncIterable<Judged>,
  { rebuiltFrom = "", layout }: Origin,
): Promise<Sealed> {
  const asOf = await ctx.store.size();
  const id = ctx.newId("dataset");
  const ordinals: number[] = [];
  const members: string[] = [];
  const excluded: Record<string, number> = {};
  for await (const { record, decision } of records) {
    if (record.erasedAt !== "") continue;
    if (!decision.allowed) {
      excluded[decision.code] = (excluded[decision.code] ?? 0) + 1;
      continue;
    }
    if (ordinals.length >= DATASET_MEMBERS_MAX) {
      const limit = { limit: "DATASET_MEMBERS_MAX", max: DATASET_MEMBERS_MAX };
      throw new CustodyError("limit-exceeded", limit);
    }
    ordinals.push(record.ordinal);
    members.push(record.id);
    await ctx.progress({ step: "seal:selected", id: record.id, done: ordinals.length, of: 0 });
  }
  const { root, tree } = await rootOfMembers(ctx, id, members);
  await ctx.progress({ step: "seal:hashed", id, done: ordinals.length, of: ordinals.length });
  const body: Dataset = {
    id,
    name: input.name,
    purpose: input.purpose,
    select: input.select,
    asOf,
    count: ordinals.length,
    root,
    tree,
    excluded,
    sealedAt: nowText(ctx),
    rebuiltFrom,
    ...(layout === undefined ? {} : { layout: { seed: id, ...layout } }),
  };
  const about = { dataset: id, asOf, count: body.count, root, excluded, layout: layoutOf(body) };
  await commit(ctx, "dataset-sealed", about, [
    created("dataset", id, body),
    ...setWrites(id, OrdinalSet.of(ordinals)),
  ]);
  await ctx.progress({ step: "seal:appended", id, done: ordinals.length, of: ordinals.length });
  return { id, count: body.count, root, excluded };
}

/**
 * The strictest of its members that are there. A sealed dataset is a list: it is not erased with
 * them. @throws `not-found`, `id-invalid`
 */
export async function datasetStatus(ctx: Context, id: DatasetId): Promise<RecordStatus> {
  await need<Dataset>(ctx, "dataset", requireId("dataset", id, "dataset"));
  let status: RecordStatus = "admitted";
  for await (const { standing } of judgedSet(ctx, await openSet(ctx, id), "")) {
    if (standing.status !== "erased") status = stricter(status, standing.status);
  }
  return status;
}

const layoutOf = ({ layout }: Dataset): { [key: string]: string | number } | undefined =>
  layout === undefined ? undefined : { ...layout };

async function* filter<T>(items: AsyncIterable<T>, keep: (item: T) => boolean): AsyncIterable<T> {
  for await (const item of items) if (keep(item)) yield item;
}

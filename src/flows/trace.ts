/**
 * Trace: from anything, everything below it, with the way there. Bounded: a limit is an error,
 * never a short list.
 */
import { requireText } from "../core/options.js";
import type { Order } from "../core/order.js";
import type { Place } from "../core/place.js";
import type { RecordRow } from "../core/row.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { kindOfId } from "../lib/id.js";
import type { Scan } from "../ports/store.js";
import type { Context } from "./context.js";
import type { DisclosureBody } from "./disclosures.js";
import { datasetsHolding, descendants, setsHolding, TRACE_NODES_MAX } from "./lineage.js";
import { openSet } from "./marks.js";
import { list, need } from "./rows.js";
import { selected } from "./selection.js";

export interface Trace {
  readonly from: string;
  readonly records: readonly string[];
  readonly subjects: number;
  readonly datasets: readonly string[];
  /** What was made from them and is neither dataset nor model. */
  readonly artifacts: readonly string[];
  readonly models: readonly string[];
  /** Names of those to whom any of these records were disclosed. */
  readonly recipients: readonly string[];
  /** Where bytes of these datasets and models lie, apart from the vault. */
  readonly places: readonly {
    readonly node: string;
    readonly connector: string;
    readonly ref: string;
  }[];
  /** For each node below, the shortest way from the start: ids, the start first. */
  readonly paths: { readonly [node: string]: readonly string[] };
}

/**
 * From a subject, consent, basis, record, order, dataset or model.
 * @throws `id-invalid`, `not-found`, `limit-exceeded`
 */
export async function trace(ctx: Context, from: string): Promise<Trace> {
  requireText(from, "from", 100);
  const records = await startRecords(ctx, from);
  const ordinals = OrdinalSet.of(records.map((record) => record.ordinal));
  const kind = kindOfId(from);
  const own = kind === "dataset" || kind === "model";
  const datasets = new Set(own ? [] : await datasetsHolding(ctx, ordinals));
  if (kind === "dataset") datasets.add(from);
  const below = await descendants(ctx, kind === "model" ? [from] : datasets);
  const models = [...below.keys()].filter((id) => id.startsWith("mod_"));
  if (kind === "model") models.unshift(from);
  const paths: Record<string, readonly string[]> = {};
  for (const id of datasets) paths[id] = id === from ? [from] : [from, id];
  for (const id of below.keys()) paths[id] = pathTo(id, below, paths, from);
  const nodes = [...datasets, ...models];
  return {
    from,
    records: records.map((record) => record.id),
    subjects: new Set(records.map((record) => record.subject)).size,
    datasets: [...datasets].sort(),
    artifacts: [...below.keys()].filter((id) => id.startsWith("art_")).sort(),
    models: [...new Set(models)].sort(),
    recipients: await recipientsOf(ctx, own ? OrdinalSet.of([]) : ordinals, datasets),
    places: await placesOf(ctx, nodes),
    paths,
  };
}

function pathTo(
  id: string,
  below: ReadonlyMap<string, { readonly via: string }>,
  known: { readonly [node: string]: readonly string[] },
  from: string,
): readonly string[] {
  const back: string[] = [];
  let at: string | undefined = id;
  while (at !== undefined && known[at] === undefined && at !== from) {
    back.unshift(at);
    at = below.get(at)?.via;
  }
  return [...(at === undefined ? [from] : (known[at] ?? [from])), ...back];
}

/** By the records that went, and by the dataset that went as a whole. */
async function recipientsOf(
  ctx: Context,
  ordinals: OrdinalSet,
  datasets: ReadonlySet<string>,
): Promise<readonly string[]> {
  const holding = await setsHolding(ctx, ordinals, "dis_");
  const names = (await list<DisclosureBody>(ctx, "disclosure"))
    .filter(({ row, body }) => holding.has(row.id) || datasets.has(body.dataset))
    .map(({ body }) => body.recipient);
  return [...new Set(names)].sort();
}

/** Places of nodes whose bytes were not yet seen absent. */
export async function placesOf(ctx: Context, nodes: readonly string[]): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (const node of nodes) {
    for (const { body } of await list<Place>(ctx, "place", { owner: node })) {
      if (body.erasedAt === "") places.push(body);
    }
  }
  return places;
}

async function startRecords(ctx: Context, from: string): Promise<readonly RecordRow[]> {
  switch (kindOfId(from)) {
    case "subject":
      await need(ctx, "subject", from);
      return scan(ctx, { table: "record", subjects: [from] });
    case "basis":
      await need(ctx, "basis", from);
      return scan(ctx, { table: "record", bases: [from] });
    case "consent":
      return underConsent(ctx, from);
    case "record": {
      const record = await ctx.store.get({ table: "record", id: from });
      if (record === undefined) throw new CustodyError("not-found", { kind: "record", id: from });
      return [record];
    }
    case "order":
      return ofOrder(ctx, from);
    case "dataset": {
      await need(ctx, "dataset", from);
      return scan(ctx, { table: "record", ordinals: [...(await openSet(ctx, from))] });
    }
    case "model":
      await need(ctx, "model", from);
      return [];
    default:
      throw new CustodyError("id-invalid", {
        path: "from",
        expected: "subject, consent, basis, record, order, dataset or model",
      });
  }
}

/** Records that came in on the consent itself, not those that merely came in while it stood. */
async function underConsent(ctx: Context, consent: string): Promise<readonly RecordRow[]> {
  const { subject } = (await need<{ subject: string }>(ctx, "consent", consent)).body;
  const bases = (await list<{ consent: string }>(ctx, "basis", { owner: subject }))
    .filter(({ body }) => body.consent === consent)
    .map(({ row }) => row.id);
  return bases.length === 0 ? [] : scan(ctx, { table: "record", subjects: [subject], bases });
}

async function ofOrder(ctx: Context, id: string): Promise<readonly RecordRow[]> {
  const order = await need<Order>(ctx, "order", id);
  const records: RecordRow[] = [];
  for await (const { record } of selected(ctx, order.body)) records.push(record);
  return records;
}

async function scan(
  ctx: Context,
  query: Extract<Scan, { table: "record" }>,
): Promise<readonly RecordRow[]> {
  const records: RecordRow[] = [];
  for await (const record of ctx.store.scan(query)) {
    if (records.length >= TRACE_NODES_MAX) {
      throw new CustodyError("limit-exceeded", { limit: "TRACE_NODES_MAX", max: TRACE_NODES_MAX });
    }
    records.push(record);
  }
  return records;
}

/**
 * Trace: from anything, everything below it, with the way there. Bounded: a limit is an error,
 * never a short list.
 */
import type { Artifact } from "../core/artifact.js";
import { requireKnown, requireText } from "../core/options.js";
import type { Place } from "../core/place.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { kindOfId } from "../lib/id.js";
import type { Context } from "./context.js";
import type { DisclosureBody } from "./disclosed.js";
import { type Start, setsHolding, TRACE_NODES_MAX, type Walk, walk } from "./lineage.js";
import { list, need } from "./rows.js";
import { recordsOf } from "./trace-start.js";

/** Ids in all paths together: a chain as long as it may be has more of them than fit anywhere. */
export const TRACE_PATH_IDS_MAX = 5_000_000;

export interface TraceOptions {
  /** Records, and nodes below them, at most; beyond it `limit-exceeded`. At most a million. */
  readonly nodesMax?: number;
}

export interface Trace {
  readonly from: string;
  readonly records: readonly string[];
  readonly subjects: number;
  /** Sealed datasets, and what was derived as a dataset. */
  readonly datasets: readonly string[];
  /** What was made from them and is neither dataset nor model. */
  readonly artifacts: readonly string[];
  /** Under every name that the same bytes have. */
  readonly models: readonly string[];
  /** Names of those to whom any of these records were disclosed, or what was made of them. */
  readonly recipients: readonly string[];
  /** Where bytes of these nodes lie, apart from the vault. */
  readonly places: readonly {
    readonly node: string;
    readonly connector: string;
    readonly ref: string;
  }[];
  /** For each node below, a shortest way from the start: ids, the start first. */
  readonly paths: { readonly [node: string]: readonly string[] };
  /** For each node below, how it was made from the one before it on that way. */
  readonly relations: { readonly [node: string]: string };
}

/**
 * From a subject, consent, basis, record, order, dataset, artifact or model.
 * @throws `id-invalid`, `not-found`, `limit-exceeded`
 */
export async function trace(
  ctx: Context,
  from: string,
  options: TraceOptions = {},
): Promise<Trace> {
  requireText(from, "from", 100);
  const nodesMax = readMax(options);
  const records = await recordsOf(ctx, from, nodesMax);
  const ordinals = OrdinalSet.of(records.map((record) => record.ordinal));
  const kind = kindOfId(from);
  const own = kind === "dataset" || kind === "artifact" || kind === "model";
  const start: Start = own ? { nodes: [from] } : { ordinals };
  const found = await walk(ctx, start, { nodesMax });
  const nodes = [...(own ? [from] : []), ...found.datasets, ...found.below.keys()];
  const sorted = await sortedOut(ctx, new Set(nodes));
  return {
    from,
    records: records.map((record) => record.id),
    subjects: new Set(records.map((record) => record.subject)).size,
    ...sorted,
    recipients: await recipientsOf(ctx, own ? OrdinalSet.of([]) : ordinals, new Set(nodes)),
    places: await placesOf(ctx, [...sorted.datasets, ...sorted.artifacts, ...sorted.models]),
    ...waysOf(from, own, found),
  };
}

function readMax(options: TraceOptions): number {
  requireKnown(options, ["nodesMax"], "trace");
  const max = options.nodesMax ?? TRACE_NODES_MAX;
  if (Number.isSafeInteger(max) && max >= 1 && max <= TRACE_NODES_MAX) return max;
  const reason = `a whole number from 1 to ${TRACE_NODES_MAX} expected`;
  throw new CustodyError("option-invalid", { path: "trace.nodesMax", reason });
}

/** By kind; the node that stands for a digest is no kind of its own. */
async function sortedOut(
  ctx: Context,
  nodes: ReadonlySet<string>,
): Promise<Pick<Trace, "datasets" | "artifacts" | "models">> {
  const datasets: string[] = [];
  const artifacts: string[] = [];
  const models: string[] = [];
  for (const id of nodes) {
    if (id.startsWith("dat_")) datasets.push(id);
    if (id.startsWith("mod_")) models.push(id);
    if (!id.startsWith("art_")) continue;
    const { kind } = (await need<Artifact>(ctx, "artifact", id)).body;
    (kind === "dataset" ? datasets : artifacts).push(id);
  }
  return { datasets: datasets.sort(), artifacts: artifacts.sort(), models: models.sort() };
}

/** Nearest first, so that the way to what comes before is known. */
function waysOf(
  from: string,
  own: boolean,
  { datasets, below }: Walk,
): Pick<Trace, "paths" | "relations"> {
  const ways = new Map<string, readonly string[]>([[from, [from]]]);
  for (const id of datasets) ways.set(id, [from, id]);
  const relations: Record<string, string> = {};
  let ids = 0;
  for (const { id, via, relation } of below.values()) {
    if (id === from) continue;
    const before = ways.get(via) ?? [from];
    const named = kindOfId(id) !== undefined;
    // Two names of the same bytes are one step apart, whatever node holds them together.
    ways.set(id, named ? [...before, id] : before);
    if (named) relations[id] = relation;
    ids += before.length + 1;
    if (ids <= TRACE_PATH_IDS_MAX) continue;
    const max = TRACE_PATH_IDS_MAX;
    throw new CustodyError("limit-exceeded", { limit: "TRACE_PATH_IDS_MAX", max });
  }
  if (!own) ways.delete(from);
  const named = [...ways].filter(([id]) => kindOfId(id) !== undefined);
  return { paths: Object.fromEntries(named), relations };
}

/** By the records that went, and by the dataset or artifact that went as a whole. */
async function recipientsOf(
  ctx: Context,
  ordinals: OrdinalSet,
  nodes: ReadonlySet<string>,
): Promise<readonly string[]> {
  const holding = new Set<string>();
  const disclosed = (set: string): boolean => set.startsWith("dis_");
  for await (const set of setsHolding(ctx, ordinals, disclosed)) holding.add(set);
  const names = (await list<DisclosureBody>(ctx, "disclosure"))
    .filter(({ row, body }) => holding.has(row.id) || nodes.has(body.dataset))
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

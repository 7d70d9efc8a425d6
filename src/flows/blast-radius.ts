/** How far a plan reaches, in numbers and names, for the one who must approve it. */
import { type Model, type ModelState, stateOf } from "../core/model.js";
import type { Plan } from "../core/purge.js";
import { isCustodyError } from "../errors.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import { fromBase64url } from "../lib/bytes.js";
import { formatDuration } from "../lib/duration.js";
import type { Context } from "./context.js";
import { recipientsOf } from "./instructions.js";
import { load } from "./rows.js";

/** Of more records than this nobody is told the bytes: they are not counted then. */
export const BYTES_COUNTED_RECORDS_MAX = 20_000;
const ORDINALS_PER_SCAN = 5_000;
const VAULT = "vault";

export interface BlastRadius {
  readonly records: number;
  readonly subjects: number;
  readonly datasets: number;
  readonly artifacts: number;
  readonly models: number;
  /** Sealed bytes in the store; absent where there are too many records to count them. */
  readonly sealedBytes?: number;
  /** Models that are destroyed: none of them is served afterwards. */
  readonly stopsServing: readonly {
    readonly model: string;
    readonly name: string;
    readonly state: ModelState;
  }[];
  /** What holds keep, by the authority behind them. */
  readonly held: readonly {
    readonly authority: string;
    readonly instrument: string;
    readonly records: number;
  }[];
  /** Names of those who were handed any of it. */
  readonly recipients: readonly string[];
  readonly replicas: readonly string[];
  /** Backups, each with how long it keeps what is erased. */
  readonly backups: readonly { readonly name: string; readonly keeps: string }[];
  readonly keyEscrows: readonly string[];
  /** Connectors that did not answer when the plan was drawn, or are not configured, by code. */
  readonly unreachable: readonly { readonly connector: string; readonly code: string }[];
}

export async function blastRadius(
  ctx: Context,
  plan: Plan,
  ordinals: OrdinalSet,
): Promise<BlastRadius> {
  const sealedBytes =
    plan.records <= BYTES_COUNTED_RECORDS_MAX ? await bytesOf(ctx, ordinals) : undefined;
  const places = plan.records === 0 ? [] : [...(ctx.places?.values() ?? [])];
  const named = (kind: string) => places.filter((place) => place.kind === kind);
  return {
    records: plan.records,
    subjects: plan.subjects,
    datasets: plan.datasets.length,
    artifacts: (plan.artifacts ?? []).length,
    models: plan.models.length,
    ...(sealedBytes === undefined ? {} : { sealedBytes }),
    stopsServing: await modelsOf(ctx, plan.models),
    held: heldOf(plan),
    recipients: await recipientsOf(ctx, plan.cause),
    replicas: named("replica").map(({ name }) => name),
    backups: named("backup").map(({ name, keeps }) => {
      return { name, keeps: keeps === undefined ? "" : formatDuration(keeps) };
    }),
    keyEscrows: named("key-escrow").map(({ name }) => name),
    unreachable: await unreachableOf(ctx, plan),
  };
}

async function bytesOf(ctx: Context, ordinals: OrdinalSet): Promise<number> {
  let bytes = 0;
  let page: number[] = [];
  const count = async (): Promise<void> => {
    for await (const { id } of ctx.store.scan({ table: "record", ordinals: page })) {
      for await (const { sealed } of ctx.store.scan({ table: "payload", record: id })) {
        bytes += fromBase64url(sealed)?.length ?? 0;
      }
    }
    page = [];
  };
  for (const ordinal of ordinals) {
    page.push(ordinal);
    if (page.length === ORDINALS_PER_SCAN) await count();
  }
  if (page.length > 0) await count();
  return bytes;
}

async function modelsOf(
  ctx: Context,
  ids: readonly string[],
): Promise<BlastRadius["stopsServing"]> {
  const found = [];
  for (const id of ids) {
    const model = await load<Model>(ctx, "model", id);
    if (model === undefined) continue;
    found.push({ model: id, name: model.body.name, state: stateOf(model.body) });
  }
  return found;
}

function heldOf({ retained }: Plan): BlastRadius["held"] {
  const by = new Map<string, { authority: string; instrument: string; records: Set<string> }>();
  for (const { record, authority, instrument } of retained) {
    const key = JSON.stringify([authority, instrument]);
    const known = by.get(key) ?? { authority, instrument, records: new Set<string>() };
    known.records.add(record);
    by.set(key, known);
  }
  return [...by.values()].map((one) => ({ ...one, records: one.records.size }));
}

/** Each connector is asked once, about the first thing it is to erase. */
async function unreachableOf(ctx: Context, plan: Plan): Promise<BlastRadius["unreachable"]> {
  const first = new Map<string, string>();
  for (const { connector, ref } of plan.items) {
    if (connector !== VAULT && !first.has(connector)) first.set(connector, ref);
  }
  const found: { readonly connector: string; readonly code: string }[] = [];
  for (const [connector, ref] of first) {
    const code = await codeOfLook(ctx, connector, ref);
    if (code !== undefined) found.push({ connector, code });
  }
  return found;
}

async function codeOfLook(ctx: Context, name: string, ref: string): Promise<string | undefined> {
  const connector = ctx.connectors.get(name);
  if (connector === undefined) return "connector-unknown";
  try {
    await connector.inspect(ref, { signal: new AbortController().signal });
    return undefined;
  } catch (error) {
    return isCustodyError(error) ? error.code : "connector-failed";
  }
}

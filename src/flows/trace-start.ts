/** The records that a trace starts from. */
import { contentSet } from "../core/artifact.js";
import type { Order } from "../core/order.js";
import type { RecordRow } from "../core/row.js";
import { CustodyError } from "../errors.js";
import { kindOfId } from "../lib/id.js";
import type { Scan } from "../ports/store.js";
import type { Context } from "./context.js";
import { openSet } from "./marks.js";
import { list, need } from "./rows.js";
import { selected } from "./selection.js";

/** @throws `not-found`, `id-invalid`, `limit-exceeded` when there are more than `max` */
export async function recordsOf(
  ctx: Context,
  from: string,
  max: number,
): Promise<readonly RecordRow[]> {
  switch (kindOfId(from)) {
    case "subject":
      await need(ctx, "subject", from);
      return scan(ctx, { table: "record", subjects: [from] }, max);
    case "basis":
      await need(ctx, "basis", from);
      return scan(ctx, { table: "record", bases: [from] }, max);
    case "consent":
      return underConsent(ctx, from, max);
    case "record": {
      const record = await ctx.store.get({ table: "record", id: from });
      if (record === undefined) throw new CustodyError("not-found", { kind: "record", id: from });
      return [record];
    }
    case "order":
      return ofOrder(ctx, from, max);
    case "dataset": {
      await need(ctx, "dataset", from);
      return scan(ctx, { table: "record", ordinals: [...(await openSet(ctx, from))] }, max);
    }
    case "artifact": {
      await need(ctx, "artifact", from);
      return scan(
        ctx,
        { table: "record", ordinals: [...(await openSet(ctx, contentSet(from)))] },
        max,
      );
    }
    case "model":
      await need(ctx, "model", from);
      return [];
    default:
      throw new CustodyError("id-invalid", {
        path: "from",
        expected: "subject, consent, basis, record, order, dataset, artifact or model",
      });
  }
}

/** Records that came in on the consent itself, not those that merely came in while it stood. */
async function underConsent(
  ctx: Context,
  consent: string,
  max: number,
): Promise<readonly RecordRow[]> {
  const { subject } = (await need<{ subject: string }>(ctx, "consent", consent)).body;
  const bases = (await list<{ consent: string }>(ctx, "basis", { owner: subject }))
    .filter(({ body }) => body.consent === consent)
    .map(({ row }) => row.id);
  if (bases.length === 0) return [];
  return scan(ctx, { table: "record", subjects: [subject], bases }, max);
}

async function ofOrder(ctx: Context, id: string, max: number): Promise<readonly RecordRow[]> {
  const order = await need<Order>(ctx, "order", id);
  const records: RecordRow[] = [];
  for await (const { record } of selected(ctx, order.body)) {
    requireRoom(records, max);
    records.push(record);
  }
  return records;
}

async function scan(
  ctx: Context,
  query: Extract<Scan, { table: "record" }>,
  max: number,
): Promise<readonly RecordRow[]> {
  const records: RecordRow[] = [];
  for await (const record of ctx.store.scan(query)) {
    requireRoom(records, max);
    records.push(record);
  }
  return records;
}

function requireRoom(records: readonly RecordRow[], max: number): void {
  if (records.length < max) return;
  throw new CustodyError("limit-exceeded", { limit: "TRACE_NODES_MAX", max });
}

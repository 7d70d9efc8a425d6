/**
 * Everything that was collected from a person, judged again when more is known of their age: in the
 * commit of the evidence, whatever has become of the records since.
 */
import { foundOut } from "../core/found-out.js";
import type { Facts } from "../core/gate.js";
import type { Mark } from "../core/model.js";
import type { Basis } from "../core/record.js";
import { standingOf } from "../core/standing.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { type Marked, markBelow } from "./marking.js";
import { marksNow } from "./marks.js";
import { TRAINING_USES } from "./model-inputs.js";
import { need } from "./rows.js";

export interface Discovery {
  /** Records that are restricted since, and were not before. */
  readonly restricted: number;
  /** Doubts for the models made from what lacked a consent, or learned from what lacked one. */
  readonly marked: Marked;
}

/** @throws `limit-exceeded` */
export async function discover(
  ctx: Context,
  before: Facts,
  after: Facts,
  mark: Mark,
): Promise<Discovery> {
  const marks = await marksNow(ctx);
  const bases = new Map<string, Basis>();
  const lacking: number[] = [];
  const learned: number[] = [];
  let restricted = 0;
  const trains = [...after.policy.purposes.values()]
    .filter(({ use }) => TRAINING_USES.includes(use))
    .map(({ name }) => name);
  const { id } = after.subject;
  for await (const record of ctx.store.scan({ table: "record", subjects: [id] })) {
    const basis = bases.get(record.basis) ?? (await need<Basis>(ctx, "basis", record.basis)).body;
    bases.set(record.basis, basis);
    const found = foundOut(before, after, record, basis, trains);
    if (found === undefined) continue;
    (found === "basis" ? lacking : learned).push(record.ordinal);
    const { cause } = standingOf(after, record, basis, marks(record));
    if (cause === "found-out") restricted += 1;
  }
  const below = { learned: OrdinalSet.of(learned) };
  return { restricted, marked: await markBelow(ctx, OrdinalSet.of(lacking), mark, below) };
}

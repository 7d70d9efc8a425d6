/**
 * Which records may be used for a purpose now: one pass over records, with each person's facts
 * opened once.
 */
import { type Decision, type Facts, mayHaveLapsed } from "../core/gate.js";
import type { Basis } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { decideUse, type Standing, standingOf } from "../core/standing.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import type { Scan } from "../ports/store.js";
import type { Context } from "./context.js";
import { marksNow } from "./marks.js";
import { person } from "./person.js";
import { withLapsed } from "./requests.js";
import { need } from "./rows.js";

export interface Judged {
  readonly record: RecordRow;
  readonly basis: Basis;
  readonly facts: Facts;
  readonly standing: Standing;
  /** The decision for the purpose asked about; the standing's own refusal comes first in it. */
  readonly decision: Decision;
}

/** How many people's facts are kept open at once. */
const FACTS_KEPT_MAX = 10_000;
const ORDINALS_PER_SCAN = 5_000;

export type RecordScan = Extract<Scan, { table: "record" }>;

/** Every record of the scan, judged for the purpose by what is known and decided now. */
export async function* judged(
  ctx: Context,
  scan: RecordScan,
  purpose: string,
): AsyncIterable<Judged> {
  const marks = await marksNow(ctx);
  const people = new Map<string, Facts>();
  const bases = new Map<string, Basis>();
  for await (const record of ctx.store.scan(scan)) {
    let facts = await factsOf(ctx, people, record.subject);
    const basis = bases.get(record.basis) ?? (await need<Basis>(ctx, "basis", record.basis)).body;
    if (bases.size < FACTS_KEPT_MAX) bases.set(record.basis, basis);
    const standing = standingOf(facts, record, basis, marks(record));
    let decision = decideUse(facts, record, basis, marks(record), purpose);
    if (mayHaveLapsed(decision)) {
      facts = await withLapsed(ctx, facts);
      if (people.has(record.subject)) people.set(record.subject, facts);
      decision = decideUse(facts, record, basis, marks(record), purpose);
    }
    yield { record, basis, facts, standing, decision };
  }
}

/** The same for the members of a set, in ordinal order. */
export async function* judgedSet(
  ctx: Context,
  ordinals: OrdinalSet,
  purpose: string,
): AsyncIterable<Judged> {
  let some: number[] = [];
  for (const ordinal of ordinals) {
    some.push(ordinal);
    if (some.length < ORDINALS_PER_SCAN) continue;
    yield* judged(ctx, { table: "record", ordinals: some }, purpose);
    some = [];
  }
  if (some.length > 0) yield* judged(ctx, { table: "record", ordinals: some }, purpose);
}

async function factsOf(ctx: Context, people: Map<string, Facts>, subject: string): Promise<Facts> {
  const known = people.get(subject);
  if (known !== undefined) return known;
  const { facts } = await person(ctx, subject);
  if (people.size < FACTS_KEPT_MAX) people.set(subject, facts);
  return facts;
}

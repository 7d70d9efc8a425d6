/**
 * Questions about records: what would be collected, why, and where something stands. Answers
 * promise nothing.
 */
import { type Explanation, explain } from "../core/explanation.js";
import { decideCollect } from "../core/gate.js";
import { takenMs } from "../core/lack.js";
import { requireKnown, requireText, requireTexts } from "../core/options.js";
import type { Basis } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { payloadBinding, unpackPayload } from "../core/seal.js";
import { decideUse, type Standing, standingOf } from "../core/standing.js";
import { CustodyError, type RefusalCode } from "../errors.js";
import { text } from "../lib/bytes.js";
import type { Json } from "../lib/canonical.js";
import { type RecordId, requireId, type SubjectId } from "../lib/id.js";
import type { Context } from "./context.js";
import { marksOf } from "./marks.js";
import { person } from "./person.js";
import { refusal } from "./records.js";
import { decided } from "./requests.js";
import { need } from "./rows.js";

export interface CheckInput {
  readonly subject: SubjectId;
  /** Left out, the purpose alone is asked about: no category is looked at. */
  readonly collection?: string;
  readonly purpose: string;
  /** The fields to be collected; all of the collection's unless named. */
  readonly fields?: readonly string[];
}

export interface UseInput {
  readonly record: RecordId;
  readonly purpose: string;
}

const CHECK_KEYS = ["subject", "collection", "purpose", "fields"];

/**
 * Why something would be collected now, or a record be used: the rule that decides, the evidence
 * and the consents it rests on, and what would change it. For drawing a screen: it promises
 * nothing.
 * @throws `not-found`, `id-invalid`, `option-unknown`, `option-invalid`
 */
export async function explainDecision(
  ctx: Context,
  input: CheckInput | UseInput,
): Promise<Explanation> {
  requireKnown(input, [...CHECK_KEYS, "record"], "explain");
  return "record" in input ? explainUse(ctx, input) : explainCollect(ctx, input);
}

async function explainCollect(ctx: Context, input: CheckInput): Promise<Explanation> {
  requireKnown(input, CHECK_KEYS, "check");
  if (input.collection !== undefined) requireText(input.collection, "check.collection", 200);
  requireText(input.purpose, "check.purpose", 200);
  if (input.fields !== undefined) requireTexts(input.fields, "check.fields");
  const { facts } = await person(ctx, requireId("subject", input.subject, "check.subject"));
  const { collection = "", purpose } = input;
  const all = [...(facts.policy.collections.get(collection)?.fields.keys() ?? [])];
  const fields = input.fields ?? all;
  const atMs = ctx.now();
  const question = { collection, purpose, fields, atMs };
  const decision = await decided(ctx, facts, (known) => decideCollect(known, question));
  return explain(facts, decision, { purpose, collection, atMs });
}

async function explainUse(ctx: Context, input: UseInput): Promise<Explanation> {
  requireKnown(input, ["record", "purpose"], "explain");
  requireText(input.purpose, "explain.purpose", 200);
  const { purpose } = input;
  const record = await recordOf(ctx, input.record);
  const { facts } = await person(ctx, record.subject);
  const basis = (await need<Basis>(ctx, "basis", record.basis)).body;
  const marks = await marksOf(ctx, record);
  const decision = await decided(ctx, facts, (known) =>
    decideUse(known, record, basis, marks, purpose),
  );
  const { cause } = standingOf(facts, record, basis, marks);
  const { collection } = record;
  return explain(facts, decision, { purpose, collection, atMs: takenMs(record), cause });
}

/**
 * `allowed`, or the code with which `collect` would refuse now. @throws `not-found`, `id-invalid`
 */
export async function checkCollect(
  ctx: Context,
  input: CheckInput,
): Promise<"allowed" | RefusalCode> {
  const { code } = await explainCollect(ctx, input);
  return code === "" ? "allowed" : code;
}

/** Where a record stands now and why. @throws `not-found` */
export async function recordStatus(ctx: Context, id: string): Promise<Standing> {
  const record = await recordOf(ctx, id);
  const { facts } = await person(ctx, record.subject);
  const basis = (await need<Basis>(ctx, "basis", record.basis)).body;
  return standingOf(facts, record, basis, await marksOf(ctx, record));
}

/** @throws `not-found`, `id-invalid` */
export async function recordOf(ctx: Context, id: string): Promise<RecordRow> {
  const record = await ctx.store.get({ table: "record", id: requireId("record", id, "record") });
  if (record === undefined) throw new CustodyError("not-found", { kind: "record", id });
  return record;
}

export interface ReadInput {
  readonly record: RecordId;
  readonly purpose: string;
}

/**
 * The values of a record, for one purpose, decided again now. @throws a refusal code, `not-found`
 */
export async function readRecord(
  ctx: Context,
  input: ReadInput,
): Promise<{ readonly [field: string]: Json }> {
  requireKnown(input, ["record", "purpose"], "read");
  const record = await recordOf(ctx, input.record);
  const { facts } = await person(ctx, record.subject);
  const basis = (await need<Basis>(ctx, "basis", record.basis)).body;
  const marks = await marksOf(ctx, record);
  const decision = await decided(ctx, facts, (known) =>
    decideUse(known, record, basis, marks, input.purpose),
  );
  if (!decision.allowed)
    throw refusal(facts.policy, decision, { ...record, purpose: input.purpose });
  return openValues(ctx, record);
}

/**
 * Opens every payload of a record. The caller has decided that it may. @throws `key-destroyed`,
 * `payload-damaged`
 */
export async function openValues(
  ctx: Context,
  record: RecordRow,
): Promise<{ readonly [field: string]: Json }> {
  const values: Record<string, Json> = {};
  for await (const row of ctx.store.scan({ table: "payload", record: record.id })) {
    const { category } = row;
    const packed = unpackPayload(row.sealed);
    if (packed === undefined) {
      throw new CustodyError("payload-damaged", { id: record.id, category });
    }
    const { fields } = packed;
    const bound = payloadBinding({ record: record.id, basis: record.basis, category, fields });
    const scope = { basis: record.basis, category };
    const plain = await ctx.keyring.open(scope, packed.sealed, bound);
    Object.assign(values, JSON.parse(text(plain)));
  }
  return values;
}

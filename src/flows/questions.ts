/**
 * Questions about records: what would be collected, why, and where something stands. Answers
 * promise nothing.
 */
import { decideCollect } from "../core/gate.js";
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
  readonly collection: string;
  readonly purpose: string;
  /** The fields to be collected; all of the collection's unless named. */
  readonly fields?: readonly string[];
}

export interface Explanation {
  readonly allowed: boolean;
  readonly code: RefusalCode | "";
  readonly band: string;
  readonly rule: string;
  readonly firmness: string;
  readonly help: readonly string[];
}

/** Why something would be collected or refused now. For drawing a screen: it promises nothing. */
export async function explainCollect(ctx: Context, input: CheckInput): Promise<Explanation> {
  requireKnown(input, ["subject", "collection", "purpose", "fields"], "check");
  requireText(input.collection, "check.collection", 200);
  requireText(input.purpose, "check.purpose", 200);
  if (input.fields !== undefined) requireTexts(input.fields, "check.fields");
  const who = await person(ctx, requireId("subject", input.subject, "check.subject"));
  const all = [...(ctx.policy.collections.get(input.collection)?.fields.keys() ?? [])];
  const { collection, purpose } = input;
  const fields = input.fields ?? all;
  const question = { collection, purpose, fields, atMs: ctx.now() };
  const decision = await decided(ctx, who.facts, (facts) => decideCollect(facts, question));
  return {
    allowed: decision.allowed,
    code: decision.allowed ? "" : decision.code,
    band: decision.band,
    rule: decision.because.section,
    firmness: decision.because.firmness,
    help: decision.allowed ? [] : decision.help,
  };
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
  if (!decision.allowed) throw refusal(ctx.policy, decision, { ...record, purpose: input.purpose });
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

/** Records: let in by the gate, sealed under their basis, read for a purpose. */

import type { Write } from "../core/event.js";
import { helpFor } from "../core/explanation.js";
import { type CollectQuestion, type Decision, decideCollect, type Refusal } from "../core/gate.js";
import { requireKnown, requireText } from "../core/options.js";
import type { Policy } from "../core/policy.js";
import { type Basis, type BasisFacts, EXCEPTIONS, type Exception } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { packPayload, payloadBinding } from "../core/seal.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { base64url } from "../lib/bytes.js";
import { canonicalBytes, type Json } from "../lib/canonical.js";
import { type RecordId, requireId, type SubjectId } from "../lib/id.js";
import { instantText, parseInstant } from "../lib/instant.js";
import { basisFacts, type OpenBasis, openBasis, renewed } from "./bases.js";
import type { Context } from "./context.js";
import { type Person, person } from "./person.js";
import { requireValues } from "./record-values.js";
import { decided } from "./requests.js";
import { firstDue, IMPORT } from "./retention-due.js";
import { commit, created, list, retrying } from "./rows.js";

export interface CollectInput {
  readonly subject: SubjectId;
  readonly collection: string;
  readonly purpose: string;
  readonly values: { readonly [field: string]: unknown };
  readonly exception?: Exception;
  readonly consent?: string;
  /** ISO instant of the device, when earlier than the arrival. */
  readonly taken?: string;
  readonly source?: string;
}

const KEYS = [
  "subject",
  "collection",
  "purpose",
  "values",
  "exception",
  "consent",
  "taken",
  "source",
];
export const VALUE_BYTES_MAX = 262_144;

/**
 * Stores one record, if the gate lets it in at the moment of the commit. The values are sealed
 * under the basis that let them in; a revocation committed anywhere before is seen.
 *
 * @throws a refusal code with its rule and what would help; `value-rejected` naming the field;
 * `conflict`
 */
export async function collect(ctx: Context, input: CollectInput): Promise<RecordId> {
  requireKnown(input, KEYS, "collect");
  requireId("subject", input.subject, "collect.subject");
  requireKnown(input.values, Object.keys(input.values ?? {}), "collect.values");
  requireText(input.purpose, "collect.purpose", 200);
  requireText(input.collection, "collect.collection", 200);
  if (input.source !== undefined) requireText(input.source, "collect.source", 100);
  if (input.consent !== undefined) requireId("consent", input.consent, "collect.consent");
  if (input.exception !== undefined && !EXCEPTIONS.includes(input.exception)) {
    throw new CustodyError("option-invalid", { path: "collect.exception", reason: "unknown" });
  }
  return retrying(() => collectOnce(ctx, input));
}

async function collectOnce(ctx: Context, input: CollectInput): Promise<RecordId> {
  const who = await person(ctx, input.subject);
  const takenMs = takenOf(ctx, input);
  const decision = await decide(ctx, who, input, takenMs);
  if (!decision.allowed && ["purpose-unknown", "field-unknown"].includes(decision.code)) {
    throw refusal(who.facts.policy, decision, input);
  }
  requireValues(ctx, input);
  if (!decision.allowed) throw refusal(who.facts.policy, decision, input);
  await ctx.progress({ step: "collect:decided", id: input.subject, done: 0, of: 1 });

  const facts = basisFacts(ctx, who, input, decision, takenMs);
  const { record, under, payloads } = await sealedUnder(ctx, input, facts, takenMs);
  const { basis, stored, open } = under;
  const writes: Write[] = [{ put: record }, ...payloads];
  if (!stored) writes.push(created("basis", basis.id, basis, { owner: input.subject }));
  await ctx.progress({ step: "collect:sealed", id: record.id, done: 0, of: 1 });
  const about = {
    record: record.id,
    subject: input.subject,
    basis: basis.id,
    collection: input.collection,
    purpose: input.purpose,
  };
  // Whoever destroys the keys of a basis closes it first: what was sealed meanwhile is a conflict.
  await commit(ctx, "record-collected", about, writes, [
    { kind: "subject", id: input.subject, version: who.loaded.row.version },
    open,
  ]);
  await ctx.progress({ step: "collect:appended", id: record.id, done: 1, of: 1 });
  return record.id;
}

interface SealedRecord {
  readonly record: RecordRow;
  readonly under: OpenBasis;
  readonly payloads: readonly Write[];
}

/** Where all that came in on the same facts was erased, its keys are gone: a new basis begins. */
async function sealedUnder(
  ctx: Context,
  input: CollectInput,
  facts: BasisFacts,
  takenMs: number | undefined,
): Promise<SealedRecord> {
  const sealed = async (under: OpenBasis): Promise<SealedRecord> => {
    const record = await recordRow(ctx, input, under.basis, takenMs);
    return { record, under, payloads: await seal(ctx, input, record) };
  };
  try {
    return await sealed(await openBasis(ctx, facts));
  } catch (error) {
    if (!isCustodyError(error, "key-destroyed")) throw error;
    return sealed(await renewed(ctx, facts));
  }
}

async function decide(
  ctx: Context,
  who: Person,
  input: CollectInput,
  takenMs: number | undefined,
): Promise<Decision> {
  const bare = ["c7", "c8", "c9"].includes(input.exception ?? "");
  const held = bare ? await exceptionsHeld(ctx, input.subject) : [];
  const question: CollectQuestion = {
    collection: input.collection,
    purpose: input.purpose,
    fields: Object.keys(input.values),
    atMs: ctx.now(),
    exceptionsHeld: held,
    imported: input.source === IMPORT,
    ...(takenMs === undefined ? {} : { takenMs }),
    ...(input.exception === undefined ? {} : { exception: input.exception }),
    ...(input.consent === undefined ? {} : { consent: input.consent }),
  };
  return decided(ctx, who.facts, (facts) => decideCollect(facts, question));
}

/** The exceptions under which data of the person is held now; what is erased combines with none. */
async function exceptionsHeld(ctx: Context, subject: string): Promise<readonly Exception[]> {
  const live = new Set<string>();
  for await (const record of ctx.store.scan({ table: "record", subjects: [subject] })) {
    if (record.erasedAt === "") live.add(record.basis);
  }
  return (await list<Basis>(ctx, "basis", { owner: subject }))
    .filter(({ row }) => live.has(row.id))
    .map(({ body }) => body.exception)
    .filter((exception) => exception !== "");
}

/** A moment ahead of the clock is no moment at which anything was taken. */
function takenOf(ctx: Context, input: CollectInput): number | undefined {
  if (input.taken === undefined) return undefined;
  const ms = parseInstant(input.taken);
  if (ms === undefined) throw new CustodyError("instant-invalid", { path: "collect.taken" });
  return ms < ctx.now() ? ms : undefined;
}

async function recordRow(
  ctx: Context,
  input: CollectInput,
  { id: basis, exception }: Pick<Basis, "id" | "exception">,
  takenMs: number | undefined,
): Promise<RecordRow> {
  const arrived = ctx.now();
  const row: RecordRow = {
    table: "record",
    id: ctx.newId("record"),
    ordinal: 0,
    subject: input.subject,
    collection: input.collection,
    purpose: input.purpose,
    basis,
    source: input.source ?? "app",
    taken: instantText(takenMs ?? arrived),
    collected: instantText(arrived),
    due: "",
    erasedAt: "",
  };
  return { ...row, due: await firstDue(ctx, row, exception) };
}

/** One payload per category: each under its own key of the basis. */
async function seal(
  ctx: Context,
  input: CollectInput,
  record: RecordRow,
): Promise<readonly Write[]> {
  const fields = ctx.policy.collections.get(input.collection)?.fields;
  const byCategory = new Map<string, Record<string, Json>>();
  for (const [name, value] of Object.entries(input.values)) {
    const category = fields?.get(name)?.category ?? "other-personal";
    const values = byCategory.get(category) ?? {};
    values[name] = value as Json;
    byCategory.set(category, values);
  }
  const writes: Write[] = [];
  for (const [category, values] of byCategory) {
    const plain = canonicalBytes(values);
    if (plain.length > VALUE_BYTES_MAX) {
      throw new CustodyError("limit-exceeded", { limit: "VALUE_BYTES_MAX", max: VALUE_BYTES_MAX });
    }
    const names = Object.keys(values);
    const bound = payloadBinding({
      record: record.id,
      basis: record.basis,
      category,
      fields: names,
    });
    const sealed = await ctx.keyring.seal({ basis: record.basis, category }, plain, bound);
    const salt = base64url(ctx.random(16));
    writes.push({
      put: {
        table: "payload",
        record: record.id,
        category,
        sealed: packPayload(names, sealed),
        salt,
      },
    });
  }
  return writes;
}

/** Names collection and purpose only when the policy does: anything else may be a person's. */
export function refusal(
  policy: Policy,
  decision: Refusal,
  at: { readonly subject: string; readonly collection: string; readonly purpose: string },
): CustodyError {
  return new CustodyError(decision.code, {
    subject: at.subject,
    ...(policy.collections.has(at.collection) ? { collection: at.collection } : {}),
    ...(policy.purposes.has(at.purpose) ? { purpose: at.purpose } : {}),
    rule: decision.because.section,
    regime: decision.because.regime,
    help: helpFor(policy, decision, at.purpose),
    ...(decision.consent === "" ? {} : { consent: decision.consent }),
  });
}

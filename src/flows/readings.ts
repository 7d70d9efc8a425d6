/** What is held about a person and may be used for one purpose, record by record. */
import { type Decision, decideCollect, type Facts, type Refusal } from "../core/gate.js";
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import type { Json } from "../lib/canonical.js";
import { type RecordId, requireId, type SubjectId } from "../lib/id.js";
import type { Context } from "./context.js";
import { judged } from "./members.js";
import { person } from "./person.js";
import { openValues } from "./questions.js";
import { refusal } from "./records.js";
import { decided } from "./requests.js";

export const READING_RECORDS_MAX = 100_000;

export interface PersonReadInput {
  readonly subject: SubjectId;
  readonly purpose: string;
}

export interface Reading {
  readonly record: RecordId;
  readonly collection: string;
  readonly values: { readonly [field: string]: Json };
}

/**
 * The values of every record of a person that `read` gives for the purpose, in the order in which
 * they came in, each decided again now. What it would refuse is left out; where it would refuse
 * all, the newest that is not erased says why. Of a person of whom nothing is held it is said
 * whether the purpose is open.
 *
 * @throws a refusal code, `limit-exceeded`, `not-found`, `option-invalid`
 */
export async function readPerson(
  ctx: Context,
  input: PersonReadInput,
): Promise<readonly Reading[]> {
  requireKnown(input, ["subject", "purpose"], "readAll");
  const subject = requireId("subject", input.subject, "readAll.subject");
  const purpose = requireText(input.purpose, "readAll.purpose", 200);
  const { facts } = await person(ctx, subject);
  const readings: Reading[] = [];
  let erased: Refusal | undefined;
  let newest: Refusal | undefined;
  for await (const one of judged(ctx, { table: "record", subjects: [subject] }, purpose)) {
    const { record, decision } = one;
    if (!decision.allowed && record.erasedAt !== "") erased = decision;
    else if (!decision.allowed) newest = decision;
    if (!decision.allowed) continue;
    if (readings.length >= READING_RECORDS_MAX) {
      const limit = { limit: "READING_RECORDS_MAX", max: READING_RECORDS_MAX };
      throw new CustodyError("limit-exceeded", limit);
    }
    const { id, collection } = record;
    readings.push({ record: id, collection, values: await openValues(ctx, record) });
  }
  if (readings.length > 0) return readings;
  const why: Decision = newest ?? erased ?? (await openFor(ctx, facts, purpose));
  if (!why.allowed) throw refusal(facts.policy, why, { subject, collection: "", purpose });
  return readings;
}

/** The purpose alone, whatever would be collected for it. */
function openFor(ctx: Context, facts: Facts, purpose: string): Promise<Decision> {
  const question = { collection: "", purpose, fields: [], atMs: ctx.now() };
  return decided(ctx, facts, (known) => decideCollect(known, question));
}

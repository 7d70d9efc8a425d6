/**
 * What is held about a child, for its parent: the specific types of personal information with how
 * each got in (16 CFR 312.6(a)(1)), and the values where they are asked for (312.6(a)(3)).
 */
import type { Evidence } from "../core/age.js";
import type { ConsentMethod } from "../core/consent.js";
import type { Notice } from "../core/notice.js";
import { requireBoolean, requireKnown } from "../core/options.js";
import type { Basis, BasisKind, RecordStatus } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { unpackPayload } from "../core/seal.js";
import { standingOf } from "../core/standing.js";
import { CustodyError } from "../errors.js";
import type { Json } from "../lib/canonical.js";
import type { ConsentId, RecordId, SubjectId } from "../lib/id.js";
import type { Context } from "./context.js";
import type { DisclosureBody } from "./disclosed.js";
import { type GuardianProof, provenGuardian } from "./guardian-proof.js";
import { marksNow, openSet } from "./marks.js";
import { person } from "./person.js";
import { openValues } from "./questions.js";
import { commit, list, load, need } from "./rows.js";

export const REVIEW_RECORDS_MAX = 100_000;

export interface GuardianReviewInput {
  readonly subject: SubjectId;
  readonly proof: GuardianProof;
  /** True: what was collected is shown too, and what was said about the age. */
  readonly values?: boolean;
}

export interface ReviewedRecord {
  readonly record: RecordId;
  readonly collection: string;
  readonly purpose: string;
  /** Personal-data categories, and the names of the fields by the policy. */
  readonly categories: readonly string[];
  readonly fields: readonly string[];
  readonly collected: string;
  /** ISO instant at which it is to be erased; "" while a hold keeps it. */
  readonly due: string;
  readonly status: RecordStatus;
  readonly basis: {
    readonly kind: BasisKind;
    readonly consent: ConsentId | "";
    readonly method: ConsentMethod | "";
    readonly exception: string;
    /** The version of the notice; "" where there was none. */
    readonly notice: string;
  };
  /** Whom the purpose reaches by the policy as practised now. */
  readonly recipients: readonly string[];
  /** Who has received it, when. */
  readonly disclosed: readonly { readonly recipient: string; readonly at: string }[];
  /** Only where asked for. */
  readonly values?: { readonly [field: string]: Json };
}

export interface Review {
  readonly state: "done";
  readonly subject: SubjectId;
  /** Every category held, sorted. */
  readonly categories: readonly string[];
  readonly records: readonly ReviewedRecord[];
  /** What speaks for the age: how it was learned; what was said only where values are asked for. */
  readonly evidence: readonly (Pick<Evidence, "id" | "kind" | "source" | "at"> & {
    readonly said?: { readonly [key: string]: Json };
  })[];
}

/**
 * Shows what is held about the person, to the parent who proves to be one by an answer to a
 * challenge for `review`. Erased records are not among it. Of another parent there is no more than
 * the id of a consent, and of another person nothing. That it was shown goes into the ledger.
 *
 * @returns `pending` while the verifier wants another step; nothing is shown then
 * @throws `guardian-unverified`, `limit-exceeded`, `option-unknown`, `option-invalid`
 */
export async function reviewAsGuardian(
  ctx: Context,
  input: GuardianReviewInput,
): Promise<Review | { readonly state: "pending" }> {
  requireKnown(input, ["subject", "proof", "values"], "review");
  requireBoolean(input.values, "review.values");
  const values = input.values === true;
  const guardian = await provenGuardian(ctx, "review", input);
  if (guardian === "pending") return { state: "pending" };
  const records = await recordsOf(ctx, input.subject, values);
  const { state } = await person(ctx, input.subject);
  const about = { subject: input.subject, consent: guardian.consent, values };
  await commit(ctx, "guardian-reviewed", { ...about, records: records.length }, []);
  return {
    state: "done",
    subject: input.subject,
    categories: [...new Set(records.flatMap((record) => record.categories))].sort(),
    records,
    evidence: state.evidence.map((one) => {
      const { id, kind, source, at } = one;
      return values ? { id, kind, source, at, said: saidBy(one) } : { id, kind, source, at };
    }),
  };
}

function saidBy({ value, claim, lower, upper }: Evidence): { readonly [key: string]: Json } {
  const said: Record<string, Json> = {};
  for (const [key, one] of Object.entries({ value, claim, lower, upper })) {
    if (one !== undefined) said[key] = one;
  }
  return said;
}

async function recordsOf(
  ctx: Context,
  subject: SubjectId,
  values: boolean,
): Promise<readonly ReviewedRecord[]> {
  const { facts } = await person(ctx, subject);
  const marks = await marksNow(ctx);
  const disclosed = await disclosures(ctx);
  const found: ReviewedRecord[] = [];
  for await (const record of ctx.store.scan({ table: "record", subjects: [subject] })) {
    if (record.erasedAt !== "") continue;
    if (found.length >= REVIEW_RECORDS_MAX) {
      const limit = "REVIEW_RECORDS_MAX";
      throw new CustodyError("limit-exceeded", { limit, max: REVIEW_RECORDS_MAX });
    }
    const basis = (await need<Basis>(ctx, "basis", record.basis)).body;
    const { status } = standingOf(facts, record, basis, marks(record));
    const purpose = facts.policy.purposes.get(record.purpose);
    const { id, collection, collected, due } = record;
    found.push({
      ...{ record: id, collection, purpose: record.purpose, collected, due, status },
      ...(await contentOf(ctx, record)),
      basis: await toldBasis(ctx, basis),
      recipients: (purpose?.recipients ?? []).map(({ name }) => name),
      disclosed: disclosed(record),
      ...(values ? { values: await openValues(ctx, record) } : {}),
    });
  }
  return found;
}

/** What kinds of values lie there, read from the outside of the sealed payloads. */
async function contentOf(ctx: Context, record: RecordRow) {
  const categories: string[] = [];
  const fields: string[] = [];
  for await (const row of ctx.store.scan({ table: "payload", record: record.id })) {
    categories.push(row.category);
    fields.push(...(unpackPayload(row.sealed)?.fields ?? []));
  }
  return { categories: categories.sort(), fields: fields.sort() };
}

async function toldBasis(ctx: Context, basis: Basis): Promise<ReviewedRecord["basis"]> {
  const { kind, method, exception } = basis;
  const notice = basis.notice === "" ? undefined : await load<Notice>(ctx, "notice", basis.notice);
  const consent = basis.consent as ConsentId | "";
  return { kind, consent, method, exception, notice: notice?.body.version ?? "" };
}

async function disclosures(ctx: Context) {
  const made: { recipient: string; at: string; has: (record: RecordRow) => boolean }[] = [];
  for (const { row, body } of await list<DisclosureBody>(ctx, "disclosure")) {
    const set = await openSet(ctx, row.id);
    const { recipient, at } = body;
    made.push({ recipient, at, has: (record) => set.has(record.ordinal) });
  }
  return (record: RecordRow) =>
    made.filter(({ has }) => has(record)).map(({ recipient, at }) => ({ recipient, at }));
}

/**
 * What a parent can end (16 CFR 312.6(a)(2)): further use and future collection without deletion,
 * or what is held altogether. Two acts, each proven by itself.
 */
import type { ConsentState, Verdict } from "../core/consent.js";
import { endAmong } from "../core/consent-ending.js";
import type { Mark } from "../core/model.js";
import { requireBoolean, requireKnown, requireTexts } from "../core/options.js";
import type { Basis } from "../core/record.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { SubjectId } from "../lib/id.js";
import { recordsUnder } from "./consent-records.js";
import type { Context } from "./context.js";
import { requestDeletion } from "./deletions.js";
import { type Guardian, type GuardianProof, provenGuardian } from "./guardian-proof.js";
import { commitMarked, markBelow } from "./marking.js";
import { person } from "./person.js";
import { changed, created, list, nowText, retrying } from "./rows.js";

export interface RefuseFurtherInput {
  readonly subject: SubjectId;
  readonly proof: GuardianProof;
  /** All that the policy declares unless named. */
  readonly purposes?: readonly string[];
}

export interface RefusedFurther {
  readonly state: "done";
  /** The purposes that are closed from now on. */
  readonly purposes: readonly string[];
}

type Pending = { readonly state: "pending" };

/**
 * Refuses further use and future collection; nothing is deleted. What this parent agreed to is
 * withdrawn, what they were never asked is refused, and exceptions to consent are no way around
 * (save to ask the parent again, for a child's safety, and for the law). What is held is restricted
 * as after any withdrawal, models made from it before are `since-withdrawn`. A later yes of the
 * same parent opens its purposes again.
 *
 * @throws `guardian-unverified`, `purpose-unknown`, `option-unknown`, `option-invalid`
 */
export async function refuseFurther(
  ctx: Context,
  input: RefuseFurtherInput,
): Promise<RefusedFurther | Pending> {
  requireKnown(input, ["subject", "proof", "purposes"], "refuseFurther");
  if (input.purposes !== undefined) requireTexts(input.purposes, "refuseFurther.purposes", 1);
  const purposes = [...new Set(input.purposes ?? ctx.policy.purposes.keys())];
  if (!purposes.every((name) => ctx.policy.purposes.has(name))) {
    throw new CustodyError("purpose-unknown", { path: "refuseFurther.purposes" });
  }
  const guardian = await provenGuardian(ctx, "refuse-further", input);
  if (guardian === "pending") return { state: "pending" };
  await retrying(() => refuse(ctx, input, guardian, purposes));
  return { state: "done", purposes };
}

async function refuse(
  ctx: Context,
  { subject, proof }: RefuseFurtherInput,
  { giver, consent: proven }: Guardian,
  purposes: readonly string[],
): Promise<void> {
  const { loaded } = await person(ctx, subject);
  const at = nowText(ctx);
  const before = loaded.body.consents;
  const mine = before.filter((one) => one.from === "parent" && one.giver === giver);
  const ending = { verdict: "withdrawn", at, purposes } as const;
  const after = mine.reduce((all, one) => endAmong(all, one.id, ending), before);
  const touched = after.filter((one, index) => one !== before[index]);
  const template = before.find((one) => one.id === proven);
  const regimes = new Set([...ctx.policy.regimes, ...mine.map(({ regime }) => regime)]);
  const refusals = [...regimes].flatMap((regime) => {
    const open = purposes.filter((name) => !hasSaidNo(after, giver, regime, name));
    if (template === undefined || open.length === 0) return [];
    const id = ctx.newId("consent");
    return [refusal({ ...template, id, regime, request: proof.request }, open, at)];
  });
  const ordinals = await touchedRecords(ctx, subject, touched, purposes);
  const mark: Mark = { state: "since-withdrawn", cause: "withdrawn", by: proven, at };
  const marked = await markBelow(ctx, OrdinalSet.of(ordinals), mark);
  const furtherRefused = [...new Set([...(loaded.body.furtherRefused ?? []), ...purposes])].sort();
  const consents = [...after, ...refusals];
  const links = { subject, request: proof.request };
  const about = { subject, consent: proven, purposes, models: marked.models.length };
  const writes = [
    changed(loaded, { ...loaded.body, consents, furtherRefused }),
    ...refusals.map(({ id }) => created("consent", id, links, { owner: subject })),
  ];
  await commitMarked(ctx, "guardian-refused-further", about, writes, marked);
}

const NO: readonly Verdict[] = ["refused", "withdrawn", "revoked"];

/** This parent's last word on the purpose, under the law, is a no already. */
function hasSaidNo(
  consents: readonly ConsentState[],
  giver: string,
  regime: string,
  purpose: string,
): boolean {
  return consents.some(
    (one) =>
      one.from === "parent" &&
      one.giver === giver &&
      one.regime === regime &&
      one.decisions.some((d) => d.purpose === purpose && NO.includes(d.verdict)),
  );
}

/** A no by name to what this parent was never asked under the law, or not in time. */
function refusal(consent: ConsentState, purposes: readonly string[], at: string): ConsentState {
  const decisions = purposes.map((purpose) => {
    return { purpose, verdict: "refused", at, named: true } as const;
  });
  return { ...consent, answeredAt: at, status: "refused", decisions };
}

/** Ordinals of what was held under the consents that end, and of what came in by an exception. */
async function touchedRecords(
  ctx: Context,
  subject: SubjectId,
  ended: readonly ConsentState[],
  purposes: readonly string[],
): Promise<readonly number[]> {
  const ordinals: number[] = [];
  for (const { id } of ended) ordinals.push(...(await recordsUnder(ctx, subject, id)));
  const bases = (await list<Basis>(ctx, "basis", { owner: subject }))
    .filter(({ body }) => body.kind === "exception")
    .map(({ row }) => row.id);
  if (bases.length === 0) return ordinals;
  for await (const row of ctx.store.scan({ table: "record", subjects: [subject], bases })) {
    if (purposes.includes(row.purpose)) ordinals.push(row.ordinal);
  }
  return ordinals;
}

export interface GuardianDeletionInput {
  readonly subject: SubjectId;
  readonly proof: GuardianProof;
  /** True: new data may come in under what is agreed; else nothing new is taken from now on. */
  readonly keepAccount?: boolean;
}

/**
 * Asks for the deletion of what is held, as a parent who is proven to be one; see
 * `subjects.requestDeletion` for what follows. Asking is not erasing.
 * @throws `guardian-unverified`, `option-unknown`, `option-invalid`
 */
export async function deleteAsGuardian(
  ctx: Context,
  input: GuardianDeletionInput,
): Promise<{ readonly state: "done"; readonly due: { readonly data: string } } | Pending> {
  requireKnown(input, ["subject", "proof", "keepAccount"], "requestDeletion");
  requireBoolean(input.keepAccount, "requestDeletion.keepAccount");
  const guardian = await provenGuardian(ctx, "delete", input);
  if (guardian === "pending") return { state: "pending" };
  const { subject, keepAccount = false } = input;
  const { due } = await requestDeletion(ctx, { subject, by: "parent", keepAccount });
  return { state: "done", due };
}

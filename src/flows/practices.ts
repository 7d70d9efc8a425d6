/**
 * Practices: what the service does differently from the policy it started with. A change is seen by
 * the gate from its commit on, and takes with it the consents that rest on a method too weak for
 * it.
 */
import { type Conditioned, conditionedOn, flagged } from "../core/conditioning.js";
import type { ConsentState } from "../core/consent.js";
import { WEAK_METHODS } from "../core/consent.js";
import { endByPractice, numbered } from "../core/consent-ending.js";
import type { Mark } from "../core/model.js";
import { requireBoolean, requireKnown } from "../core/options.js";
import type { Policy } from "../core/policy.js";
import { type Practice, withPractices } from "../core/practice.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { ConsentId, SubjectId } from "../lib/id.js";
import { requireId } from "../lib/id.js";
import { recordsUnder } from "./consent-records.js";
import type { Context } from "./context.js";
import { commitMarked, markBelow } from "./marking.js";
import { type SubjectBody, withEnded } from "./person.js";
import { PRACTICES, type PracticesBody, policyNow } from "./policy-now.js";
import { dueAtOnce } from "./retention-due.js";
import { changed, commit, created, list, load, need, nowText, retrying } from "./rows.js";

export const PRACTICES_MAX = 10_000;

export interface PracticeInput extends Practice {
  /** With `ended`: for this person only. */
  readonly subject?: SubjectId;
}

export interface PracticeResult extends Conditioned {
  /** Consents whose method does not do any more (16 CFR 312.5(b)(2)(viii), (ix)). */
  readonly invalidated: readonly ConsentId[];
  /**
   * Disclosures that were refused for the person whose service ends here (16 CFR 312.7): a human
   * should look at why. Absent where there is none; the ledger has it too.
   */
  readonly conditionedOn?: readonly string[];
}

const KEYS = ["purpose", "recipients", "use", "for", "ended", "subject"];

/**
 * Changes what a purpose is used for, whom it reaches, or ends it. What was collected for an ended
 * purpose is due at once; it is erased by the next sweep, not here.
 *
 * @throws `purpose-unknown`, `option-unknown`, `option-invalid`, `config/recipient-unnamed`,
 * `not-found`, `limit-exceeded`
 */
export async function changePractice(ctx: Context, input: PracticeInput): Promise<PracticeResult> {
  requireKnown(input, KEYS, "practice");
  requireBoolean(input.ended, "practice.ended");
  if (!ctx.policy.purposes.has(input.purpose)) {
    throw new CustodyError("purpose-unknown", { path: "practice.purpose" });
  }
  const { subject, ...practice } = input;
  if (subject !== undefined) {
    requireId("subject", subject, "practice.subject");
    const flag = await endForOne(ctx, subject, practice);
    await dueAtOnce(ctx, { subject, purpose: practice.purpose });
    return { invalidated: [], ...flag };
  }
  await retrying(() => append(ctx, practice));
  if (practice.ended === true) await dueAtOnce(ctx, { purpose: practice.purpose });
  const now = await policyNow(ctx);
  return { invalidated: now.discloses ? await endWeak(ctx) : [] };
}

async function append(ctx: Context, practice: Practice): Promise<void> {
  const before = await load<PracticesBody>(ctx, "service", PRACTICES);
  const changes = [...(before?.body.changes ?? []), { ...practice, at: nowText(ctx) }];
  if (changes.length > PRACTICES_MAX) {
    throw new CustodyError("limit-exceeded", { limit: "PRACTICES_MAX", max: PRACTICES_MAX });
  }
  const body: PracticesBody = { changes };
  const after: Policy = withPractices(ctx.policy, practicesOf(body));
  const about = {
    purpose: practice.purpose,
    use: after.purposes.get(practice.purpose)?.use,
    discloses: after.discloses,
    ended: practice.ended === true,
  };
  const write = before === undefined ? created("service", PRACTICES, body) : changed(before, body);
  await commit(ctx, "practice-changed", about, [write]);
}

const practicesOf = (body: PracticesBody): readonly Practice[] =>
  body.changes.map(({ at: _, ...practice }) => practice);

async function endForOne(
  ctx: Context,
  subject: SubjectId,
  practice: Practice,
): Promise<Conditioned> {
  const { purpose: _, ended, ...change } = practice;
  if (ended !== true || Object.values(change).some((value) => value !== undefined)) {
    const reason = "for one person a practice can only end";
    throw new CustodyError("option-invalid", { path: "practice.subject", reason });
  }
  return retrying(async () => {
    const loaded = await need<SubjectBody>(ctx, "subject", subject);
    const body = withEnded(loaded.body, practice.purpose);
    const policy = await policyNow(ctx);
    const flag = flagged(conditionedOn(policy, body.consents, [practice.purpose]));
    const about = { purpose: practice.purpose, subject, ended: true, ...flag };
    await commit(ctx, "practice-changed", about, [changed(loaded, body)]);
    return flag;
  });
}

/** Living consents by a weak method end, subject by subject; running it again ends no more. */
async function endWeak(ctx: Context): Promise<readonly ConsentId[]> {
  const ended: ConsentId[] = [];
  for (const { row } of await list<SubjectBody>(ctx, "subject")) {
    ended.push(...(await retrying(() => endWeakOf(ctx, row.id))));
  }
  return ended;
}

async function endWeakOf(ctx: Context, subject: string): Promise<readonly ConsentId[]> {
  const loaded = await need<SubjectBody>(ctx, "subject", subject);
  const at = nowText(ctx);
  const ids: ConsentId[] = [];
  const before = loaded.body.consents;
  const after = before.map((consent): ConsentState => {
    const weak = consent.method !== "" && WEAK_METHODS.includes(consent.method);
    const ending = weak ? endByPractice(consent, at) : undefined;
    if (ending !== undefined) ids.push(consent.id as ConsentId);
    return ending ?? consent;
  });
  if (ids.length === 0) return ids;
  const ordinals: number[] = [];
  for (const id of ids) ordinals.push(...(await recordsUnder(ctx, subject, id)));
  const mark: Mark = { state: "since-withdrawn", cause: "withdrawn", by: subject, at };
  const marked = await markBelow(ctx, OrdinalSet.of(ordinals), mark);
  const writes = [changed(loaded, { ...loaded.body, consents: numbered(before, after) })];
  const about = { subject, consents: ids, reason: "practice", models: marked.models.length };
  await commitMarked(ctx, "consent-invalidated", about, writes, marked);
  return ids;
}

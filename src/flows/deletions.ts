/**
 * A person's data asked to be deleted (16 CFR 312.6(a)(2)): from now on restricted, later erased by
 * an approved purge. Asking is not erasing.
 */
import type { Mark } from "../core/model.js";
import { requireBoolean, requireKnown } from "../core/options.js";
import type { Purge } from "../core/purge.js";
import { isToBeDeleted } from "../core/subject.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { addDuration } from "../lib/duration.js";
import { requireId, type SubjectId } from "../lib/id.js";
import { instantText, parseInstant } from "../lib/instant.js";
import type { Context } from "./context.js";
import { commitMarked, markBelow } from "./marking.js";
import type { SubjectBody } from "./person.js";
import { changed, list, need, nowText, retrying } from "./rows.js";

export const DELETION_ASKERS = ["parent", "subject", "unverified"] as const;

export interface DeletionInput {
  readonly subject: SubjectId;
  /** Who asks, as the application has found: the person at any age, or a verified parent. */
  readonly by: (typeof DELETION_ASKERS)[number];
  /** True: new data may come in under what is agreed; else nothing new is taken from now on. */
  readonly keepAccount?: boolean;
}

/** The Rule names no number of days; thirty is custody's. */
const DUE_AFTER = { years: 0, months: 0, days: 30, seconds: 0 };

/**
 * Restricts what is held and marks models made from it as `since-withdrawn`. A second request moves
 * no date while the first one waits, and reaches what has come in since.
 *
 * @returns the UTC day by which the data is to be gone
 * @throws `guardian-unverified`, `not-found`, `option-invalid`
 */
export async function requestDeletion(
  ctx: Context,
  input: DeletionInput,
): Promise<{ readonly due: { readonly data: string } }> {
  requireKnown(input, ["subject", "by", "keepAccount"], "requestDeletion");
  const subject = requireId("subject", input.subject, "requestDeletion.subject");
  requireBoolean(input.keepAccount, "requestDeletion.keepAccount");
  if (!DELETION_ASKERS.includes(input.by)) {
    throw new CustodyError("option-invalid", { path: "requestDeletion.by", reason: "unknown" });
  }
  if (input.by === "unverified") {
    throw new CustodyError("guardian-unverified", { subject, rule: "16 CFR 312.6(a)" });
  }
  return retrying(async () => {
    const loaded = await need<SubjectBody>(ctx, "subject", subject);
    const at = nowText(ctx);
    const keepAccount = input.keepAccount === true;
    const held = await heldOf(ctx, subject);
    const granted = await isGranted(ctx, loaded.body, subject, held.ordinals);
    const requestedAt = granted ? at : loaded.body.deletionRequestedAt || at;
    const body: SubjectBody = {
      ...loaded.body,
      keepAccount,
      deletionRequestedAt: requestedAt,
      deletionReaches: held.last,
      suppressedSince: keepAccount
        ? loaded.body.suppressedSince
        : loaded.body.suppressedSince || at,
    };
    const mark: Mark = { state: "since-withdrawn", cause: "deletion-requested", by: subject, at };
    const marked = await markBelow(ctx, OrdinalSet.of(held.ordinals), mark);
    const about = { subject, by: input.by, keepAccount, models: marked.models.length };
    await commitMarked(ctx, "deletion-requested", about, [changed(loaded, body)], marked);
    const due = addDuration(parseInstant(requestedAt) ?? ctx.now(), DUE_AFTER);
    return { due: { data: instantText(due).slice(0, 10) } };
  });
}

/**
 * True when a purge has begun since the request and nothing of what it was about lives: its date
 * is none for what is asked now.
 */
async function isGranted(
  ctx: Context,
  body: SubjectBody,
  subject: string,
  living: readonly number[],
): Promise<boolean> {
  if (living.some((ordinal) => isToBeDeleted(body, ordinal))) return false;
  const purges = await list<Purge>(ctx, "purge", { owner: subject });
  return purges.some(
    ({ body: { startedAt } }) => startedAt !== "" && startedAt >= body.deletionRequestedAt,
  );
}

/** What lives of the person's records, and the last of all that ever came in: -1 for none. */
async function heldOf(
  ctx: Context,
  subject: string,
): Promise<{ readonly ordinals: readonly number[]; readonly last: number }> {
  const ordinals: number[] = [];
  let last = -1;
  for await (const record of ctx.store.scan({ table: "record", subjects: [subject] })) {
    last = Math.max(last, record.ordinal);
    if (record.erasedAt === "") ordinals.push(record.ordinal);
  }
  return { ordinals, last };
}

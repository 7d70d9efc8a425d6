/**
 * What became of the notice to the parent that exceptions (c)(4) and (c)(5) require: one that
 * bounced was not given (16 CFR 312.4(c)(3)), and silence lets the use go on.
 */
import { requireKnown } from "../core/options.js";
import type { Basis } from "../core/record.js";
import { NOTICE_OUTCOMES, type NoticeOutcome } from "../core/subject.js";
import { CustodyError } from "../errors.js";
import { type RecordId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import type { SubjectBody } from "./person.js";
import { recordOf } from "./questions.js";
import { changed, commit, need, retrying } from "./rows.js";

export interface ParentNoticeInput {
  /** A record that was stored under (c)(4) or (c)(5). */
  readonly record: RecordId;
  /** `not-a-parent`: somebody else answered, which is no outcome and is refused. */
  readonly outcome: NoticeOutcome | "not-a-parent";
}

/**
 * Records the outcome; the newest counts. A read then answers `notice-undelivered` after a bounce
 * and `consent-refused` after a refusal.
 *
 * @throws `exception-not-allowed` for a record whose exception asks for no such notice,
 * `guardian-unverified` where somebody else than a parent answered: nothing is recorded then;
 * `option-invalid`, `not-found`
 */
export async function answerParentNotice(ctx: Context, input: ParentNoticeInput): Promise<void> {
  requireKnown(input, ["record", "outcome"], "parentNotice");
  requireId("record", input.record, "parentNotice.record");
  const { outcome } = input;
  if (outcome !== "not-a-parent" && !NOTICE_OUTCOMES.includes(outcome)) {
    throw new CustodyError("option-invalid", { path: "parentNotice.outcome", reason: "unknown" });
  }
  await retrying(async () => {
    const record = await recordOf(ctx, input.record);
    const basis = (await need<Basis>(ctx, "basis", record.basis)).body;
    if (basis.exception !== "c4" && basis.exception !== "c5") {
      throw new CustodyError("exception-not-allowed", {
        record: record.id,
        rule: "16 CFR 312.5(c)(4), (5)",
      });
    }
    if (outcome === "not-a-parent") {
      throw new CustodyError("guardian-unverified", { record: record.id, subject: record.subject });
    }
    const loaded = await need<SubjectBody>(ctx, "subject", record.subject);
    const parentNotices = { ...loaded.body.parentNotices, [record.id]: outcome };
    const about = { record: record.id, subject: record.subject, outcome };
    await commit(ctx, "parent-notice-answered", about, [
      changed(loaded, { ...loaded.body, parentNotices }),
    ]);
  });
}

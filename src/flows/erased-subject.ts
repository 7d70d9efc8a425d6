/**
 * A person whose deletion is carried out: their evidence, contacts and alias go too, and nothing
 * new is collected.
 */
import type { Band } from "../core/age.js";
import type { Write } from "../core/event.js";
import type { Purge } from "../core/purge.js";
import type { RequestBody } from "./challenge.js";
import type { Context } from "./context.js";
import { person, type SubjectBody } from "./person.js";
import { changed, commit, list, need, nowText, retrying } from "./rows.js";
import { bandThen } from "./selection.js";

/**
 * Idempotent. While records of the person are held, evidence stays: without it nobody could say
 * what may be done with what is kept; it goes with the follow-up purge.
 * @param kept whether holds keep anything of the person
 */
export async function subjectErased(ctx: Context, purge: Purge, kept: boolean): Promise<void> {
  const subject = purge.plan.cause.id;
  if (await accountKept(ctx, purge, kept)) return;
  const bandsKept = kept ? undefined : await bandsOf(ctx, subject);
  const requests = await list<RequestBody>(ctx, "request", { owner: subject });
  await retrying(async () => {
    const loaded = await need<SubjectBody>(ctx, "subject", subject);
    const at = nowText(ctx);
    const body: SubjectBody = {
      ...loaded.body,
      suppressedSince: loaded.body.suppressedSince || at,
      evidenceSealed: kept ? loaded.body.evidenceSealed : "",
      ...(bandsKept === undefined ? {} : { bandsKept }),
    };
    const writes: Write[] = [changed(loaded, body)];
    for (const request of await list<RequestBody>(ctx, "request", { owner: subject })) {
      writes.push(changed(request, { ...request.body, contactSealed: "", stateSealed: "" }, ""));
    }
    await commit(ctx, "keys-destroyed", { subject, purge: purge.id, kept }, writes);
  });
  if (!kept) await ctx.keyring.destroy(subject);
  for (const { row } of requests) await ctx.keyring.destroy(row.id);
}

async function bandsOf(ctx: Context, subject: string): Promise<{ readonly [id: string]: Band }> {
  const { facts } = await person(ctx, subject);
  const bands: Record<string, Band> = {};
  for await (const record of ctx.store.scan({ table: "record", subjects: [subject] })) {
    bands[record.id] = bandThen(facts, record);
  }
  return bands;
}

/** The account stays: its age, consents and contact with it, and new data may come in again. */
async function accountKept(ctx: Context, purge: Purge, kept: boolean): Promise<boolean> {
  return retrying(async () => {
    const subject = purge.plan.cause.id;
    const loaded = await need<SubjectBody>(ctx, "subject", subject);
    if (loaded.body.keepAccount !== true) return false;
    const waiting = loaded.body.deletionRequestedAt !== "" && !kept;
    if (!waiting) return true;
    const body: SubjectBody = { ...loaded.body, deletionRequestedAt: "" };
    const about = { subject, purge: purge.id, kept: true };
    await commit(ctx, "keys-destroyed", about, [changed(loaded, body)]);
    return true;
  });
}

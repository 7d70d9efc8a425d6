/**
 * The sweep: what is due by now goes. Retention (16 CFR 312.10), requests that nobody answered
 * (312.5(c)(1)), imports whose subject's age nobody learned, what a hold had kept. What a hold
 * keeps stays.
 */

import { ageAt } from "../core/age.js";
import type { Write } from "../core/event.js";
import type { Basis } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { OrdinalSet } from "../lib/bitmap.js";
import type { RecordId, RequestId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";
import { closeBasis } from "./bases.js";
import type { RequestBody } from "./challenge.js";
import type { Context } from "./context.js";
import { dueWith, sweepDerived } from "./derived-erasure.js";
import { concludeReleased, releasedDue } from "./hold-release.js";
import { marksNow } from "./marks.js";
import { person } from "./person.js";
import { isLapsed, lapse } from "./requests.js";
import {
  agreedBy,
  askingEnd,
  earlier,
  lastUseEnd,
  type Move,
  moveDue,
  RECORDS_PER_COMMIT,
  retentionEnd,
  settleErased,
  unknownAgeEnd,
} from "./retention-due.js";
import { changed, commit, list, need, nowText, retrying } from "./rows.js";

export interface Swept {
  /** Records erased by this sweep, in the order they were collected. */
  readonly erased: readonly RecordId[];
  /** Requests that lapsed and that no earlier sweep has reported. */
  readonly lapsed: readonly RequestId[];
}

/**
 * Runs what is due. What was derived from a record goes with it. Erasing changes no model:
 * retention that ran out says nothing against what was made lawfully. A second run at the same
 * moment finds nothing.
 */
export async function sweep(ctx: Context): Promise<Swept> {
  const erased = await sweepRecords(ctx);
  await sweepDerived(ctx);
  return { erased, lapsed: await sweepRequests(ctx) };
}

async function sweepRequests(ctx: Context): Promise<readonly RequestId[]> {
  const lapsed: RequestId[] = [];
  for (const { row, body } of await list<RequestBody>(ctx, "request", { dueBy: nowText(ctx) })) {
    if (!isLapsed(ctx, body)) continue;
    await lapse(ctx, row.id);
    await retrying(async () => {
      const request = await need<RequestBody>(ctx, "request", row.id);
      if (request.row.due === "") return;
      const about = { request: row.id, subject: body.subject, reported: true };
      await commit(ctx, "request-lapsed", about, [changed(request, request.body, "")]);
      lapsed.push(row.id as RequestId);
    });
  }
  return lapsed;
}

async function sweepRecords(ctx: Context): Promise<readonly RecordId[]> {
  const marks = await marksNow(ctx);
  const going: RecordRow[] = [];
  const moved: Move[] = [];
  const unfinished: RecordRow[] = [];
  for await (const record of ctx.store.scan({ table: "record", dueBy: nowText(ctx) })) {
    if (record.due === "") continue;
    if (record.erasedAt !== "") unfinished.push(record);
    if (record.erasedAt !== "" || marks(record).held) continue;
    const due = await dueNow(ctx, record);
    if (due <= nowText(ctx)) going.push(record);
    else moved.push({ record, due });
  }
  const due = new Set(going.map((record) => record.id));
  going.push(...(await releasedDue(ctx)).filter((record) => !due.has(record.id)));
  await moveDue(ctx, {}, moved);
  // First what is made of them: a sweep that dies after the records would not find it again.
  await dueWith(ctx, OrdinalSet.of(going.map((record) => record.ordinal)));
  for (let from = 0; from < going.length; from += RECORDS_PER_COMMIT) {
    await erase(ctx, going.slice(from, from + RECORDS_PER_COMMIT));
  }
  await ctx.progress({ step: "sweep:erased", id: "", done: going.length, of: going.length });
  const erased = [...unfinished, ...going];
  if (erased.length > 0) await seeThrough(ctx, erased);
  await concludeReleased(ctx);
  return going.map((record) => record.id);
}

/** When the record is due by what is known now: a later own entry, or an age learned since. */
async function dueNow(ctx: Context, record: RecordRow): Promise<string> {
  const { facts } = await person(ctx, record.subject);
  const collection = facts.policy.collections.get(record.collection);
  const purpose = facts.policy.purposes.get(record.purpose);
  const ended = purpose?.ended === true || facts.subject.endedPurposes.includes(record.purpose);
  if (collection === undefined || ended) return record.due;
  const basis = (await need<Basis>(ctx, "basis", record.basis)).body;
  const takenMs = parseInstant(record.taken) ?? 0;
  const fromUse = collection.from === "last-use";
  const end = fromUse
    ? await lastUseEnd(ctx, record, collection)
    : retentionEnd(takenMs, collection);
  if (basis.exception === "c1") {
    const asking = askingEnd(facts.policy, parseInstant(record.collected) ?? 0);
    return agreedBy(facts.subject.consents, asking) ? end : earlier(asking, end);
  }
  const child = ctx.policy.audience === "child-directed";
  if (basis.imported && !child && ageAt(facts.subject.evidence, takenMs) === undefined) {
    // The year for which nobody learned the age, where its retention does not end before.
    const unknown = unknownAgeEnd(parseInstant(record.collected) ?? 0);
    if (unknown < end) return unknown;
  }
  return fromUse || (basis.imported && end > record.due) ? end : record.due;
}

/** Erased and still due: a sweep that dies before the keys are gone leaves that to the next one. */
async function erase(ctx: Context, records: readonly RecordRow[]): Promise<void> {
  const at = nowText(ctx);
  const writes: Write[] = [];
  for (const record of records) {
    writes.push({ put: { ...record, erasedAt: at, due: earlier(record.due || at, at) } });
    for await (const { category } of ctx.store.scan({ table: "payload", record: record.id })) {
      writes.push({ erase: { table: "payload", record: record.id, category } });
    }
  }
  await commit(ctx, "record-erased", { cause: "retention", records: records.length }, writes);
}

/**
 * Keys that nothing lives under any more go too; neither files nor old key epochs keep them. Then
 * nothing of these records is due. Doing it again changes nothing.
 */
async function seeThrough(ctx: Context, records: readonly RecordRow[]): Promise<void> {
  for (const basis of new Set(records.map((record) => record.basis))) {
    if (await anythingLives(ctx, basis)) continue;
    await closeBasis(ctx, basis);
    // A record may have come in before the close; then its keys stay, and it is the last.
    if (!(await anythingLives(ctx, basis))) await ctx.keyring.destroy(basis);
  }
  const all = records.length;
  await ctx.progress({ step: "sweep:keys-destroyed", id: "", done: all, of: all });
  await ctx.store.scrub();
  await ctx.keyring.rotate();
  await ctx.progress({ step: "sweep:rotated", id: "", done: all, of: all });
  await settleErased(ctx, records);
}

async function anythingLives(ctx: Context, basis: string): Promise<boolean> {
  for await (const record of ctx.store.scan({ table: "record", bases: [basis] })) {
    if (record.erasedAt === "") return true;
  }
  return false;
}

/** When a record's time is over: at its collection, and again when something has changed since. */

import type { ConsentState } from "../core/consent.js";
import type { Write } from "../core/event.js";
import type { Collection, Policy } from "../core/policy.js";
import type { Exception } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { UNKNOWN_AGE_KEPT, UNKNOWN_AGE_USE } from "../core/standing.js";
import { CustodyError } from "../errors.js";
import { addDuration } from "../lib/duration.js";
import { instantText, parseInstant } from "../lib/instant.js";
import type { Context } from "./context.js";
import { commit, nowText, retrying } from "./rows.js";

/** A copy or sync without the person is no use of theirs: it does not count as their entry. */
export const BACKGROUND = "background";
/** A source that says: held since before custody came, stored without a basis. */
export const IMPORT = "import";
export const RECORDS_PER_COMMIT = 500;

/** The moment retention ends, from when the value was taken, in UTC. */
export function retentionEnd(takenMs: number, collection: Collection): string {
  return instantText(addDuration(takenMs, collection.retain));
}

/** The moment an import whose subject's age nobody learns is destroyed. */
export function unknownAgeEnd(collectedMs: number): string {
  return instantText(addDuration(addDuration(collectedMs, UNKNOWN_AGE_USE), UNKNOWN_AGE_KEPT));
}

/**
 * The moment retention ends where it counts from the person's latest own entry; from the record's
 * own moment while there is no such entry.
 */
export async function lastUseEnd(
  ctx: Context,
  record: Pick<RecordRow, "subject" | "taken" | "source">,
  collection: Collection,
): Promise<string> {
  const { subject } = record;
  const { name } = collection;
  const ownMs = parseInstant(record.taken) ?? 0;
  let latest = record.source === BACKGROUND ? Number.NEGATIVE_INFINITY : ownMs;
  const entries = { table: "record", subjects: [subject], collections: [name] } as const;
  for await (const entry of ctx.store.scan(entries)) {
    const ms = parseInstant(entry.taken) ?? 0;
    if (entry.source !== BACKGROUND && ms > latest) latest = ms;
  }
  return retentionEnd(Number.isFinite(latest) ? latest : ownMs, collection);
}

/**
 * The moment by which a contact taken to ask a parent is gone, unless a parent has agreed by then
 * (16 CFR 312.5(c)(1): "within a reasonable time"; that of the requests themselves).
 */
export function askingEnd(policy: Policy, collectedMs: number): string {
  return instantText(addDuration(collectedMs, policy.lapse));
}

/** True when a parent has agreed to anything by then, whatever became of it since. */
export function agreedBy(consents: readonly ConsentState[], end: string): boolean {
  return consents.some(
    ({ from, status, answeredAt }) =>
      from === "parent" && answeredAt <= end && !["refused", "invalidated"].includes(status),
  );
}

/**
 * When a new record is to be looked at. A contact taken to ask a parent when that time is over; an
 * import whenever nobody may have learned the age; a
 * background entry with what the person themself last did; the sweep knows more by then.
 */
export async function firstDue(
  ctx: Context,
  record: RecordRow,
  exception: Exception | "" = "",
): Promise<string> {
  const collection = ctx.policy.collections.get(record.collection);
  if (collection === undefined) throw new CustodyError("field-unknown", { path: "collection" });
  const arrived = parseInstant(record.collected) ?? 0;
  const end = retentionEnd(parseInstant(record.taken) ?? 0, collection);
  if (exception === "c1") return earlier(askingEnd(ctx.policy, arrived), end);
  const background = record.source === BACKGROUND && collection.from === "last-use";
  if (background) return lastUseEnd(ctx, record, collection);
  const unknown = unknownAgeEnd(arrived);
  return record.source === IMPORT && unknown < end ? unknown : end;
}

export function earlier(one: string, other: string): string {
  return one < other ? one : other;
}

/** A record as it was when somebody looked, and the moment at which it is to be looked at again. */
export interface Move {
  readonly record: RecordRow;
  readonly due: string;
}

/**
 * Moves what is still as it was looked at. What was erased since is left alone, also in the moment
 * of the commit: the store refuses to take that back. What was moved since is only moved closer.
 */
export async function moveDue(
  ctx: Context,
  about: { readonly [key: string]: string },
  moves: readonly Move[],
): Promise<void> {
  for (let from = 0; from < moves.length; from += RECORDS_PER_COMMIT) {
    const page = moves.slice(from, from + RECORDS_PER_COMMIT);
    await retrying(async () => {
      const writes: Write[] = [];
      for (const { record, due } of page) {
        const now = await ctx.store.get({ table: "record", id: record.id });
        if (now === undefined || now.erasedAt !== record.erasedAt) continue;
        const sooner = now.due === "" || due < now.due;
        if (sooner || now.due === record.due) writes.push({ put: { ...now, due } });
      }
      if (writes.length === 0) return;
      await commit(ctx, "retention-moved", { ...about, records: writes.length }, writes);
    });
  }
}

/** Of records that are gone with their keys nothing is due any more. */
export async function settleErased(ctx: Context, records: readonly RecordRow[]): Promise<void> {
  const moves: Move[] = [];
  for (const { id } of records) {
    const record = await ctx.store.get({ table: "record", id });
    if (record === undefined || record.erasedAt === "" || record.due === "") continue;
    moves.push({ record, due: "" });
  }
  await moveDue(ctx, {}, moves);
}

/** What was collected for an ended purpose is due now, for one person or for everybody. */
export async function dueAtOnce(
  ctx: Context,
  of: { readonly purpose: string; readonly subject?: string },
): Promise<void> {
  const due = nowText(ctx);
  let moves: Move[] = [];
  const flush = async (): Promise<void> => {
    await moveDue(ctx, { ...of, due }, moves);
    moves = [];
  };
  const whose = of.subject === undefined ? {} : { subjects: [of.subject] };
  for await (const record of ctx.store.scan({ table: "record", ...whose })) {
    if (record.purpose !== of.purpose || record.erasedAt !== "") continue;
    if (record.due !== "" && record.due <= due) continue;
    moves.push({ record, due });
    if (moves.length === RECORDS_PER_COMMIT) await flush();
  }
  await flush();
}

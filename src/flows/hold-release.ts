/**
 * What a hold kept from an erasure goes within thirty days of its end (Everalbum, Kurbo and Edmodo
 * orders): the sweep takes it then, where no other hold keeps it.
 */
import type { Purge } from "../core/purge.js";
import type { RecordRow } from "../core/row.js";
import { standingOf } from "../core/standing.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { addDuration } from "../lib/duration.js";
import { instantText } from "../lib/instant.js";
import type { Context } from "./context.js";
import { subjectErased } from "./erased-subject.js";
import { setsHolding } from "./lineage.js";
import { type HoldBody, marksNow, openSet } from "./marks.js";
import { judgedSet } from "./members.js";
import { wholeOf } from "./plan-pages.js";
import { retainedNow } from "./retained.js";
import { changed, commit, list, need, nowText, retrying } from "./rows.js";

const AFTER_RELEASE = { years: 0, months: 0, days: 30, seconds: 0 };
const KEPT = /^(prg_[0-9a-z]+)\/kept$/;

/** The set of what holds kept from a purge when it was planned. */
export const keptSet = (purge: string): string => `${purge}/kept`;

/** The UTC day, thirty days from now. */
export function dayAfterRelease(ctx: Context): string {
  return instantText(addDuration(ctx.now(), AFTER_RELEASE)).slice(0, 10);
}

/**
 * True when something the hold kept is to go: a purge has left it out, an order or its person asks
 * for it, or its time is over; and no other hold keeps it. The hold itself is released already.
 */
export async function leavesAnythingDue(ctx: Context, hold: string): Promise<boolean> {
  const set = await openSet(ctx, hold);
  if (set.size === 0) return false;
  const marks = await marksNow(ctx);
  const kept = await keptFrom(ctx, set);
  const now = nowText(ctx);
  for await (const { record, basis, facts } of judgedSet(ctx, set, "")) {
    const against = marks(record);
    if (record.erasedAt !== "" || against.held) continue;
    const over = record.due !== "" && record.due <= now;
    const { cause } = standingOf(facts, record, basis, against);
    const asked = cause === "order" || cause === "deletion-requested";
    if (over || asked || kept.some((one) => one.set.has(record.ordinal))) return true;
  }
  return false;
}

interface Kept {
  readonly purge: Purge;
  readonly set: OrdinalSet;
}

/** Purges that have begun and left any of these records out. */
async function keptFrom(ctx: Context, ordinals: OrdinalSet): Promise<readonly Kept[]> {
  const found: Kept[] = [];
  for await (const name of setsHolding(ctx, ordinals, (set) => KEPT.test(set))) {
    const id = KEPT.exec(name)?.[1] ?? "";
    const { body } = await need<Purge>(ctx, "purge", id);
    if (body.startedAt !== "") found.push({ purge: body, set: await openSet(ctx, name) });
  }
  return found;
}

/** Records whose last hold ended thirty days ago or more, or on this day that many ago. */
export async function releasedDue(ctx: Context): Promise<readonly RecordRow[]> {
  const found = new Map<string, RecordRow>();
  const marks = await marksNow(ctx);
  for (const { row } of await dueHolds(ctx)) {
    const set = await openSet(ctx, row.id);
    const kept = await keptFrom(ctx, set);
    const going = kept.reduce((all, one) => all.or(one.set), OrdinalSet.of([])).and(set);
    for await (const { record } of judgedSet(ctx, going, "")) {
      if (record.erasedAt === "" && !marks(record).held) found.set(record.id, record);
    }
  }
  return [...found.values()];
}

async function dueHolds(ctx: Context) {
  return list<HoldBody>(ctx, "hold", { dueBy: nowText(ctx) });
}

/**
 * After the records are gone: what waited for the last of a person's data goes too, and the holds
 * have nothing left to remind of.
 */
export async function concludeReleased(ctx: Context): Promise<void> {
  for (const { row } of await dueHolds(ctx)) {
    for (const { purge } of await keptFrom(ctx, await openSet(ctx, row.id))) {
      const ofPerson = purge.plan.cause.kind === "subject";
      if (!ofPerson) continue;
      const { plan } = await wholeOf(ctx, purge);
      if ((await retainedNow(ctx, plan)).length === 0) await subjectErased(ctx, purge, false);
    }
    await retrying(async () => {
      const hold = await need<HoldBody>(ctx, "hold", row.id);
      if (hold.row.due === "") return;
      const about = { hold: row.id, records: hold.body.records };
      await commit(ctx, "retention-moved", about, [changed(hold, hold.body, "")]);
    });
  }
}

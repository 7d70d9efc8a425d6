/**
 * Backups that still hold what a purge erased: each with the moment from which its copies are gone.
 * One without keys beside its data ended with the keys.
 */
import type { Step, WholePurge } from "../core/purge.js";
import type { ServicePlace } from "../core/service-place.js";
import { addDuration } from "../lib/duration.js";
import { instantText, parseInstant } from "../lib/instant.js";
import type { Context } from "./context.js";
import { nowText } from "./rows.js";

export interface BackupLeft {
  readonly name: string;
  /** ISO instant. */
  readonly until: string;
}

const VAULT = "vault";

export async function backupsLeft(
  ctx: Context,
  { plan }: WholePurge,
  steps: readonly Step[],
): Promise<readonly BackupLeft[]> {
  const backups = [...(ctx.places?.values() ?? [])].filter(({ kind }) => kind === "backup");
  if (backups.length === 0) return [];
  const erased = await erasedIn(
    ctx,
    plan.retained.map(({ record }) => record),
    steps,
  );
  if (erased.at === "") return [];
  let dead: boolean | undefined;
  const left: BackupLeft[] = [];
  for (const backup of backups) {
    const until = goneFrom(backup, erased.at);
    if (until <= nowText(ctx)) continue;
    if (backup.keysApart) {
      dead ??= await keysGone(ctx, erased.bases);
      if (dead) continue;
    }
    left.push({ name: backup.name, until });
  }
  return left;
}

function goneFrom({ keeps }: ServicePlace, erasedAt: string): string {
  const ms = parseInstant(erasedAt);
  if (ms === undefined || keeps === undefined) return erasedAt;
  return instantText(addDuration(ms, keeps));
}

/** The last erasure: by the purge's own steps, or of what a hold had kept and the sweep took. */
async function erasedIn(
  ctx: Context,
  retained: readonly string[],
  steps: readonly Step[],
): Promise<{ readonly at: string; readonly bases: ReadonlySet<string> }> {
  let at = "";
  const bases = new Set<string>();
  const note = (moment: string, basis: string): void => {
    if (moment > at) at = moment;
    bases.add(basis);
  };
  for (const { item, progress } of steps) {
    if (item.connector === VAULT && progress.state === "seen") note(progress.at, item.node);
  }
  for (const id of new Set(retained)) {
    const record = await ctx.store.get({ table: "record", id });
    if (record !== undefined && record.erasedAt !== "") note(record.erasedAt, record.basis);
  }
  return { at, bases };
}

async function keysGone(ctx: Context, bases: ReadonlySet<string>): Promise<boolean> {
  for (const basis of bases) {
    if ((await ctx.keyring.inspect(basis)).live.length > 0) return false;
  }
  return true;
}

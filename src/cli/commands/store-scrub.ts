/**
 * `custody store scrub`, which is `custody purge scrub` too: rewrites what deletion left in the
 * store's own files.
 */
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import { scrubStore } from "../../flows/scrub.js";
import { idFactory } from "../../lib/id.js";
import type { ScrubOutlook, ScrubProgress } from "../../ports/store.js";
import { ACTOR } from "../actor.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, finding, table } from "../output.js";
import { openStoreAt, resolvedPlace, scrubOutlookAt } from "../store-place.js";

/** The stores wait no longer for others in one go. */
const WAIT_SECONDS_MAX = 60;
const WAIT_SECONDS = "5";

/** Under either noun: the same command, with the noun in its examples. */
export function addScrub(noun: Command, bind: Bind): void {
  const scrub = noun
    .command("scrub")
    .description("rewrite what deletion left in the store's files, and say what was reached")
    .option("--store <place>", "a file or postgres://… instead of the configuration's store")
    .option("--wait <seconds>", "how long to wait for readers, locks and older work", WAIT_SECONDS)
    .option("--dry-run", "say which locks it takes, what it rewrites and what it cannot reach");
  addNotes(scrub, {
    examples: [`${noun.name()} scrub --dry-run`, `${noun.name()} scrub --wait 60 --progress`],
    finding: "the level is logical: something could not be rewritten; run it again",
    notes: [
      "`custody store scrub` and `custody purge scrub` are one command.",
      "",
      "Levels: logical (rows are gone, bytes may lie in the files), rewritten (no byte of them is",
      "left in the files that were looked at). A purge runs this too, and closes the epoch, which",
      "makes every copy unreadable that no rewriting reaches.",
      "",
      "SQLite: the file is copied by VACUUM and its log emptied. Other writers wait meanwhile.",
      "PostgreSQL: VACUUM FULL, table by table. Each is locked against readers and writers",
      "(ACCESS EXCLUSIVE) while it is copied, and needs room for a copy of it and its indexes.",
      "Not reached there: the write-ahead log, its archives, base backups, logical replicas and",
      "free blocks. Let older archives and backups expire; scrub logical replicas themselves.",
    ],
  });
  bind(scrub, act);
}

async function act(call: Call): Promise<Answer> {
  const given = call.option("store");
  const place =
    given === undefined ? call.config().store : resolvedPlace(call.terminal.folder, given);
  const busyTimeoutMs = waitMs(call);
  const outlook = await scrubOutlookAt(place);
  const before = outlookText(outlook);
  if (call.flag("dryRun")) {
    return { json: { dryRun: true, ...outlook }, text: `${before}\n\nNothing was changed.` };
  }
  // Said before it begins: whoever sees that it is too much can still stop it.
  if (!call.flag("json")) call.terminal.err(`${before}\n\n`);
  const parts: ScrubProgress[] = [];
  const progress = (part: ScrubProgress) => {
    parts.push(part);
    if (call.terminal.errIsTty || call.flag("progress")) {
      call.terminal.err(`scrub ${part.done}/${part.of} ${part.name} ${part.level}\n`);
    }
  };
  const { now, random } = call.terminal;
  const store = await openStoreAt(place, { busyTimeoutMs });
  try {
    const newId = idFactory({ now, random });
    const report = await scrubStore({ store, now, newId, actor: ACTOR }, { progress });
    const rows = parts.map(({ name, level }) => [name, level]);
    const text = [
      `level  ${report.level}`,
      "",
      table(["part", "level"], rows),
      "",
      "Not looked at",
      ...outlook.notLookedAt.map((what) => `  ${what}`),
    ].join("\n");
    const told = parts.map(({ name, level }) => ({ name, level }));
    const json = { ...report, parts: told, beyond: outlook.notLookedAt };
    return { json, text, exit: finding(report.level !== "rewritten") };
  } finally {
    await store.close();
  }
}

/** @throws `option-invalid` */
function waitMs(call: Call): number {
  const text = call.option("wait") ?? WAIT_SECONDS;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= WAIT_SECONDS_MAX) return seconds * 1_000;
  const reason = `whole seconds from 1 to ${WAIT_SECONDS_MAX}`;
  throw new CustodyError("option-invalid", { path: "--wait", reason });
}

function outlookText({ parts, roomBytes, locks, notLookedAt }: ScrubOutlook): string {
  return [
    table(
      ["to rewrite", "bytes"],
      parts.map(({ name, bytes }) => [name, String(bytes)]),
    ),
    `room needed beside them: ${roomBytes} bytes`,
    "",
    "Locks",
    ...locks.map((lock) => `  ${lock}`),
    "",
    "Out of reach",
    ...notLookedAt.map((what) => `  ${what}`),
  ].join("\n");
}

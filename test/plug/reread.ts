/**
 * Everything is read again and held against what the clients wrote down. `lost` names what was
 * acknowledged and is not there; `half` names what is there in part.
 */
import type { LedgerEvent } from "../../src/core/event.js";
import { keyOf } from "../../src/core/event.js";
import { rowDigest, rowName } from "../../src/core/row.js";
import { text } from "../../src/lib/bytes.js";
import type { Store } from "../../src/ports/store.js";
import { type App, codeOf, PAYLOADS } from "./house.js";
import type { JournalBook, PastAct } from "./journal-book.js";

export interface Examined {
  readonly lost: readonly string[];
  readonly half: readonly string[];
  readonly records: number;
  readonly entries: number;
}

const AT_ONCE = 16;

export async function reread(store: Store, app: App, book: JournalBook): Promise<Examined> {
  const lost: string[] = [];
  const half: string[] = [];
  const entries = await examineLedger(store, book, lost, half);
  const records = await examineRows(store, half);
  const verdict = await app.ledger.verify();
  if (!verdict.ok) half.push(`ledger: ${verdict.reason} at ${verdict.seq}`);
  await examineActs(app, book, lost, records);
  return { lost, half, records: records.size, entries };
}

/** Every acknowledged event at its place, none that was rejected, no gap and no double. */
async function examineLedger(
  store: Store,
  book: JournalBook,
  lost: string[],
  half: string[],
): Promise<number> {
  const last = new Map<string, { readonly digest: string; readonly event: string }>();
  const places = new Map<string, number>();
  for await (const { seq, bytes } of store.entries(0)) {
    const { id, rows } = JSON.parse(text(bytes)) as LedgerEvent;
    if (seq !== places.size) half.push(`entry ${seq} is at place ${places.size}`);
    places.set(id, seq);
    for (const [name, digest] of Object.entries(rows)) {
      if (digest === null) last.delete(name);
      else last.set(name, { digest, event: id });
    }
  }
  for (const [event, seq] of book.appended) {
    if (places.get(event) !== seq) lost.push(`event ${event} at ${seq}`);
  }
  for (const [event, code] of book.rejected) {
    // Only a poisoned store leaves it open; the contract says nothing was written otherwise.
    const open = code === "store-poisoned" || (code === "conflict" && book.appended.has(event));
    if (!open && places.has(event)) half.push(`event ${event} was rejected: ${code}`);
  }
  for await (const { row, event } of store.everything()) {
    const name = rowName(keyOf(row));
    const wanted = last.get(name);
    last.delete(name);
    if (wanted?.digest !== rowDigest(row) || wanted.event !== event) half.push(`row ${name}`);
  }
  for (const name of last.keys()) half.push(`row ${name} is missing`);
  return places.size;
}

interface Kept {
  readonly subject: string;
  readonly erased: boolean;
}

/** A record has all its payloads, or is erased and has none; ordinals have no gap. */
async function examineRows(store: Store, half: string[]): Promise<Map<string, Kept>> {
  const payloads = new Map<string, number>();
  for await (const { row } of store.everything()) {
    if (row.table === "payload") payloads.set(row.record, (payloads.get(row.record) ?? 0) + 1);
  }
  const records = new Map<string, Kept>();
  for await (const row of store.scan({ table: "record" })) {
    const erased = row.erasedAt !== "";
    const whole = erased ? 0 : PAYLOADS[row.collection];
    const found = payloads.get(row.id) ?? 0;
    payloads.delete(row.id);
    if (found !== whole) half.push(`record ${row.id} has ${found} payloads of ${whole}`);
    records.set(row.id, { subject: row.subject, erased });
    if (row.ordinal !== records.size) half.push(`ordinal ${row.ordinal} at ${records.size}`);
  }
  for (const record of payloads.keys()) half.push(`payload of no record: ${record}`);
  return records;
}

async function examineActs(
  app: App,
  book: JournalBook,
  lost: string[],
  records: ReadonlyMap<string, Kept>,
): Promise<void> {
  const lives = livesOf(book.acts());
  const bySubject = new Map<string, number>();
  for (const { subject } of records.values()) {
    bySubject.set(subject, (bySubject.get(subject) ?? 0) + 1);
  }
  const waiting = [...lives];
  const worker = async () => {
    for (;;) {
      const next = waiting.pop();
      if (next === undefined) return;
      const [subject, acts] = next;
      lost.push(...(await missingOf(app, subject, acts, records)));
      const count = bySubject.get(subject) ?? 0;
      const most = acts.filter(isCollect).length;
      const least = acts.filter((act) => isCollect(act) && act.end.is === "did").length;
      if (count < least || count > most) lost.push(`${subject} has ${count} records of ${least}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const { op, end } of book.acts()) {
    if (end.is !== "did") continue;
    const { dataset, erased = [], count } = end.did;
    if (op === "seal") {
      let members = 0;
      const status = await app.datasets.status(dataset as never).catch(codeOf);
      if (status === "not-found") lost.push(`dataset ${dataset}`);
      for await (const _ of app.datasets.read(dataset as never)) members += 1;
      if (members > (count ?? 0)) lost.push(`dataset ${dataset} has ${members} of ${count}`);
    }
    for (const id of erased) if (records.get(id)?.erased !== true) lost.push(`erased ${id}`);
  }
}

/** The acts on each person, in order: nothing follows an act of which the end is not known. */
function livesOf(acts: readonly PastAct[]): ReadonlyMap<string, PastAct[]> {
  const lives = new Map<string, PastAct[]>();
  for (const act of acts) {
    const made = act.end.is === "did" ? act.end.did.subject : undefined;
    const subject = act.about.subject ?? made;
    if (subject === undefined) continue;
    lives.set(subject, [...(lives.get(subject) ?? []), act]);
  }
  return lives;
}

function isCollect({ op, end }: PastAct): boolean {
  return (op === "collect" || op === "visit") && end.is !== "refused";
}

async function missingOf(
  app: App,
  subject: string,
  acts: readonly PastAct[],
  records: ReadonlyMap<string, Kept>,
): Promise<readonly string[]> {
  const lost: string[] = [];
  const ended = (op: string) => acts.find((act) => act.op === op)?.end;
  const [deleted, revoked, corrected] = ["delete", "revoke", "correct"].map(ended);
  const view = await app.subjects.get(subject as never).catch(codeOf);
  if (typeof view === "string") return [`subject ${subject}: ${view}`];
  if (deleted === undefined) {
    const told = ended("evidence");
    const band = corrected?.is === "did" ? corrected.did.band : undefined;
    const said = told?.is === "did" ? told.did.band : undefined;
    const wanted = [band ?? said, ...(corrected?.is === "unknown" ? ["child"] : [])];
    if (said !== undefined && !wanted.includes(view.band)) lost.push(`evidence of ${subject}`);
  }
  for (const { op, about, end } of acts) {
    if (end.is !== "did") continue;
    const { record = "", consent } = end.did;
    if (consent !== undefined) {
      const { status } = await app.consents.get(consent as never);
      const wanted = revoked?.is === "did" ? ["withdrawn"] : ["given"];
      if (revoked?.is === "unknown") wanted.push("withdrawn");
      if (deleted === undefined && !wanted.includes(status)) lost.push(`${consent} is ${status}`);
    }
    if (op !== "collect" && op !== "visit") continue;
    const kept = records.get(record);
    if (kept?.subject !== subject) lost.push(`record ${record}`);
    else if (op === "collect" && !kept.erased) {
      const over = [revoked, corrected, deleted].find((one) => one !== undefined);
      const seen = await weightOf(app, record);
      const wanted: (number | string | undefined)[] = [];
      if (over?.is !== "did") wanted.push(about.weightKg);
      if (over !== undefined) wanted.push("record-restricted", "consent-withdrawn");
      if (!wanted.includes(seen)) lost.push(`${record} reads ${seen}, wanted ${wanted.join()}`);
    } else if (kept.erased && op === "collect" && deleted === undefined) {
      lost.push(`record ${record} is erased`);
    }
    const gone = deleted?.is === "did" && deleted.did.state === "complete";
    if (gone && !kept?.erased) lost.push(`the erasure of ${record}`);
  }
  return lost;
}

/** What is read of a record, or the code with which it is refused. */
async function weightOf(app: App, record: string): Promise<number | string | undefined> {
  return app.records
    .read({ record: record as never, purpose: "coaching" })
    .then(({ weightKg }) => (typeof weightKg === "number" ? weightKg : undefined))
    .catch(codeOf);
}

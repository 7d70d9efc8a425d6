/**
 * After an old copy of the store came back: what was erased or decided since holds again. The
 * journal knows every row that was written since; its rows are put over the copy's, what was erased
 * is erased in it, and a record of which only the journal knows is a tombstone: its values were in
 * no copy.
 */
import { keyOf, type LedgerEntry, type Write } from "../core/event.js";
import {
  fold,
  isAfter,
  type JournalLine,
  type Latest,
  lineOf,
  lineText,
  type Position,
  readLine,
} from "../core/journal-line.js";
import type { DocumentRow, RecordRow, Row, RowKey } from "../core/row.js";
import { CustodyError } from "../errors.js";
import { text } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { Journal } from "../ports/journal.js";
import type { Store } from "../ports/store.js";
import type { Context } from "./context.js";
import { commit, nowText } from "./rows.js";

export interface Replayed {
  /** Rows that were brought up to date. */
  readonly rows: number;
  /** Records erased since the copy was taken, and erased again now. */
  readonly erased: number;
  /** Records that came in since the copy was taken: their values are lost, their trace is not. */
  readonly lost: number;
}

const NOTHING: Replayed = { rows: 0, erased: 0, lost: 0 };
const WRITES_PER_COMMIT = 1_000;
const ROWS_PER_LINE = 500;

/** How a store stands to its journal. */
export type Alignment =
  | { readonly state: "level" | "new"; readonly generation: number }
  /** The journal lacks the last commits: a crash came between the two. */
  | { readonly state: "ahead"; readonly generation: number; readonly from: number }
  /** An old copy: what comes after the position is missing in it. */
  | { readonly state: "behind"; readonly generation: number; readonly at: Position };

/**
 * Costs one line and one ledger entry where the two are level.
 * @throws `journal-foreign`; `store-forked` when the store went on from an old copy without its
 * journal; `store-damaged`
 */
export async function alignmentOf(store: Store, journal: Journal): Promise<Alignment> {
  if (journal.storeId !== store.identity.id) {
    const detail = { found: journal.storeId, expected: store.identity.id };
    throw new CustodyError("journal-foreign", detail);
  }
  const last = await journal.last();
  if (last === undefined) return { state: "new", generation: 0 };
  const size = await store.size();
  const newest = readLine(last);
  if (newest.event === (await eventAt(store, size - 1)).id) {
    return { state: "level", generation: newest.generation };
  }
  return search(store, journal, size);
}

async function search(store: Store, journal: Journal, size: number): Promise<Alignment> {
  const known = new Map<string, Position>();
  let newest: Position = { generation: 0, seq: -1 };
  for await (const line of journal.lines()) {
    const { generation, seq, event } = readLine(line);
    known.set(event, { generation, seq });
    if (isAfter({ generation, seq }, newest)) newest = { generation, seq };
  }
  let replaying = false;
  for (let seq = size - 1; seq >= 0; seq -= 1) {
    const event = await eventAt(store, seq);
    const at = known.get(event.id);
    if (at === undefined) {
      replaying = replaying || event.type === "store-replayed";
      continue;
    }
    const { generation } = newest;
    const level = !isAfter(newest, at);
    if (level && seq === size - 1) return { state: "level", generation };
    if (level && !replaying) return { state: "ahead", generation, from: seq + 1 };
    if (seq < size - 1 && !(await onlyReplayed(store, seq + 1))) {
      throw new CustodyError("store-forked", { seq: seq + 1 });
    }
    return { state: "behind", generation, at };
  }
  throw new CustodyError("store-forked", { seq: 0 });
}

/** True when a replay was cut short: it is done again from its beginning. */
async function onlyReplayed(store: Store, from: number): Promise<boolean> {
  for await (const entry of store.entries(from)) {
    if (eventOf(entry).type !== "store-replayed") return false;
  }
  return true;
}

interface Named {
  readonly id: string;
  readonly type: string;
  readonly rows: { readonly [name: string]: string | null };
}

async function eventAt(store: Store, seq: number): Promise<Named> {
  for await (const entry of store.entries(seq, seq + 1)) return eventOf(entry);
  throw new CustodyError("store-damaged", { place: "ledger", reason: "an entry is missing" });
}

function eventOf({ bytes }: LedgerEntry): Named {
  return JSON.parse(text(bytes)) as Named;
}

/** Writes down what the store has and the journal lacks: all of it, or the last commits. */
export async function catchUp(store: Store, journal: Journal, of: Alignment): Promise<void> {
  if (of.state !== "new" && of.state !== "ahead") return;
  const size = await store.size();
  const from = of.state === "ahead" ? of.from : 0;
  const wanted = new Set<string>();
  const erased: RowKey[] = [];
  for await (const entry of of.state === "ahead" ? store.entries(from) : []) {
    const event = eventOf(entry);
    wanted.add(event.id);
    for (const [name, digest] of Object.entries(event.rows)) {
      const key = digest === null ? keyOfName(name) : undefined;
      if (key !== undefined) erased.push(key);
    }
  }
  const { id } = await eventAt(store, size - 1);
  const at = { generation: of.generation, seq: size - 1, event: id };
  let page: Write[] = erased.map((erase) => ({ erase }));
  const flush = async (): Promise<void> => {
    await journal.append([lineText(lineOf(at, page, {}))], true);
    page = [];
  };
  for await (const { row, event } of store.everything()) {
    if (of.state === "ahead" && !wanted.has(event)) continue;
    page.push({ put: row });
    if (page.length >= ROWS_PER_LINE) await flush();
  }
  await flush();
}

/** Of rows that are ever erased and are no payload: documents and sets. */
function keyOfName(name: string): RowKey | undefined {
  const [table, first = "", ...rest] = name.split("/");
  if (table === "document") {
    return { table, kind: first as DocumentRow["kind"], id: rest.join("/") };
  }
  if (table !== "member") return undefined;
  const chunk = Number(rest.at(-1));
  return { table, set: [first, ...rest.slice(0, -1)].join("/"), chunk };
}

/**
 * Brings an old copy up to date; does nothing to a store that is level. Cut short, it is done again
 * from its beginning. Afterwards the copy's file is scrubbed of what it held.
 * @throws as `alignmentOf`
 */
export async function replayJournal(ctx: Context, journal: Journal): Promise<Replayed> {
  const alignment = await alignmentOf(ctx.store, journal);
  if (alignment.state !== "behind") {
    await catchUp(ctx.store, journal, alignment);
    return NOTHING;
  }
  const latest: Latest = new Map();
  const since: JournalLine[] = [];
  for await (const line of journal.lines()) {
    const read = readLine(line);
    if (isAfter(read, alignment.at)) since.push(read);
  }
  since.sort((a, b) => (isAfter(a, b) ? 1 : isAfter(b, a) ? -1 : 0));
  for (const line of since) fold(latest, line);
  const done = await applyAll(ctx, latest);
  await ctx.store.scrub();
  const size = await ctx.store.size();
  const at = { generation: alignment.generation + 1, seq: size - 1 };
  const event = (await eventAt(ctx.store, size - 1)).id;
  await journal.append([lineText(lineOf({ ...at, event }, done.writes, {}))], true);
  return { rows: done.rows, erased: done.erased, lost: done.lost };
}

interface Applied extends Replayed {
  /** Tombstones made now, which no line has. */
  readonly writes: readonly Write[];
}

async function applyAll(ctx: Context, latest: Latest): Promise<Applied> {
  const all = [...latest.values()];
  const records = all.flatMap((one) => ("put" in one ? [one.put] : [])).filter(isRecord);
  const missing: RecordRow[] = [];
  const counts = { rows: 0, erased: 0, lost: 0 };
  let page: Write[] = [];
  const flush = async (): Promise<void> => {
    if (page.length === 0) return;
    counts.rows += page.length;
    await commit(ctx, "store-replayed", { rows: page.length }, page);
    page = [];
  };
  const add = async (writes: readonly Write[]): Promise<void> => {
    page.push(...writes);
    if (page.length >= WRITES_PER_COMMIT) await flush();
  };
  for (const row of records) {
    const found = await ctx.store.get({ table: "record", id: row.id });
    if (found === undefined) missing.push(row);
    else if (found.erasedAt === "" && (row.erasedAt !== "" || row.due !== found.due)) {
      if (row.erasedAt !== "") counts.erased += 1;
      await add(await renewed(ctx, found, row));
    }
  }
  // In the order in which they came in: the store gives them the ordinals that they had.
  missing.sort((a, b) => a.ordinal - b.ordinal);
  const at = nowText(ctx);
  const tombs = missing.map((row): Write => {
    return { put: { ...row, ordinal: 0, due: "", erasedAt: row.erasedAt || at } };
  });
  counts.lost = missing.filter(({ erasedAt }) => erasedAt === "").length;
  for (const tomb of tombs) await add([tomb]);
  for (const one of all) {
    if ("put" in one && one.put.table === "record") continue;
    await add(await restored(ctx, one));
  }
  // One event at least: the ledger says that an old copy came back.
  if (counts.rows === 0 && page.length === 0) await commit(ctx, "store-replayed", { rows: 0 }, []);
  await flush();
  return { ...counts, writes: tombs };
}

function isRecord(row: Row): row is RecordRow {
  return row.table === "record";
}

async function renewed(
  ctx: Context,
  found: RecordRow,
  { due, erasedAt }: RecordRow,
): Promise<readonly Write[]> {
  const writes: Write[] = [{ put: { ...found, due, erasedAt } }];
  if (erasedAt === "") return writes;
  for await (const { category } of ctx.store.scan({ table: "payload", record: found.id })) {
    writes.push({ erase: { table: "payload", record: found.id, category } });
  }
  return writes;
}

/** The write that makes the copy's row what it was last; none where it is that already. */
async function restored(
  ctx: Context,
  one: { readonly put: Row } | { readonly erase: RowKey },
): Promise<readonly Write[]> {
  const key = "put" in one ? keyOf(one.put) : one.erase;
  const found = await ctx.store.get(key);
  if ("erase" in one) return found === undefined ? [] : [one];
  if (one.put.table !== "document") return same(found, one.put) ? [] : [one];
  // Notes on a ledger that was: the copy's own goes on from where the copy was taken.
  if (one.put.kind === "checkpoint") return [];
  const version = found?.table === "document" ? found.version : 0;
  if (found !== undefined && same({ ...found, version: 0 }, { ...one.put, version: 0 })) return [];
  return [{ put: { ...one.put, version: version + 1 } }];
}

function same(a: unknown, b: unknown): boolean {
  return a !== undefined && canonical(a as Json) === canonical(b as Json);
}

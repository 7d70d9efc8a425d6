/**
 * Copying a store: look, begin or go on, carry table by table, compare every row of both sides, and
 * only then make the target a store. The ledger is carried as it is; no event says that it was
 * copied, since the copy is the same store at another place.
 */
import { advancedMarker, type CopyMarker, newCopyMarker } from "../core/copy-marker.js";
import {
  COPY_TABLES,
  type CopyKey,
  type CopyRows,
  type CopyTable,
  copyKeyOf,
  isSameRow,
} from "../core/copy-row.js";
import { CustodyError } from "../errors.js";
import { equalBytes, hex } from "../lib/bytes.js";
import { Frontier, leafHash } from "../lib/merkle.js";
import type { CopyPages, StoreCopySource, StoreCopyTarget } from "../ports/store-copy.js";

export interface CopyProgress {
  readonly step: "count" | "read ledger" | "copy" | "compare";
  readonly table: CopyTable;
  /** Rows of this table so far. */
  readonly done: number;
}

export interface CopyOptions {
  readonly source: StoreCopySource;
  readonly target: StoreCopyTarget;
  readonly progress?: (progress: CopyProgress) => void | Promise<void>;
}

export interface Comparison {
  /** Rows that are the same on both sides, by table. */
  readonly rows: { readonly [T in CopyTable]: number };
  readonly size: number;
  /** Of both ledgers, hexadecimal. */
  readonly root: string;
}

export interface CopyReport extends Comparison {
  readonly store: string;
  /** True when the copy had been begun before. */
  readonly resumed: boolean;
}

/** What a copy would meet. */
export interface CopyOutlook {
  readonly store: string;
  readonly schema: number;
  readonly size: number;
  /** Rows of the source, by table. */
  readonly rows: { readonly [T in CopyTable]: number };
  /** How far an earlier copy got; undefined for an empty target. */
  readonly unfinished: CopyMarker | undefined;
}

/**
 * Copies the whole store. Nothing of the source is changed. A kill at any moment leaves an
 * unfinished copy, which nobody can open as a store and with which the next call goes on.
 * @throws `store-exists`, `store-foreign` (the target is not empty), `copy-unfinished` (the target
 * holds the unfinished copy of another store or version), `copy-source-changed` (the source is not
 * as it was when the copy began), `copy-damaged` (a row did not arrive as it is), `conflict`
 * (somebody else works on the same copy), what the adapters throw
 */
export async function copyStore(options: CopyOptions): Promise<CopyReport> {
  const { source, target, progress = () => {} } = options;
  const { id: store, schema } = source.identity;
  const found = await target.state();
  requireFit(source, target, found);
  const root = await ledgerRoot(source, progress);
  const size = await source.size();
  const fresh = newCopyMarker({ store, schema, size, root });
  if (found !== undefined && (found.size !== size || found.root !== root)) throw changed(store);
  let marker = found ?? fresh;
  if (found === undefined) await target.begin(marker);
  while (marker.table !== "all") marker = await carry(options, marker, marker.table);
  const compared = await compareStores(source, target, progress);
  await target.audit();
  if (compared.size !== size || compared.root !== root) throw changed(store);
  if ((await source.size()) !== size) throw changed(store);
  await target.finish(marker);
  return { store, resumed: found !== undefined, ...compared };
}

/**
 * Takes an unfinished copy of this store away, so that the next one begins anew. An empty target is
 * no fault.
 * @throws `store-exists`, `store-foreign`, `copy-unfinished` (it is another store's), `conflict`
 */
export async function discardCopy(source: StoreCopySource, target: StoreCopyTarget): Promise<void> {
  const found = await target.state();
  if (found === undefined) return;
  if (found.store !== source.identity.id) {
    const details = { found: found.store, expected: source.identity.id };
    throw new CustodyError("copy-unfinished", { place: target.place, ...details });
  }
  await target.discard(found);
}

/** Looks at both sides and changes nothing. Errors as `copyStore`. */
export async function copyOutlook(options: CopyOptions): Promise<CopyOutlook> {
  const { source, target, progress = () => {} } = options;
  const unfinished = await target.state();
  requireFit(source, target, unfinished);
  const rows = { ...newCopyMarker({ store: "", schema: 0, size: 0, root: "" }).rows };
  for (const table of COPY_TABLES) {
    for await (const _ of rowsOf(source, table)) {
      rows[table] += 1;
      if (rows[table] % PROGRESS_ROWS === 0) {
        await progress({ step: "count", table, done: rows[table] });
      }
    }
  }
  const { id: store, schema } = source.identity;
  return { store, schema, size: await source.size(), rows, unfinished };
}

/**
 * Compares every row of two stores, and the ledgers' roots. The first difference is told.
 * @throws `copy-damaged` naming the table and the row's key
 */
export async function compareStores(
  source: CopyPages,
  target: CopyPages,
  progress: NonNullable<CopyOptions["progress"]> = () => {},
): Promise<Comparison> {
  const rows = { ledger: 0, document: 0, record: 0, payload: 0, edge: 0, member: 0 };
  const roots = [new Frontier(), new Frontier()] as const;
  for (const table of COPY_TABLES) {
    const right = rowsOf(target, table);
    for await (const row of rowsOf(source, table)) {
      const { value, done } = await right.next();
      if (done === true) throw damaged(table, row, "a row is missing");
      if (!isSameRow(row, value)) throw damaged(table, row, "a row differs");
      rows[table] += 1;
      if ("bytes" in row && "bytes" in value) {
        roots[0].append(leafHash(row.bytes));
        roots[1].append(leafHash(value.bytes));
      }
      if (rows[table] % PROGRESS_ROWS === 0) {
        await progress({ step: "compare", table, done: rows[table] });
      }
    }
    const { value, done } = await right.next();
    if (done !== true) throw damaged(table, value, "there is a row too many");
    await progress({ step: "compare", table, done: rows[table] });
  }
  const [left, right] = [roots[0].root(), roots[1].root()];
  if (!equalBytes(left, right)) {
    throw new CustodyError("copy-damaged", { name: "ledger", reason: "the roots differ" });
  }
  return { rows, size: rows.ledger, root: hex(left) };
}

const PROGRESS_ROWS = 1_000;

/** The next page of a table, and the marker after it. */
async function carry<T extends CopyTable>(
  { source, target, progress }: CopyOptions,
  marker: CopyMarker,
  table: T,
): Promise<CopyMarker> {
  const { rows, next } = await source.page(table, marker.after ?? undefined);
  const after = advancedMarker(marker, table, rows.length, next);
  await target.write(marker, after, table, rows);
  await progress?.({ step: "copy", table, done: after.rows[table] });
  return after;
}

async function* rowsOf<T extends CopyTable>(
  pages: CopyPages,
  table: T,
): AsyncGenerator<CopyRows[T], undefined> {
  let after: CopyKey | undefined;
  do {
    const page = await pages.page(table, after);
    yield* page.rows;
    after = page.next;
  } while (after !== undefined);
}

async function ledgerRoot(
  source: CopyPages,
  progress: NonNullable<CopyOptions["progress"]>,
): Promise<string> {
  const frontier = new Frontier();
  for await (const { seq, bytes } of rowsOf(source, "ledger")) {
    if (seq !== frontier.size) {
      throw new CustodyError("ledger-broken", { seq: frontier.size, reason: "entry-missing" });
    }
    frontier.append(leafHash(bytes));
    if (frontier.size % PROGRESS_ROWS === 0) {
      await progress({ step: "read ledger", table: "ledger", done: frontier.size });
    }
  }
  return hex(frontier.root());
}

function requireFit(
  source: StoreCopySource,
  target: StoreCopyTarget,
  found: CopyMarker | undefined,
): void {
  const { id, schema } = source.identity;
  const { place } = target;
  if (schema !== target.schema) {
    const details = { path: "schema", reason: `${schema} here, ${target.schema} there` };
    throw new CustodyError("option-invalid", details);
  }
  if (found === undefined || (found.store === id && found.schema === schema)) return;
  throw new CustodyError("copy-unfinished", { place, found: found.store, expected: id });
}

function changed(id: string): CustodyError {
  return new CustodyError("copy-source-changed", { id });
}

/** Keys are ids, codes and counts. */
function damaged<T extends CopyTable>(table: T, row: CopyRows[T], reason: string): CustodyError {
  const id = copyKeyOf(table, row).join("/");
  return new CustodyError("copy-damaged", { name: table, id, reason });
}

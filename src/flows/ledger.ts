/**
 * The ledger as a whole: checkpoints that hold it fast, and an audit that re-derives everything
 * from the rows.
 */
import { z } from "zod";
import {
  agrees,
  checkpointOrigin,
  checkpointText,
  openCheckpoint,
  readCheckpoint,
  type StoredCheckpoint,
} from "../core/checkpoint.js";
import type { LedgerEvent } from "../core/event.js";
import { type AuditReason, type Finding, LedgerAudit, readEvent } from "../core/ledger-audit.js";
import { isFrontierOf, type NamedCheckpoint, RootCheck } from "../core/root-check.js";
import { type DocumentKind, rowName } from "../core/row.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { fromBase64url, hex, utf8 } from "../lib/bytes.js";
import { instantText } from "../lib/instant.js";
import type { PublicJwk } from "../lib/jws.js";
import { Frontier, leafHash } from "../lib/merkle.js";
import { signedNote } from "../lib/note.js";
import type { Signer } from "../ports/signer.js";
import type { Store } from "../ports/store.js";
import type { Context } from "./context.js";

/** Checkpoints held at once by an audit, about a kilobyte each. */
export const CHECKPOINTS_MAX = 100_000;
/**
 * Entries that may come in while an audit reads the rows; a busier store is audited from a copy.
 */
export const AUDIT_LATER_EVENTS_MAX = 100_000;
const PROGRESS_ENTRIES = 10_000;

const Stored = z.strictObject({
  size: z.int().min(0),
  root: z.string(),
  note: z.string(),
  frontier: z.strictObject({ size: z.int(), peaks: z.array(z.string()) }),
});

export type LedgerVerdict =
  | {
      readonly ok: true;
      readonly size: number;
      /** Hexadecimal. */
      readonly root: string;
      /**
       * No witness co-signs: whoever puts an older copy of the whole file back is not found out by
       * this.
       */
      readonly witnessed: false;
      /** Checkpoints whose signature was verified; 0 without keys. */
      readonly notes: number;
    }
  | { readonly ok: false; readonly seq: number; readonly reason: AuditReason };

export interface LedgerReading {
  readonly store: Store;
  /**
   * The keys that signed checkpoints, former ones included. Default: the signer's. Without both, no
   * note is verified.
   */
  readonly keys?: readonly PublicJwk[];
  readonly signer?: Signer;
}

export interface VerifyLedgerOptions {
  /** Called every ten thousand entries and at the end of each part. */
  readonly progress?: (progress: { readonly done: number; readonly of: number }) => void;
}

/**
 * Signs the ledger as it is now and keeps the note. Its own event comes after it and is outside of
 * what it covers. It continues from the newest stored frontier, so it costs what was appended
 * since. What lies before is taken from there and not read again: `verifyLedger` does that.
 *
 * Returns the signed note, to publish or to hand to a witness.
 * @throws `signer-missing`, `ledger-broken` (a stored frontier does not give its root), what the
 * store throws
 */
export async function checkpoint(context: Context): Promise<string> {
  const { store, signer } = context;
  const frontier = await newestFrontier(store);
  const size = await store.size();
  for await (const entry of store.entries(frontier.size, size))
    frontier.append(leafHash(entry.bytes));
  const root = frontier.root();
  const body = checkpointText(signer.name, store.identity.id, frontier.size, root);
  const publicKey = fromBase64url((await signer.publicJwk()).x) ?? new Uint8Array(0);
  const signature = await signer.sign(utf8(body));
  const note = signedNote(body, signer.name, publicKey, signature);
  const id = context.newId("checkpoint");
  const stored = { size: frontier.size, root: hex(root), note, frontier: frontier.toJSON() };
  const row = {
    table: "document",
    kind: "checkpoint",
    id,
    version: 1,
    owner: "",
    due: "",
  } as const;
  await store.append({
    event: {
      id: context.newId("event"),
      type: "ledger-checkpointed",
      at: instantText(context.now()),
      actor: context.actor,
      about: { checkpoint: id, size: stored.size, root: stored.root },
    },
    writes: [{ put: { ...row, body: stored } }],
  });
  return note;
}

/**
 * Reads the whole ledger and every row and says whether they belong together: each entry is an
 * event in canonical form, each event is there once, each checkpoint has the root of the entries it
 * covers and a signature that verifies, each row is as the event that wrote it last says, and no
 * row is missing that was not erased.
 *
 * A changed entry that contradicts no row shows only in the checkpoints after it; then the first
 * sequence is named that no intact checkpoint vouches for. What changes while it reads is not held
 * against the store. Without a witness a rollback of the whole file cannot be seen, and `witnessed:
 * false` says so.
 *
 * @throws `limit-exceeded` (`AUDIT_NAMES_MAX`, `CHECKPOINTS_MAX`, `AUDIT_LATER_EVENTS_MAX`), what
 * the store throws
 */
export async function verifyLedger(
  reading: LedgerReading,
  options: VerifyLedgerOptions = {},
): Promise<LedgerVerdict> {
  const { store } = reading;
  const keys = reading.keys ?? (reading.signer ? [await reading.signer.publicJwk()] : undefined);
  const audit = new LedgerAudit(store.identity.id);
  const notes = await storedCheckpoints(store);
  const frontier = new Frontier();
  const roots = new RootCheck(notes);
  roots.reached(frontier);
  const size = await store.size();
  try {
    for await (const entry of store.entries(0, size)) {
      audit.entry(entry);
      frontier.append(leafHash(entry.bytes));
      roots.reached(frontier);
      if (frontier.size % PROGRESS_ENTRIES === 0) {
        options.progress?.({ done: frontier.size, of: size });
      }
    }
  } catch (error) {
    if (!isCustodyError(error, "ledger-broken")) throw error;
    audit.broken(error.details.seq ?? frontier.size, "entry-missing");
  }
  await auditRows(store, audit);
  audit.settle(await laterEvents(store, size));
  const verified = auditNotes(store, audit, notes, keys);
  for (const { id } of roots.beyond()) {
    if (audit.isChanged(nameOf(id))) continue;
    audit.found({ seq: audit.size, reason: "checkpoint-beyond-end" });
  }
  options.progress?.({ done: size, of: size });
  const first = audit.first(roots.findings().filter(({ id }) => !audit.isChanged(nameOf(id))));
  if (first !== undefined) return { ok: false, ...first };
  const root = hex(frontier.root());
  return { ok: true, size: frontier.size, root, witnessed: false, notes: verified };
}

async function newestFrontier(store: Store): Promise<Frontier> {
  let newest: StoredCheckpoint | undefined;
  for await (const row of store.scan({ table: "document", kind: "checkpoint" })) {
    const stored = Stored.safeParse(row.body);
    if (stored.success && stored.data.size >= (newest?.size ?? 0)) newest = stored.data;
  }
  if (newest === undefined) return new Frontier();
  if (!isFrontierOf(newest)) {
    throw new CustodyError("ledger-broken", { seq: newest.size, reason: "checkpoint-root" });
  }
  return Frontier.from(newest.frontier);
}

/** What of them cannot be read is no checkpoint here; the audit of the rows finds it. */
async function storedCheckpoints(store: Store): Promise<readonly NamedCheckpoint[]> {
  const found: NamedCheckpoint[] = [];
  try {
    for await (const { id, body } of store.scan({ table: "document", kind: "checkpoint" })) {
      const stored = Stored.safeParse(body);
      if (stored.success) found.push({ id, ...stored.data });
      requireAtMost("CHECKPOINTS_MAX", CHECKPOINTS_MAX, found.length);
    }
  } catch (error) {
    if (!isUnreadableRow(error)) throw error;
  }
  return found;
}

async function auditRows(store: Store, audit: LedgerAudit): Promise<void> {
  try {
    for await (const { row, event } of store.everything()) audit.row(row, event);
  } catch (error) {
    if (!isUnreadableRow(error)) throw error;
    audit.found(await unreadable(store, audit));
  }
}

/** A damaged row is named and is a finding; damage without a name is the file's, and an error. */
function isUnreadableRow(error: unknown): boolean {
  return isCustodyError(error, "store-damaged") && error.details.id !== undefined;
}

/**
 * A row that is no JSON any more ends the listing; asked for one by one, in the order of writing,
 * it is found.
 */
async function unreadable(store: Store, audit: LedgerAudit): Promise<Finding> {
  const awaited = audit.forget();
  for (const { name, seq } of awaited) {
    const [table, kind, ...id] = name.split("/");
    if (table !== "document") continue;
    try {
      await store.get({ table, kind: kind as DocumentKind, id: id.join("/") });
    } catch (error) {
      if (!isUnreadableRow(error)) throw error;
      return { seq, reason: "row-unreadable" };
    }
  }
  return { seq: audit.size, reason: "row-unreadable" };
}

async function laterEvents(store: Store, from: number): Promise<readonly LedgerEvent[]> {
  const later: LedgerEvent[] = [];
  for await (const { bytes } of store.entries(from)) {
    const event = readEvent(bytes);
    if (typeof event !== "string") later.push(event);
    requireAtMost("AUDIT_LATER_EVENTS_MAX", AUDIT_LATER_EVENTS_MAX, later.length);
  }
  return later;
}

/** How many signatures were verified. A checkpoint whose row was changed was named already. */
function auditNotes(
  store: Store,
  audit: LedgerAudit,
  notes: readonly NamedCheckpoint[],
  keys: readonly PublicJwk[] | undefined,
): number {
  let verified = 0;
  for (const stored of notes) {
    if (audit.isChanged(nameOf(stored.id))) continue;
    const origin = readCheckpoint(stored.note)?.origin ?? "";
    const name = origin.slice(0, Math.max(0, origin.lastIndexOf("/")));
    const note = keys ? openCheckpoint(stored.note, keys, name) : readCheckpoint(stored.note);
    const ours = origin === checkpointOrigin(name, store.identity.id) && isFrontierOf(stored);
    if (note !== undefined && ours && agrees(stored, note)) verified += keys ? 1 : 0;
    else audit.found({ seq: audit.checkpointedAt(stored.id), reason: "checkpoint-note" });
  }
  return verified;
}

function nameOf(checkpoint: string): string {
  return rowName({ table: "document", kind: "checkpoint", id: checkpoint });
}

function requireAtMost(limit: string, max: number, found: number): void {
  if (found > max) throw new CustodyError("limit-exceeded", { limit, max });
}

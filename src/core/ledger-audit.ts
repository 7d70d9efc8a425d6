/**
 * The audit of a ledger against the rows it commits to: fed with the entries from 0, then with
 * every row, it knows the first sequence that does not fit. Pure; who reads the store feeds it.
 */
import { z } from "zod";
import { CustodyError } from "../errors.js";
import { text } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import { parseId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";
import { EVENT_TYPES, keyOf, type LedgerEntry, type LedgerEvent } from "./event.js";
import { type Row, rowDigest, rowName } from "./row.js";

/**
 * Names of rows and of events held at once: about 300 bytes each. A `Map` of JavaScript ends at
 * 2^24.
 */
export const AUDIT_NAMES_MAX = 16_000_000;

const BASIS_ROWS = "document/basis/";

export const AUDIT_REASONS = [
  "entry-missing",
  "entry-not-canonical",
  "entry-not-an-event",
  "event-repeated",
  "store-foreign",
  "row-changed",
  "row-missing",
  "row-misplaced",
  "row-unknown",
  "row-unreadable",
  "basis-rewritten",
  "checkpoint-root",
  "checkpoint-note",
  "checkpoint-beyond-end",
] as const;
export type AuditReason = (typeof AUDIT_REASONS)[number];

export interface Finding {
  readonly seq: number;
  readonly reason: AuditReason;
}

/**
 * What the entries say of a row: who wrote it last, as what; a null digest says that it was erased.
 */
interface Claim {
  readonly digest: string | null;
  readonly seq: number;
  readonly event: string;
}

interface Stray {
  readonly name: string;
  readonly digest: string;
  readonly event: string;
}

const LedgerEventShape = z.strictObject({
  version: z.literal(1),
  id: z.string().refine((given) => parseId("event", given) !== undefined),
  type: z.enum(EVENT_TYPES),
  at: z.string().refine((given) => parseInstant(given) !== undefined),
  actor: z.string().min(1),
  about: z.record(z.string(), z.unknown()),
  rows: z.record(
    z.string(),
    z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
  ),
});

export class LedgerAudit {
  readonly #store: string;
  readonly #claims = new Map<string, Claim>();
  readonly #events = new Map<string, number>();
  readonly #strays: Stray[] = [];
  readonly #changed = new Set<string>();
  readonly #checkpoints = new Map<string, number>();
  #first: Finding | undefined;
  /** The first entry whose content is not known: what it wrote or erased is not known either. */
  #brokenAt = Number.POSITIVE_INFINITY;
  #size = 0;

  constructor(store: string) {
    this.#store = store;
  }

  get size(): number {
    return this.#size;
  }

  /** In order, from 0. */
  entry(entry: LedgerEntry): void {
    this.#size = entry.seq + 1;
    const event = readEvent(entry.bytes);
    if (typeof event === "string") {
      this.broken(entry.seq, event);
      return;
    }
    if (this.#events.has(event.id)) {
      this.broken(entry.seq, "event-repeated");
      return;
    }
    if (entry.seq === 0 && !isFirst(event, this.#store)) {
      this.found({ seq: 0, reason: "store-foreign" });
    }
    this.#events.set(event.id, entry.seq);
    const { checkpoint } = event.about;
    if (typeof checkpoint === "string") this.#checkpoints.set(checkpoint, entry.seq);
    for (const [name, digest] of Object.entries(event.rows)) {
      // How a record got in is written once: a tag is never widened in place, by whatever event.
      const again = name.startsWith(BASIS_ROWS) && this.#claims.has(name);
      if (again) this.found({ seq: entry.seq, reason: "basis-rewritten" });
      this.#claims.set(name, { digest, seq: entry.seq, event: event.id });
    }
    requireNames(Math.max(this.#claims.size, this.#events.size));
  }

  /** The entry is not there, says nothing that can be read, or stands where another one stood. */
  broken(seq: number, reason: AuditReason): void {
    this.#brokenAt = Math.min(this.#brokenAt, seq);
    this.found({ seq, reason });
  }

  /** After the entries up to a moment before the rows were read. Each row once. */
  row(row: Row, event: string): void {
    const name = rowName(keyOf(row));
    const digest = rowDigest(row);
    const claim = this.#claims.get(name);
    if (claim?.digest === digest && claim.event === event) this.#claims.delete(name);
    else this.#strays.push({ name, digest, event });
    requireNames(this.#strays.length);
  }

  /**
   * After the rows, with the entries that came in while they were read: a row is forgiven when one
   * of these wrote it as it was seen, or wrote or erased it after it was seen.
   */
  settle(later: readonly LedgerEvent[]): void {
    const size = this.#size;
    const fits = new Set<string>();
    const touched = new Set<string>();
    for (const event of later) {
      for (const [name, digest] of Object.entries(event.rows)) {
        fits.add(`${name} ${digest} ${event.id}`);
        touched.add(name);
      }
    }
    for (const stray of this.#strays) {
      if (!fits.has(`${stray.name} ${stray.digest} ${stray.event}`)) this.#stray(stray, size);
      else this.#claims.delete(stray.name);
    }
    for (const [name, claim] of this.#claims) {
      if (claim.digest === null || this.#changed.has(name) || touched.has(name)) continue;
      this.found({ seq: this.#orBroken(claim.seq), reason: "row-missing" });
    }
  }

  /**
   * True when the row was not as the ledger says; then what it says of the ledger proves nothing.
   */
  isChanged(name: string): boolean {
    return this.#changed.has(name);
  }

  /** The entry that brought a checkpoint; the end when none did. */
  checkpointedAt(id: string): number {
    return this.#checkpoints.get(id) ?? this.#size;
  }

  /**
   * The names whose row is still awaited, in the order in which they were written; they are awaited
   * no more. For a store that cannot list all its rows: then what was not listed is not missing.
   */
  forget(): readonly { readonly name: string; readonly seq: number }[] {
    const awaited = [...this.#claims]
      .filter(([, { digest }]) => digest !== null)
      .map(([name, { seq }]) => ({ name, seq }))
      .sort((a, b) => a.seq - b.seq);
    for (const { name } of awaited) this.#claims.delete(name);
    return awaited;
  }

  found(finding: Finding): void {
    if (this.#first === undefined || finding.seq < this.#first.seq) this.#first = finding;
  }

  /**
   * The first sequence that does not fit. Of a checkpoint whose root is another one it is only
   * known that some entry in `[low, high)` was changed; when an entry in there was caught by
   * itself, that one is named, else `low`.
   */
  first(roots: readonly { readonly low: number; readonly high: number }[]): Finding | undefined {
    for (const { low, high } of roots) {
      if ((this.#first?.seq ?? high) < high) continue;
      this.found({ seq: low, reason: "checkpoint-root" });
    }
    return this.#first;
  }

  /**
   * The row says who wrote it; the ledger says something else. The entry to name is the one that
   * should have fitted.
   */
  #stray({ name, digest, event }: Stray, size: number): void {
    this.#changed.add(name);
    const claim = this.#claims.get(name);
    const writer = this.#events.get(event);
    if (claim === undefined) {
      const seq = writer ?? Math.min(this.#brokenAt, size);
      this.found({ seq, reason: "row-unknown" });
    } else if (claim.digest === digest) {
      this.found({ seq: Math.min(claim.seq, writer ?? claim.seq), reason: "row-misplaced" });
    } else {
      const seq = writer === undefined ? this.#orBroken(claim.seq) : Math.max(claim.seq, writer);
      this.found({ seq, reason: "row-changed" });
    }
  }

  /**
   * An unreadable entry after `seq` may have rewritten or erased what `seq` wrote, and then it is
   * the one at fault.
   */
  #orBroken(seq: number): number {
    return this.#brokenAt > seq && Number.isFinite(this.#brokenAt) ? this.#brokenAt : seq;
  }
}

/** The event in an entry's bytes, or why there is none. */
export function readEvent(bytes: Uint8Array): LedgerEvent | AuditReason {
  let value: Json;
  try {
    const written = text(bytes);
    value = JSON.parse(written) as Json;
    if (canonical(value) !== written) return "entry-not-canonical";
  } catch {
    return "entry-not-canonical";
  }
  const read = LedgerEventShape.safeParse(value);
  return read.success ? (read.data as unknown as LedgerEvent) : "entry-not-an-event";
}

function isFirst(event: LedgerEvent, store: string): boolean {
  return event.type === "store-created" && event.about.store === store;
}

function requireNames(found: number): void {
  if (found <= AUDIT_NAMES_MAX) return;
  throw new CustodyError("limit-exceeded", { limit: "AUDIT_NAMES_MAX", max: AUDIT_NAMES_MAX });
}

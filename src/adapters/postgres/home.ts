/**
 * Where a row lies: the value of the column that distributes its table. Decided here for plain
 * PostgreSQL and for a cluster alike, so that both hold the same rows (docs/decisions/0003).
 */
import type { DocumentKind } from "../../core/row.js";

/**
 * The documents that lie with their owner, who is a subject. They are named by an id of their own
 * as well, so each has a row in `route`. An alias is not among them: it is looked up by its hash.
 */
const WITH_OWNER: ReadonlySet<DocumentKind> = new Set(["basis", "consent", "request"]);

/** The kind under which `route` knows records. */
export const RECORD_ROUTE = "record";

/**
 * The first characters of an id: its prefix and about a quarter of an hour of its time, so that
 * what is written together lies together. Of an id without a time it is just its beginning.
 */
const BUCKET_CHARACTERS = 10;
/** Of a ledger sequence: the part of the ledger that holds it. */
export const LEDGER_PART = 65_536;

export function bucketOf(id: string): string {
  return id.slice(0, BUCKET_CHARACTERS);
}

/** True when the home of such a document is written down in `route`. */
export function isRouted(kind: DocumentKind): boolean {
  return WITH_OWNER.has(kind);
}

/** The home of a document as it is to be written. */
export function homeOf(kind: DocumentKind, id: string, owner: string): string {
  return isRouted(kind) && owner !== "" ? owner : id;
}

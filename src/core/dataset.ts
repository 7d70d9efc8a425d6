/**
 * A sealed dataset: a list of records as of one ledger position, committed to by a Merkle root over
 * salted leaves. It holds no values. What was withdrawn since is subtracted at every read.
 */
import { concat, fromBase64url, sha256, utf8 } from "../lib/bytes.js";
import type { SubjectId } from "../lib/id.js";
import { leafHash } from "../lib/merkle.js";
import type { Layout } from "./layout.js";
import type { PayloadRow } from "./row.js";

export interface DatasetSelect {
  readonly collection?: string;
  readonly subjects?: readonly SubjectId[];
  readonly purpose?: string;
}

export interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly purpose: string;
  readonly select: DatasetSelect;
  /** The ledger size at which the members were fixed. */
  readonly asOf: number;
  readonly count: number;
  /** Hex root over the members' leaves, in ascending order of the leaf hash. */
  readonly root: string;
  /** How many records were looked at and left out, by refusal code. */
  readonly excluded: { readonly [code: string]: number };
  readonly sealedAt: string;
  /** The dataset this one was rebuilt from without what was tainted; "" otherwise. */
  readonly rebuiltFrom: string;
  /** Its shards and slices; absent where it has none. */
  readonly layout?: Layout;
}

/**
 * A member's leaf: RFC 6962 leaf over a salted hash of the record's id and sealed payloads. Without
 * the salts, which die with the payloads, nobody can link the leaf to a record.
 */
export function memberLeaf(record: string, payloads: readonly PayloadRow[]): Uint8Array {
  const sorted = [...payloads].sort((a, b) => (a.category < b.category ? -1 : 1));
  const parts = sorted.flatMap((p) => [
    fromBase64url(p.salt) ?? new Uint8Array(),
    sha256(utf8(p.sealed)),
  ]);
  return leafHash(sha256(concat(utf8(`custody/member/1\n${record}\n`), ...parts)));
}

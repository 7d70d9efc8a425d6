/**
 * A sealed dataset: a list of records as of one ledger position, committed to by the root of
 * a tree over their ids. It holds no values. What was withdrawn since is subtracted at every read.
 */
import type { SubjectId } from "../lib/id.js";
import type { Layout } from "./layout.js";
import type { TreeSeed } from "./membership-tree.js";

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
  /** Hex root over the members' ids (see membership.ts). */
  readonly root: string;
  /** Absent in a dataset of before proofs were kept; then it can prove nothing. */
  readonly tree?: TreeSeed;
  /** How many records were looked at and left out, by refusal code. */
  readonly excluded: { readonly [code: string]: number };
  readonly sealedAt: string;
  /** The dataset this one was rebuilt from without what was tainted; "" otherwise. */
  readonly rebuiltFrom: string;
  /** Its shards and slices; absent where it has none. */
  readonly layout?: Layout;
}

/** Where bytes of a node lie: one row per node, connector and ref. */
import { sha256Hex } from "../lib/bytes.js";

export interface Place {
  readonly node: string;
  readonly connector: string;
  readonly ref: string;
  /** ISO instants; `erasedAt` is "" until absence was seen. */
  readonly since: string;
  readonly erasedAt: string;
  /** Of a copy of one shard, or one slice, of a dataset: which. Absent for a copy of all of it. */
  readonly part?: { readonly shard: number; readonly slice?: number };
}

export function placeId(node: string, connector: string, ref: string): string {
  return `plc_${sha256Hex(`${node}\n${connector}\n${ref}`).slice(0, 32)}`;
}

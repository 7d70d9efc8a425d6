/** What is left of a sealed dataset once records of it were erased, and the root of that. */
import { OrdinalSet } from "../lib/bitmap.js";
import { hex } from "../lib/bytes.js";
import { rootOf } from "../lib/merkle.js";
import type { Context } from "./context.js";
import { leafOf, sortedLeaves } from "./datasets.js";
import { openSet } from "./marks.js";

export interface Remainder {
  readonly erased: OrdinalSet;
  /** How many members are left. */
  readonly count: number;
  /** Hex root over the leaves of the members left, worked out anew from what is stored of them. */
  readonly root: string;
}

const ORDINALS_PER_SCAN = 5_000;

export async function remainderOf(ctx: Context, dataset: string): Promise<Remainder> {
  const erased: number[] = [];
  const leaves: Uint8Array[] = [];
  const members = [...(await openSet(ctx, dataset))];
  for (let from = 0; from < members.length; from += ORDINALS_PER_SCAN) {
    const ordinals = members.slice(from, from + ORDINALS_PER_SCAN);
    for await (const record of ctx.store.scan({ table: "record", ordinals })) {
      if (record.erasedAt === "") leaves.push(await leafOf(ctx, record));
      else erased.push(record.ordinal);
    }
  }
  const root = hex(rootOf(sortedLeaves(leaves)));
  return { erased: OrdinalSet.of(erased), count: leaves.length, root };
}

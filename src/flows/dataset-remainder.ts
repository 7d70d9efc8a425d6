/** What is left of a sealed dataset once records of it were erased. */
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { openSet } from "./marks.js";

export interface Remainder {
  readonly erased: OrdinalSet;
  /** The ids of the members left, read anew from what is stored. */
  readonly left: readonly string[];
}

const ORDINALS_PER_SCAN = 5_000;

export async function remainderOf(ctx: Context, dataset: string): Promise<Remainder> {
  const erased: number[] = [];
  const left: string[] = [];
  const members = [...(await openSet(ctx, dataset))];
  for (let from = 0; from < members.length; from += ORDINALS_PER_SCAN) {
    const ordinals = members.slice(from, from + ORDINALS_PER_SCAN);
    for await (const record of ctx.store.scan({ table: "record", ordinals })) {
      if (record.erasedAt === "") left.push(record.id);
      else erased.push(record.ordinal);
    }
  }
  return { erased: OrdinalSet.of(erased), left };
}

/** To whom data went: by the records that went, and by what went as a whole. */
import { OrdinalSet } from "../lib/bitmap.js";
import type { Context } from "./context.js";
import { setsHolding } from "./lineage.js";
import { openSet } from "./marks.js";
import { list, load } from "./rows.js";

/** A disclosure as kept; its records are a set of its id. */
export interface DisclosureBody {
  readonly purpose: string;
  readonly recipient: string;
  readonly form: string;
  readonly at: string;
  readonly dataset: string;
  readonly records: number;
}

/** What one recipient has of the records asked about. */
export interface Received {
  readonly disclosures: readonly { readonly id: string; readonly at: string }[];
  readonly ordinals: OrdinalSet;
  /** True where something went whose records are not among those asked about: made from them. */
  readonly made: boolean;
}

/**
 * Recipients by name, in the order of their names.
 * @param nodes datasets and artifacts made from the records
 */
export async function receivedBy(
  ctx: Context,
  ordinals: OrdinalSet,
  nodes: Iterable<string>,
): Promise<ReadonlyMap<string, Received>> {
  const found = new Map<string, DisclosureBody>();
  for await (const id of setsHolding(ctx, ordinals, (set) => set.startsWith("dis_"))) {
    const disclosure = await load<DisclosureBody>(ctx, "disclosure", id);
    if (disclosure !== undefined) found.set(id, disclosure.body);
  }
  for (const owner of nodes) {
    for (const { row, body } of await list<DisclosureBody>(ctx, "disclosure", { owner })) {
      found.set(row.id, body);
    }
  }
  const received = new Map<string, Received>();
  for (const [id, { recipient, at }] of found) {
    const before = received.get(recipient);
    const those = (await openSet(ctx, id)).and(ordinals);
    received.set(recipient, {
      disclosures: [...(before?.disclosures ?? []), { id, at }],
      ordinals: those.or(before?.ordinals ?? OrdinalSet.of([])),
      made: (before?.made ?? false) || those.size === 0,
    });
  }
  return new Map([...received].sort(([a], [b]) => (a < b ? -1 : 1)));
}

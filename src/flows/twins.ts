/**
 * Models of one digest are one artifact under several names: what is found against one is against
 * all, a walk that reaches one reaches all. They hang together through a node for the digest.
 */
import type { Write } from "../core/event.js";
import { LINEAGE_UNKNOWN, type Mark, type Model } from "../core/model.js";
import { SAME_BYTES } from "../core/relation.js";
import { CustodyError } from "../errors.js";
import type { Context } from "./context.js";
import { type Loaded, load } from "./rows.js";

/** How many names one digest may have. */
export const DIGEST_NAMES_MAX = 1_000;

const hubOf = (digest: string): string => `sha256:${digest}`;

/** Models of the digest besides this one. @throws `limit-exceeded` */
export async function twinsOf(
  ctx: Context,
  digest: string,
  except: string,
): Promise<readonly Loaded<Model>[]> {
  const twins: Loaded<Model>[] = [];
  if (digest === "") return twins;
  for await (const { child } of ctx.store.scan({ table: "edge", parent: hubOf(digest) })) {
    const twin = child === except ? undefined : await load<Model>(ctx, "model", child);
    if (twin === undefined) continue;
    if (twins.length >= DIGEST_NAMES_MAX) {
      throw new CustodyError("limit-exceeded", {
        limit: "DIGEST_NAMES_MAX",
        max: DIGEST_NAMES_MAX,
      });
    }
    twins.push(twin);
  }
  return twins;
}

/** Both ways: the name leads to the bytes, the bytes to every name. */
export function twinEdges(model: string, digest: string): readonly Write[] {
  const hub = hubOf(digest);
  const edge = { table: "edge", relation: SAME_BYTES } as const;
  return [
    { put: { ...edge, child: hub, parent: model } },
    { put: { ...edge, child: model, parent: hub } },
  ];
}

/**
 * The marks of these bytes for a further name of theirs. Bytes that were destroyed and are there
 * again are work product at large: frozen, so that they can be destroyed again.
 */
export function sharedMarks(twins: readonly Loaded<Model>[]): readonly Mark[] {
  const marks = twins.flatMap(({ body }) => body.marks);
  return marks
    .filter(({ cause }) => cause !== LINEAGE_UNKNOWN)
    .map((mark) => (mark.state === "destroyed" ? { ...mark, state: "frozen" as const } : mark))
    .filter((mark, index, all) => all.findIndex((one) => same(one, mark)) === index);
}

/** What is in the one list and not in the other. */
export function marksBeyond(marks: readonly Mark[], known: readonly Mark[]): readonly Mark[] {
  return marks.filter((mark) => !known.some((one) => same(one, mark)));
}

function same(a: Mark, b: Mark): boolean {
  return a.state === b.state && a.by === b.by && a.at === b.at;
}

/**
 * What was derived from records whose time is over goes with them: a joint item with the first of
 * its sources. Models stay (a term that ends is no fault), what an order keeps stays, and so does a
 * documented de-identified copy.
 */
import { type Artifact, isDocumented } from "../core/artifact.js";
import type { Write } from "../core/event.js";
import { type Place, placeId } from "../core/place.js";
import { fateOf } from "../core/relation.js";
import { isCustodyError } from "../errors.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import { contentOf } from "./ancestry.js";
import type { Context } from "./context.js";
import { artifactsHolding } from "./lineage.js";
import { freezingOrders } from "./marks.js";
import { artifactGone } from "./purge-ending.js";
import { changed, commit, list, load, nowText, retrying } from "./rows.js";

const ARTIFACTS_PER_COMMIT = 500;

/**
 * Writes down, before the records go, what goes with them: whoever dies in between leaves a list.
 * From here on it is used for nothing.
 */
export async function dueWith(ctx: Context, ordinals: OrdinalSet): Promise<void> {
  const going = [...(await artifactsHolding(ctx, ordinals))].sort();
  for (let from = 0; from < going.length; from += ARTIFACTS_PER_COMMIT) {
    const page = going.slice(from, from + ARTIFACTS_PER_COMMIT);
    await retrying(async () => {
      const at = nowText(ctx);
      const writes: Write[] = [];
      for (const id of page) {
        const artifact = await load<Artifact>(ctx, "artifact", id);
        if (artifact === undefined || artifact.row.due !== "") continue;
        if (artifact.body.erasedAt !== "" || (await stays(ctx, artifact.body))) continue;
        writes.push(changed(artifact, artifact.body, at));
      }
      if (writes.length === 0) return;
      await commit(ctx, "retention-moved", { artifacts: writes.length, due: at }, writes);
    });
  }
}

async function stays(ctx: Context, artifact: Artifact): Promise<boolean> {
  if (isDocumented(artifact.deidentified)) return true;
  const content = await contentOf(ctx, artifact);
  const orders = await freezingOrders(ctx);
  return orders.some(
    ({ order, set }) =>
      fateOf(order.remedy, artifact.relation) === "keep" && set.intersects(content),
  );
}

/**
 * Erases what is due, place by place, and looks. What could not be seen gone stays on the list for
 * the next sweep.
 */
export async function sweepDerived(ctx: Context): Promise<void> {
  for (const { row } of await list<Artifact>(ctx, "artifact", { dueBy: nowText(ctx) })) {
    if (await placesGone(ctx, row.id)) await ended(ctx, row.id);
  }
}

async function placesGone(ctx: Context, id: string): Promise<boolean> {
  let all = true;
  for (const { body } of await list<Place>(ctx, "place", { owner: id })) {
    if (body.erasedAt !== "") continue;
    if (await erasedAt(ctx, body)) await seenGone(ctx, body);
    else all = false;
  }
  return all;
}

async function erasedAt(ctx: Context, { connector, ref }: Place): Promise<boolean> {
  const place = ctx.connectors.get(connector);
  if (place === undefined) return false;
  try {
    const { signal } = new AbortController();
    await place.erase(ref, { signal });
    return !(await place.inspect(ref, { signal })).present;
  } catch (error) {
    if (isCustodyError(error, "store-poisoned", "store-closed")) throw error;
    return false;
  }
}

async function seenGone(ctx: Context, { node, connector, ref }: Place): Promise<void> {
  await retrying(async () => {
    const place = await load<Place>(ctx, "place", placeId(node, connector, ref));
    if (place === undefined || place.body.erasedAt !== "") return;
    const body = { ...place.body, erasedAt: nowText(ctx) };
    await commit(ctx, "record-erased", { node, connector }, [changed(place, body)]);
  });
}

async function ended(ctx: Context, id: string): Promise<void> {
  await retrying(async () => {
    const write = await artifactGone(ctx, id, nowText(ctx));
    if (write === undefined) return;
    await commit(ctx, "record-erased", { cause: "retention", artifact: id }, [write]);
  });
}

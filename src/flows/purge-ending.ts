/**
 * What a purge has seen gone, written down where it was: places when they themselves were seen
 * empty, models and artifacts when every place of theirs was.
 */
import type { Artifact } from "../core/artifact.js";
import type { Write } from "../core/event.js";
import { type Model, modelState } from "../core/model.js";
import { type Place, placeId } from "../core/place.js";
import type { Step, WholePurge } from "../core/purge.js";
import type { Context } from "./context.js";
import { changed, commit, load, nowText, retrying } from "./rows.js";

const NODES_PER_COMMIT = 1_000;

/** Idempotent, page by page: what is written off already is left alone. */
export async function writeOff(
  ctx: Context,
  purge: WholePurge,
  steps: readonly Step[],
): Promise<void> {
  const seen = new Map<string, boolean>();
  const places: string[] = [];
  for (const { item, progress } of steps) {
    const gone = progress.state === "seen";
    seen.set(item.node, (seen.get(item.node) ?? true) && gone);
    if (gone) places.push(placeId(item.node, item.connector, item.ref));
  }
  // Nothing but a place was in its way: without one it is gone with its last source.
  const gone = (node: string): boolean => seen.get(node) ?? true;
  const { artifacts = [], models } = purge.plan;
  const inPages = (ids: readonly string[], write: Ending) => endAll(ctx, purge.id, ids, write);
  await inPages(places, placeGone);
  await inPages(artifacts.filter(gone), artifactGone);
  await inPages(models.filter(gone), (_, id, at) => modelGone(ctx, id, at, purge.id));
}

type Ending = (ctx: Context, id: string, at: string) => Promise<Write | undefined>;

async function endAll(
  ctx: Context,
  purge: string,
  ids: readonly string[],
  write: Ending,
): Promise<void> {
  for (let from = 0; from < ids.length; from += NODES_PER_COMMIT) {
    const page = ids.slice(from, from + NODES_PER_COMMIT);
    await retrying(async () => {
      const at = nowText(ctx);
      const writes: Write[] = [];
      for (const id of page) {
        const one = await write(ctx, id, at);
        if (one !== undefined) writes.push(one);
      }
      if (writes.length === 0) return;
      await commit(ctx, "model-state-changed", { purge, nodes: writes.length }, writes);
    });
  }
}

async function placeGone(ctx: Context, id: string, at: string): Promise<Write | undefined> {
  const place = await load<Place>(ctx, "place", id);
  if (place === undefined || place.body.erasedAt !== "") return undefined;
  return changed(place, { ...place.body, erasedAt: at });
}

export async function artifactGone(
  ctx: Context,
  id: string,
  at: string,
): Promise<Write | undefined> {
  const artifact = await load<Artifact>(ctx, "artifact", id);
  if (artifact === undefined || artifact.body.erasedAt !== "") return undefined;
  return changed(artifact, { ...artifact.body, erasedAt: at }, "");
}

async function modelGone(
  ctx: Context,
  id: string,
  at: string,
  purge: string,
): Promise<Write | undefined> {
  const model = await load<Model>(ctx, "model", id);
  if (model === undefined || modelState(model.body.marks) === "destroyed") return undefined;
  const mark = { state: "destroyed", cause: "purge", by: purge, at } as const;
  return changed(model, { ...model.body, marks: [...model.body.marks, mark] });
}

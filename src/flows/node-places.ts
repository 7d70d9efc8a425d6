/** Where bytes of a model or an artifact lie: named by whoever registers it. */
import type { Write } from "../core/event.js";
import { requireKnown, requireList, requireText } from "../core/options.js";
import { type Place, placeId } from "../core/place.js";
import { CustodyError } from "../errors.js";
import type { Context } from "./context.js";
import { created } from "./rows.js";

export interface PlaceInput {
  readonly connector: string;
  readonly ref: string;
}

export const NODE_PLACES_MAX = 1_000;

/**
 * @param path of the list in the caller's input
 * @throws `option-invalid`, `option-unknown`, `connector-unknown`, `limit-exceeded`
 */
export function requirePlaces(ctx: Context, places: readonly PlaceInput[], path: string): void {
  requireList(places, path);
  if (places.length > NODE_PLACES_MAX) {
    throw new CustodyError("limit-exceeded", { limit: "NODE_PLACES_MAX", max: NODE_PLACES_MAX });
  }
  for (const place of places) {
    requireKnown(place, ["connector", "ref"], path);
    requireText(place.ref, `${path}.ref`);
    const connector = requireText(place.connector, `${path}.connector`, 200);
    if (!ctx.connectors.has(connector)) {
      throw new CustodyError("connector-unknown", { path: `${path}.connector` });
    }
  }
}

export function placeWrites(
  node: string,
  places: readonly PlaceInput[],
  since: string,
): readonly Write[] {
  return places.map(({ connector, ref }) => {
    const place: Place = { node, connector, ref, since, erasedAt: "" };
    return created("place", placeId(node, connector, ref), place, { owner: node });
  });
}

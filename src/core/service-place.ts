/**
 * Places where copies of the store lie that the store itself knows nothing of: replicas, backups
 * and keepers of keys. Named by the operator, so that a purge can say what it did not reach.
 */
import { CustodyError } from "../errors.js";
import { type Duration, parseDuration } from "../lib/duration.js";
import { requireKnown } from "./options.js";

export const PLACE_KINDS = ["replica", "backup", "key-escrow"] as const;
export type PlaceKind = (typeof PLACE_KINDS)[number];

export interface PlaceDefinition {
  readonly kind: PlaceKind;
  /**
   * `apart`: the copy has the data and not its keys, so that destroying the key ends it. Left out,
   * keys lie beside the data. Not for an escrow, which holds nothing but keys.
   */
  readonly keys?: "apart";
  /** Of a backup: the ISO duration from the erasure after which its copies are gone. */
  readonly keeps?: string;
}

export interface ServicePlace {
  readonly name: string;
  readonly kind: PlaceKind;
  readonly keysApart: boolean;
  /** Undefined for what is no backup. */
  readonly keeps: Duration | undefined;
}

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const NAME_CHARACTERS_MAX = 100;

/**
 * @throws `option-unknown`, `option-invalid` naming the path: a name that is not kebab-case, a
 * backup that does not say how long it keeps, words that do not go with the kind
 */
export function readPlaces(
  given: { readonly [name: string]: PlaceDefinition },
  path: string,
): ReadonlyMap<string, ServicePlace> {
  requireKnown(given, Object.keys(given ?? {}), path);
  const places = new Map<string, ServicePlace>();
  for (const [name, definition] of Object.entries(given)) {
    const at = `${path}.${name}`;
    if (!NAME.test(name) || name.length > NAME_CHARACTERS_MAX) {
      throw new CustodyError("option-invalid", { path, reason: "a name is not kebab-case" });
    }
    places.set(name, readPlace(name, definition, at));
  }
  return places;
}

function readPlace(name: string, given: PlaceDefinition, path: string): ServicePlace {
  requireKnown(given, ["kind", "keys", "keeps"], path);
  const invalid = (key: string, reason: string) =>
    new CustodyError("option-invalid", { path: `${path}.${key}`, reason });
  if (!PLACE_KINDS.includes(given.kind)) throw invalid("kind", "unknown");
  if (given.keys !== undefined && given.keys !== "apart") throw invalid("keys", "unknown");
  if (given.kind === "key-escrow" && given.keys !== undefined) {
    throw invalid("keys", "an escrow holds keys");
  }
  const backup = given.kind === "backup";
  const keeps = given.keeps === undefined ? undefined : parseDuration(given.keeps);
  if (backup !== (given.keeps !== undefined)) {
    throw invalid("keeps", backup ? "required of a backup" : "only a backup keeps");
  }
  if (backup && keeps === undefined) throw invalid("keeps", "not a duration");
  return Object.freeze({ name, kind: given.kind, keysApart: given.keys === "apart", keeps });
}

/** Looks at every place where bytes are said to lie, or are said to be gone. */
import type { Place } from "../core/place.js";
import { isCustodyError } from "../errors.js";
import type { Connector } from "../ports/connector.js";
import type { Store } from "../ports/store.js";
import { type Check, found, ok, unseen } from "./check.js";
import type { Tell } from "./progress.js";

export const LOOK_TIMEOUT_MS = 30_000;

interface Tally {
  looked: number;
  /** Said to be there, and not seen. */
  readonly lost: string[];
  /** Said to be gone, and seen. */
  readonly back: string[];
  /** Could not be looked at. */
  readonly unseen: string[];
}

/** One check for each connector that a place names. */
export async function lookAtPlaces(
  store: Store,
  connectors: readonly Connector[],
  tell: Tell,
): Promise<readonly Check[]> {
  const tallies = new Map<string, Tally>();
  let done = 0;
  for await (const { body } of store.scan({ table: "document", kind: "place" })) {
    const place = body as unknown as Place;
    const tally = tallies.get(place.connector) ?? { looked: 0, lost: [], back: [], unseen: [] };
    tallies.set(place.connector, tally);
    const connector = connectors.find(({ name }) => name === place.connector);
    await look(place, connector, tally);
    done += 1;
    tell({ step: "look at places", id: place.node, done });
  }
  if (tallies.size === 0) return [ok("places", "none recorded")];
  return [...tallies].map(([connector, tally]) => checkOf(`places ${connector}`, tally));
}

async function look(place: Place, connector: Connector | undefined, tally: Tally): Promise<void> {
  if (connector === undefined) {
    tally.unseen.push(place.node);
    return;
  }
  try {
    const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
    const { present } = await connector.inspect(place.ref, { signal });
    tally.looked += 1;
    if (!present && place.erasedAt === "") tally.lost.push(place.node);
    if (present && place.erasedAt !== "") tally.back.push(place.node);
  } catch (error) {
    if (!isCustodyError(error)) throw error;
    tally.unseen.push(place.node);
  }
}

function checkOf(name: string, tally: Tally): Check {
  const said = [
    `${tally.looked} looked at`,
    ...counted(tally.lost, "not there any more"),
    ...counted(tally.back, "erased and there again"),
    ...counted(tally.unseen, "could not be looked at"),
  ].join("; ");
  if (tally.lost.length + tally.back.length > 0) return found(name, said);
  return tally.unseen.length > 0 ? unseen(name, said) : ok(name, said);
}

function counted(nodes: readonly string[], what: string): readonly string[] {
  const [first] = nodes;
  return first === undefined ? [] : [`${nodes.length} ${what} (first: ${first})`];
}

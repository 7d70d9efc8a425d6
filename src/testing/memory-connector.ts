/**
 * The testing kit's place: bytes in this process' memory, and three switches for what goes wrong
 * with a real place. It can be out of reach for now, or lost for good.
 */
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import type { Connector } from "../ports/connector.js";

export interface MemoryConnector extends Connector {
  /** Lays bytes at a ref of the caller's choice, whatever lay there. */
  place(ref: string, content: Uint8Array): void;
  /** Fails every call from now on and for good: no `reachable` mends it. */
  lose(): void;
  /** Fails every call until `reachable`. What lies there stays there. */
  unreachable(): void;
  /** Works again, unless it was lost. */
  reachable(): void;
}

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const NAME_CHARACTERS_MAX = 100;

/**
 * @param options.name unique in a client, kebab-case
 * @throws `option-unknown`, `option-invalid`
 */
export function memoryConnector(options: { readonly name: string }): MemoryConnector {
  requireKnown(options, ["name"], "memoryConnector");
  const name = requireText(options.name, "memoryConnector.name", NAME_CHARACTERS_MAX);
  if (!NAME.test(name)) {
    const reason = "not kebab-case";
    throw new CustodyError("option-invalid", { path: "memoryConnector.name", reason });
  }
  const content = new Map<string, Uint8Array>();
  const state = { lost: false, away: false };
  const requireReach = (ref: string, signal: AbortSignal): void => {
    const reason = signal.aborted ? "aborted" : state.lost ? "lost" : "unreachable";
    if (!signal.aborted && !state.lost && !state.away) return;
    throw new CustodyError("connector-failed", { connector: name, place: ref, reason });
  };

  return Object.freeze({
    name,
    async erase(ref, { signal }) {
      requireReach(ref, signal);
      content.delete(ref);
    },
    async inspect(ref, { signal }) {
      requireReach(ref, signal);
      return { present: content.has(ref), level: "logical", notLookedAt: ["memory of others"] };
    },
    async freeze(ref, { signal }) {
      requireReach(ref, signal);
    },
    place: (ref, bytes) => {
      content.set(ref, bytes);
    },
    lose: () => {
      state.lost = true;
    },
    unreachable: () => {
      state.away = true;
    },
    reachable: () => {
      state.away = false;
    },
  } satisfies MemoryConnector);
}

/** What a client is opened with, checked once, and the context that every flow is handed. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { journaling } from "../adapters/journaling.js";
import { vault } from "../adapters/vault.js";
import { requireKnown, requireText } from "../core/options.js";
import type { Policy, PolicyDefinition } from "../core/policy.js";
import type { ApprovalTerms } from "../core/purge.js";
import { type PlaceDefinition, readPlaces, type ServicePlace } from "../core/service-place.js";
import { CustodyError } from "../errors.js";
import type { Context, Progress } from "../flows/context.js";
import { alignmentOf, replayJournal } from "../flows/replay.js";
import { parseDuration } from "../lib/duration.js";
import { idFactory } from "../lib/id.js";
import type { Connector } from "../ports/connector.js";
import type { Journal } from "../ports/journal.js";
import type { Keyring } from "../ports/keyring.js";
import type { ParentVerifier } from "../ports/parent-verifier.js";
import type { Signer } from "../ports/signer.js";
import type { Store } from "../ports/store.js";

export interface CustodyOptions<P extends PolicyDefinition> {
  readonly policy: Policy<P>;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly signer: Signer;
  /** Places outside the store; the vault is added by itself. Default none. */
  readonly connectors?: readonly Connector[];
  /** At most one per method. Default none: then no consent can be asked for. */
  readonly verifiers?: readonly ParentVerifier[];
  /**
   * Where copies of the store and of its keys lie, by name: replicas (each with a connector of the
   * same name, whose refs are purges), backups, key escrows. Default none.
   */
  readonly places?: { readonly [name: string]: PlaceDefinition };
  /**
   * Who must approve a purge: one person or two, and for how long an approval is good (an ISO 8601
   * duration). Default one person, for good.
   */
  readonly approvals?: { readonly people?: 1 | 2; readonly expireAfter?: string };
  /**
   * Where what is erased and decided is written as well, outside the store. With it an old copy of
   * the store that comes back is brought up to date before anything else happens. Default none.
   */
  readonly journal?: Journal;
  /** Epoch milliseconds; `Date.now` unless given. */
  readonly now?: () => number;
  /** Cryptographic random bytes; Node's unless given. */
  readonly random?: (bytes: number) => Uint8Array;
  /**
   * Written to the ledger with every act: a code such as "app", never a person's name. Default
   * "app".
   */
  readonly actor?: string;
  /** Called at each named step of collect, seal and purge, and awaited. */
  readonly progress?: (progress: Progress) => void | Promise<void>;
  /**
   * Resolves after so many milliseconds: called before a place that failed is tried again. A timer
   * unless given.
   */
  readonly pause?: (ms: number) => Promise<void>;
}

const OPTION_KEYS = [
  "policy",
  "store",
  "keyring",
  "signer",
  "connectors",
  "verifiers",
  "places",
  "journal",
  "approvals",
  "now",
  "random",
  "actor",
  "progress",
  "pause",
];

/**
 * The context on the store, level with its journal where there is one.
 * @throws `option-unknown`, `option-invalid`, `keyring-foreign`, `journal-foreign`, `store-forked`
 */
export async function openContext<P extends PolicyDefinition>(
  options: CustodyOptions<P>,
): Promise<Context> {
  requireKnown(options, OPTION_KEYS, "options");
  const bare = contextOf(options);
  const { journal } = options;
  if (journal === undefined) return bare;
  await replayJournal(bare, journal);
  const { generation } = await alignmentOf(bare.store, journal);
  const store = journaling(bare.store, journal, () => generation);
  return Object.freeze({ ...contextOf({ ...options, store }), journal });
}

function contextOf<P extends PolicyDefinition>(options: CustodyOptions<P>): Context {
  requireKnown(options, OPTION_KEYS, "options");
  for (const key of ["policy", "store", "keyring", "signer"] as const) {
    if (options[key] === undefined) {
      throw new CustodyError("option-invalid", { path: `options.${key}`, reason: "required" });
    }
  }
  const { store, keyring } = options;
  if (keyring.storeId !== store.identity.id) {
    const detail = { found: keyring.storeId, expected: store.identity.id };
    throw new CustodyError("keyring-foreign", detail);
  }
  const now = options.now ?? Date.now;
  const random = options.random ?? ((bytes: number) => randomBytes(bytes));
  const actor = requireText(options.actor ?? "app", "options.actor", 100);
  const newId = idFactory({ now, random });
  const own = vault({ store, keyring, now, actor, newEventId: () => newId("event") });
  const connectors = byName([own, ...(options.connectors ?? [])]);
  return Object.freeze({
    store,
    keyring,
    signer: options.signer,
    policy: options.policy,
    connectors,
    approvals: readApprovals(options.approvals ?? {}),
    places: placesWithin(options.places ?? {}, connectors),
    verifiers: oneForEach(options.verifiers ?? []),
    now,
    random,
    newId,
    actor,
    progress: options.progress ?? (() => {}),
    pause: options.pause ?? ((ms: number) => sleep(ms)),
  });
}

function byName(connectors: readonly Connector[]): ReadonlyMap<string, Connector> {
  const named = new Map<string, Connector>();
  for (const connector of connectors) {
    if (named.has(connector.name)) {
      throw new CustodyError("option-invalid", { path: "options.connectors", reason: "same name" });
    }
    named.set(connector.name, connector);
  }
  return named;
}

function readApprovals(given: {
  readonly people?: unknown;
  readonly expireAfter?: unknown;
}): ApprovalTerms {
  requireKnown(given, ["people", "expireAfter"], "options.approvals");
  const { people = 1, expireAfter } = given;
  if (people !== 1 && people !== 2) {
    const reason = "1 or 2 expected";
    throw new CustodyError("option-invalid", { path: "options.approvals.people", reason });
  }
  const duration = parseDuration(expireAfter);
  if (expireAfter !== undefined && duration === undefined) {
    const reason = "not a duration";
    throw new CustodyError("option-invalid", { path: "options.approvals.expireAfter", reason });
  }
  return Object.freeze({ people, expireAfter: duration });
}

/** A replica that nothing reaches could never be seen empty. */
function placesWithin(
  given: { readonly [name: string]: PlaceDefinition },
  connectors: ReadonlyMap<string, Connector>,
): ReadonlyMap<string, ServicePlace> {
  const places = readPlaces(given, "options.places");
  for (const { name, kind } of places.values()) {
    if (kind !== "replica" || connectors.has(name)) continue;
    const path = `options.places.${name}`;
    throw new CustodyError("option-invalid", { path, reason: "no connector of that name" });
  }
  return places;
}

function oneForEach(verifiers: readonly ParentVerifier[]): readonly ParentVerifier[] {
  if (new Set(verifiers.map((v) => v.method)).size !== verifiers.length) {
    throw new CustodyError("option-invalid", { path: "options.verifiers", reason: "same method" });
  }
  return Object.freeze([...verifiers]);
}

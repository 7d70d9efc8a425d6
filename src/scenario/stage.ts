/**
 * Where a scenario plays: a client on a fresh store, a clock that the file moves, verifiers that
 * say what the file says, places that can fail, and the names given so far.
 */
import { randomBytes } from "node:crypto";
import { createSignerMemory } from "../adapters/signer-file.js";
import { CONSENT_METHODS } from "../core/consent.js";
import type { PolicyDefinition } from "../core/policy.js";
import type { CustodyOptions } from "../custody/options.js";
import { type Custody, createCustody } from "../custody.js";
import type { NoticeId, PurgeId, RequestId } from "../lib/id.js";
import { type MemoryConnector, memoryConnector } from "../testing/memory-connector.js";
import { type ScriptedVerifier, scriptedVerifier } from "../testing/scripted-verifier.js";
import { AliasTable } from "./alias-table.js";
import { openHouse, type StoreChoice } from "./house.js";
import type { Copy } from "./house-parts.js";
import { policyOf } from "./policy.js";
import type { Scenario } from "./scenario.js";
import type { Service } from "./service-text.js";
import { msOf } from "./words.js";

export interface Stage {
  readonly scenario: Scenario;
  readonly client: Custody<PolicyDefinition>;
  readonly clock: { ms: number };
  readonly verifiers: ReadonlyMap<string, ScriptedVerifier>;
  readonly places: ReadonlyMap<string, MemoryConnector>;
  /** Published notices, by version. */
  readonly notices: Map<string, NoticeId>;
  readonly aliases: AliasTable;
  /** Consent requests by id: who is to answer, and by which method. */
  readonly asked: Map<RequestId, Asked>;
  /** Consents by id: the request that each answers. */
  readonly answered: Map<string, string>;
  /** Records by id, as they came in. */
  readonly collected: Map<string, Collected>;
  /** The newest purge planned, by the alias of its cause. */
  readonly plans: Map<string, PurgeId>;
  /** Counters of what got a ref before it got an id. */
  readonly made: { derived: number; found: number };
  readonly restoring: Restoring;
  readonly close: () => Promise<void>;
}

/** Old copies of the store, by the moment they are of; undefined until it has passed. */
interface Restoring {
  readonly copies: Map<number, Copy | undefined>;
  readonly copy: () => Promise<Copy>;
  /** The client is another one afterwards. */
  readonly bringBack: (copy: Copy) => Promise<void>;
}

interface Asked {
  readonly subject: string;
  readonly purposes: readonly string[];
  readonly method: string | undefined;
  readonly from: string;
}

interface Collected {
  readonly subject: string;
  readonly collection: string;
  readonly purpose: string;
}

const ORIGIN = "replay.example";

/**
 * Starts the service of the file and publishes its notices, each on its own day.
 * @throws what the client throws when it refuses the service
 */
export async function openStage(scenario: Scenario, choice: StoreChoice): Promise<Stage> {
  const { service } = scenario;
  const policy = policyOf(scenario.scenario, service);
  const published = service.notices.map((one) => msOf(one.published) ?? 0);
  const clock = { ms: Math.min(...published, ...firstAt(scenario)) };
  const now = () => clock.ms;
  const house = await openHouse(choice, now);
  const signer = createSignerMemory({ name: ORIGIN });
  const places = new Map(
    placesOf(scenario).map((name) => [name, memoryConnector({ name: connectorOf(name) })]),
  );
  const verifiers = new Map(
    CONSENT_METHODS.map((method) => [method, scriptedVerifier({ method })]),
  );
  const open = async (): Promise<Custody<PolicyDefinition>> =>
    createCustody({
      policy,
      store: house.store(),
      keyring: house.keyring,
      signer,
      connectors: [...places.values()],
      verifiers: [...verifiers.values()],
      places: Object.fromEntries(
        Object.entries(service.places ?? {}).map(([name, place]) => [connectorOf(name), place]),
      ) as NonNullable<CustodyOptions<PolicyDefinition>["places"]>,
      journal: house.journal,
      now,
      random: randomBytes,
      actor: "replay",
      pause: async () => {},
    });
  try {
    let client = await open();
    const restoring: Restoring = {
      copy: () => house.copy(),
      bringBack: async (copy) => {
        await house.bringBack(copy);
        client = await open();
      },
      copies: new Map(backupsOf(scenario).map((ms) => [ms, undefined])),
    };
    const stage: Stage = {
      ...{ scenario, clock, verifiers, places, restoring },
      get client() {
        return client;
      },
      close: async () => {
        await client.close();
        await house.close();
      },
      notices: new Map(),
      aliases: new AliasTable(),
      asked: new Map(),
      answered: new Map(),
      collected: new Map(),
      plans: new Map(),
      made: { derived: 0, found: 0 },
    };
    await publishAll(stage, service);
    return stage;
  } catch (error) {
    await house.close();
    throw error;
  }
}

/** The moments of which the file wants a copy of the store back. */
function backupsOf({ steps }: Scenario): readonly number[] {
  return steps.flatMap(({ verb, acts }) =>
    verb === "restore" ? acts.map(({ body }) => msOf(String(body["backup-of"])) ?? 0) : [],
  );
}

/** Before the clock moves on: copies of the moments that it passes. */
export async function passTime({ clock, restoring }: Stage, toMs: number): Promise<void> {
  for (const [ms, copy] of restoring.copies) {
    if (copy !== undefined || ms < clock.ms || ms >= toMs) continue;
    restoring.copies.set(ms, await restoring.copy());
  }
}

async function publishAll(stage: Stage, { notices }: Service): Promise<void> {
  const dated = notices.map((notice) => ({ notice, at: msOf(notice.published) ?? 0 }));
  for (const { notice, at } of dated.sort((a, b) => a.at - b.at)) {
    stage.clock.ms = at;
    const { published: _, ...told } = notice;
    await publish(stage, told);
  }
  await stage.client.notices.check();
}

/** The text shown is the title of the file: the format has no other. */
export async function publish(
  { client, scenario, notices }: Stage,
  { version, ...rest }: Omit<Service["notices"][number], "published">,
): Promise<void> {
  const told = Object.fromEntries(Object.entries(rest).filter(([, given]) => given !== undefined));
  const notice = { ...(told as typeof rest), version, text: `${scenario.title} (${version})` };
  notices.set(
    version,
    await client.notices.publish(notice as Parameters<typeof client.notices.publish>[0]),
  );
}

function firstAt({ steps }: Scenario): readonly number[] {
  const at = steps.flatMap(({ acts }) => acts.map((act) => act.at)).find((ms) => ms !== undefined);
  return at === undefined ? [] : [at];
}

/** Where a model lies of which the file names no place: bytes lie somewhere. */
export const WORKSHOP = "workshop";

/** The store's own sealed payloads bear this name; a file knows nothing of them. */
const TAKEN = "vault";
const TAKEN_BY_FILE = "vault-of-the-file";

/** The connector of a place of the file: the name itself, where the client has not taken it. */
export function connectorOf(place: string): string {
  return place === TAKEN ? TAKEN_BY_FILE : place;
}

/** The name that the file has for a connector. */
export function placeNameOf(connector: string): string {
  return connector === TAKEN_BY_FILE ? TAKEN : connector;
}

/** Every place that the service or a model of the file lies at. */
function placesOf({ service, steps }: Scenario): readonly string[] {
  const ofModels = steps.flatMap(({ verb, acts }) =>
    verb === "train" ? acts.flatMap(({ body }) => (body.places ?? []) as string[]) : [],
  );
  return [...new Set([...Object.keys(service.places ?? {}), ...ofModels, WORKSHOP])];
}

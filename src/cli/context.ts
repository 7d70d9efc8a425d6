/**
 * From a configuration to the context that flows are handed, and back: what was opened is closed,
 * whatever happens.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { filesystem } from "../adapters/filesystem.js";
import { openJournalFile } from "../adapters/journal-file.js";
import { journaling } from "../adapters/journaling.js";
import { openSignerFile } from "../adapters/signer-file.js";
import { vault } from "../adapters/vault.js";
import { policyFromDescription } from "../core/policy-description.js";
import { CustodyError } from "../errors.js";
import type { Context, Progress } from "../flows/context.js";
import { policyInForce } from "../flows/policies.js";
import { alignmentOf, catchUp } from "../flows/replay.js";
import { idFactory } from "../lib/id.js";
import type { Connector } from "../ports/connector.js";
import type { Journal } from "../ports/journal.js";
import type { Store } from "../ports/store.js";
import { ACTOR } from "./actor.js";
import type { Config } from "./config.js";
import { openKeyringAt } from "./keyring-place.js";
import { openStoreAt } from "./store-place.js";
import type { Terminal } from "./terminal.js";

export interface Opening {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly progress: (progress: Progress) => void;
  /** `replayed`: the work is to bring an old copy up to date. Default `refused`. */
  readonly behind?: "refused" | "replayed";
}

interface Closable {
  readonly close: () => Promise<void>;
}

/**
 * Opens the store, the keyring and the signing key, does the work and closes them. Nothing is ever
 * created here.
 * @throws what the adapters throw: `store-missing`, `store-foreign`, `store-damaged`,
 * `migration-…`, `keyring-…`, `epoch-closed`, `signer-missing`; and what the work throws
 */
export async function withContext<T>(
  { config, terminal, progress, behind = "refused" }: Opening,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const { now, random } = terminal;
  return closing(await openStoreAt(config.store), async (store) => {
    const storeId = store.identity.id;
    return closing(await openKeyringAt(config, storeId, terminal), async (keyring) => {
      const signer = await openSignerFile({ path: config.signer, name: config.issuer });
      const newId = idFactory({ now, random });
      const newEventId = () => newId("event");
      const { journal, journaled } = await journaledBy(config, store, behind);
      const own = vault({ store: journaled, keyring, now, newEventId, actor: ACTOR });
      const context: Context = Object.freeze({
        store: journaled,
        ...(journal === undefined ? {} : { journal }),
        keyring,
        signer,
        policy: policyFromDescription((await policyInForce({ store }))?.description),
        connectors: byName([...connectorsOf(config), own]),
        verifiers: [],
        now,
        random,
        newId,
        actor: ACTOR,
        progress,
        pause: (ms: number) => sleep(ms),
      });
      try {
        return await work(context);
      } finally {
        await journal?.close();
      }
    });
  });
}

/**
 * Every commit goes to the journal as well, where the configuration names one. An old copy is not
 * worked on before it was brought up to date: that is a command of its own.
 * @throws `store-behind`, `store-forked`, `journal-missing`, `journal-foreign`, `store-damaged`
 */
async function journaledBy(
  config: Config,
  store: Store,
  behind: "refused" | "replayed",
): Promise<{ readonly journal: Journal | undefined; readonly journaled: Store }> {
  if (config.journal === undefined) return { journal: undefined, journaled: store };
  const journal = await openJournalFile({ path: config.journal, storeId: store.identity.id });
  try {
    const alignment = await alignmentOf(store, journal);
    // A replay writes its own lines: what it restores is in the journal already.
    if (behind === "replayed") return { journal, journaled: store };
    if (alignment.state === "behind") throw new CustodyError("store-behind");
    await catchUp(store, journal, alignment);
    return { journal, journaled: journaling(store, journal, () => alignment.generation) };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

async function closing<C extends Closable, T>(
  opened: C,
  work: (opened: C) => Promise<T>,
): Promise<T> {
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/**
 * The places outside the store that a configuration names, by the name that is written on
 * certificates.
 */
export function connectorsOf({ connectors }: Config): readonly Connector[] {
  const { filesystem: folder } = connectors;
  return folder === undefined ? [] : [filesystem({ root: folder.root })];
}

function byName(connectors: readonly Connector[]): ReadonlyMap<string, Connector> {
  return new Map(connectors.map((connector) => [connector.name, connector]));
}

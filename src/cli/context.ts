/**
 * From a configuration to the context that flows are handed, and back: what was opened is closed,
 * whatever happens.
 */
import { filesystem } from "../adapters/filesystem.js";
import { openSignerFile } from "../adapters/signer-file.js";
import { vault } from "../adapters/vault.js";
import { policyFromDescription } from "../core/policy-description.js";
import type { Context, Progress } from "../flows/context.js";
import { policyInForce } from "../flows/policies.js";
import { idFactory } from "../lib/id.js";
import type { Connector } from "../ports/connector.js";
import { ACTOR } from "./actor.js";
import type { Config } from "./config.js";
import { openKeyringAt } from "./keyring-place.js";
import { openStoreAt } from "./store-place.js";
import type { Terminal } from "./terminal.js";

export interface Opening {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly progress: (progress: Progress) => void;
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
  { config, terminal, progress }: Opening,
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const { now, random } = terminal;
  return closing(await openStoreAt(config.store), async (store) => {
    const storeId = store.identity.id;
    return closing(await openKeyringAt(config, storeId, terminal), async (keyring) => {
      const signer = await openSignerFile({ path: config.signer, name: config.issuer });
      const newId = idFactory({ now, random });
      const newEventId = () => newId("event");
      const own = vault({ store, keyring, now, newEventId, actor: ACTOR });
      const context: Context = Object.freeze({
        store,
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
      });
      return work(context);
    });
  });
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

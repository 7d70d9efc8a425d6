/** A rule with a store of its own, and the rows it is tried with. */
import type { Store } from "../../ports/store.js";
import type { ContractRule } from "../contract.js";
import { StoreSamples } from "./samples.js";

export interface OpenedStore {
  readonly store: Store;
  readonly reopen?: () => Promise<Store>;
  readonly dispose: () => Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

export interface Trial extends OpenedStore {
  readonly samples: StoreSamples;
}

/** Makes rules that each open a store, look, and dispose of it whatever happened. */
export function rulesOver(
  open: OpenStore,
): (name: string, look: (trial: Trial) => Promise<void>) => ContractRule {
  return (name, look) => ({
    name,
    run: async () => {
      const opened = await open();
      try {
        await look({ ...opened, samples: new StoreSamples() });
      } finally {
        await opened.dispose();
      }
    },
  });
}

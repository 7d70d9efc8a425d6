/** What a kind of store brings to the house of a scenario. */
import type { Keyring } from "../ports/keyring.js";
import type { Store } from "../ports/store.js";

/** Puts an old copy of the store in its place, and opens it. */
export type Copy = () => Promise<Store>;

export interface Premises {
  readonly store: Store;
  readonly keyring: Keyring;
  /** Called while nothing is written. */
  readonly copy: (store: Store, n: number) => Promise<Copy>;
  /** Called when everything is closed. */
  readonly dispose: () => Promise<void>;
}

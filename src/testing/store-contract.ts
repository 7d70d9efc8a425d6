/** The examination that every adapter of the `Store` port passes, from its identity to its end. */
import type { ContractRule } from "./contract.js";
import { ledgerRules } from "./store-rules/ledger.js";
import { durabilityRules, lifeRules } from "./store-rules/life.js";
import { rowRules } from "./store-rules/rows.js";
import type { OpenStore } from "./store-rules/rule.js";
import { scanRules } from "./store-rules/scans.js";
import { writeRules } from "./store-rules/writes.js";

export interface StoreContractOptions {
  /**
   * The reason, in words, why the store does not outlive its process. Leaves the rule of reopening
   * out.
   */
  readonly volatile?: string;
}

/**
 * The rules for a store. `open` is called once for each rule and must give a new store in which
 * nothing was appended yet; `reopen` closes it and opens the same one again; `dispose` closes it
 * and removes what it left. A store without `reopen` fails the rule of reopening, unless the
 * options say why it is volatile.
 */
export function storeContract(
  open: OpenStore,
  options: StoreContractOptions = {},
): readonly ContractRule[] {
  return [
    ...writeRules(open),
    ...rowRules(open),
    ...scanRules(open),
    ...ledgerRules(open),
    ...lifeRules(open),
    ...(options.volatile === undefined ? durabilityRules(open) : []),
  ];
}

/** A published examination: named rules that any test runner can run, or none. */

/**
 * One promise of a port. `run` makes its own fixture, throws when the promise is not kept, and
 * cleans up either way.
 *
 * ```ts
 * for (const rule of storeContract(open)) test(rule.name, rule.run);
 * ```
 */
export interface ContractRule {
  /** A sentence that says what is promised. */
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Written to the ledger with every act of the program. */
export const ACTOR = "cli";

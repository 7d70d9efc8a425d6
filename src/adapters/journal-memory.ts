/** A journal that forgets everything when the process ends: for tests and for trying things out. */
import { CustodyError } from "../errors.js";
import type { Journal } from "../ports/journal.js";

/** @param options.storeId the store it belongs to */
export function createJournalMemory(options: { readonly storeId: string }): Journal {
  const { storeId } = Object.freeze({ ...options });
  if (typeof storeId !== "string" || storeId === "") {
    throw new CustodyError("option-invalid", { path: "journal.storeId", reason: "required" });
  }
  const kept: string[] = [];
  return Object.freeze({
    storeId,
    append: async (lines) => {
      kept.push(...lines);
    },
    lines: async function* () {
      yield* kept.slice();
    },
    last: async () => kept.at(-1),
    close: async () => {},
  } satisfies Journal);
}

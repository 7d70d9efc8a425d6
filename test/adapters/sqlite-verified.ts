/** Reads a whole store and finds it consistent, or says where it is not. */
import { expect } from "vitest";
import { keyOf, type LedgerEvent } from "../../src/core/event.js";
import { rowDigest, rowName } from "../../src/core/row.js";
import { text } from "../../src/lib/bytes.js";
import type { Store } from "../../src/ports/store.js";
import { collected } from "../../src/testing/expectation.js";

/**
 * Every row that an event of the ledger wrote last is there and fits its digest, every row there
 * was written by an event, sequences have no gap and ordinals neither. The names of all rows.
 */
export async function verified(store: Store): Promise<ReadonlySet<string>> {
  const entries = await collected(store.entries(0));
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index));
  const last = new Map<string, { readonly digest: string; readonly event: string }>();
  for (const { bytes } of entries) {
    const { id, rows } = JSON.parse(text(bytes)) as LedgerEvent;
    for (const [name, digest] of Object.entries(rows)) {
      if (digest === null) last.delete(name);
      else last.set(name, { digest, event: id });
    }
  }
  const all = await collected(store.everything());
  const found = new Map(
    all.map(({ row, event }) => [rowName(keyOf(row)), { digest: rowDigest(row), event }]),
  );
  expect(found).toEqual(last);
  const ordinals = all.flatMap(({ row }) => (row.table === "record" ? [row.ordinal] : []));
  expect(ordinals).toEqual(ordinals.map((_, index) => index + 1));
  return new Set(found.keys());
}

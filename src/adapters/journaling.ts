/**
 * A store that writes every commit to a journal as well, payloads left out. The commit comes first:
 * a line for something that never happened would be brought back. Where the line cannot be written
 * nothing more is, until the store is opened again and the journal has caught up.
 */
import { lineOf, lineText } from "../core/journal-line.js";
import { CustodyError } from "../errors.js";
import type { Journal } from "../ports/journal.js";
import type { Appended, Batch, Store } from "../ports/store.js";

/**
 * What is lost with its line is lost with the record as well: it need not be on the disk at once.
 */
const NOT_URGENT: readonly string[] = ["record-collected", "data-disclosed", "dataset-sealed"];

/** @param generation of the lines from here on */
export function journaling(store: Store, journal: Journal, generation: () => number): Store {
  let failed = false;
  let tail: Promise<void> = Promise.resolve();

  async function append(batch: Batch): Promise<Appended> {
    if (failed) throw new CustodyError("store-poisoned", { reason: "journal" });
    const appended = await store.append(batch);
    const at = { generation: generation(), seq: appended.seq, event: batch.event.id };
    const line = lineText(lineOf(at, batch.writes, appended.ordinals));
    const written = tail.then(() => {
      return journal.append([line], !NOT_URGENT.includes(batch.event.type));
    });
    tail = written.catch(() => {});
    try {
      await written;
    } catch (cause) {
      failed = true;
      throw new CustodyError("store-poisoned", { reason: "journal" }, { cause });
    }
    return appended;
  }

  return Object.freeze({
    identity: store.identity,
    append,
    get: (key) => store.get(key),
    scan: (query) => store.scan(query),
    entries: (from, to) => store.entries(from, to),
    size: () => store.size(),
    everything: () => store.everything(),
    scrub: () => store.scrub(),
    close: async () => {
      await store.close();
      await journal.close();
    },
  } satisfies Store);
}

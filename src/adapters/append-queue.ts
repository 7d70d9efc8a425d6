/**
 * Group commit: what is appended in one turn of the event loop, or while another group commits,
 * shares one commit. How a group is committed is the adapter's; who waits for what is here.
 */
import { CustodyError } from "../errors.js";
import type { Appended } from "../ports/store.js";
import type { ReadyBatch } from "./batch.js";

export const GROUP_BATCHES_MAX = 1_024;
/** A group ends with the batch that reaches this, so that the event loop gets its turn. */
export const GROUP_WRITES_MAX = 20_000;
/** Batches that wait for their turn; whoever comes then is refused and not kept in memory. */
export const QUEUE_BATCHES_MAX = 65_536;

/** What became of one batch of a group: one that is refused takes nothing of its neighbours. */
export type Outcome = { readonly appended: Appended } | { readonly refused: unknown };

/**
 * Commits a group and answers for each of its batches, in order. When it throws, the whole group is
 * refused with what it threw.
 */
export type CommitGroup = (group: readonly ReadyBatch[]) => Promise<readonly Outcome[]>;

interface Waiting {
  readonly batch: ReadyBatch;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (reason: unknown) => void;
}

export class AppendQueue {
  readonly #commitGroup: CommitGroup;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(commitGroup: CommitGroup) {
    this.#commitGroup = commitGroup;
  }

  /** Resolves after the commit that holds the batch. @throws what `Store.append` says */
  append(batch: ReadyBatch): Promise<Appended> {
    if (this.#queue.length >= QUEUE_BATCHES_MAX) {
      const details = { limit: "QUEUE_BATCHES_MAX", max: QUEUE_BATCHES_MAX };
      return Promise.reject(new CustodyError("limit-exceeded", details));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    do {
      await nextTurn();
      await this.#commit(this.#nextGroup());
    } while (this.#queue.length > 0);
    this.#running = undefined;
  }

  #nextGroup(): readonly Waiting[] {
    let writes = 0;
    let count = 0;
    for (const { batch } of this.#queue) {
      if (count === GROUP_BATCHES_MAX || (count > 0 && writes >= GROUP_WRITES_MAX)) break;
      writes += batch.writes.length;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#commitGroup(group.map(({ batch }) => batch));
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome !== undefined && "appended" in outcome) resolve(outcome.appended);
        else reject(outcome?.refused);
      }
    } catch (fault) {
      for (const { reject } of group) reject(fault);
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

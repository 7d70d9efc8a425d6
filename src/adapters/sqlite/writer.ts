/**
 * Group commit: what is appended in one turn of the event loop shares one transaction and one
 * fsync. Each batch has its own savepoint, so one that is refused takes nothing of its neighbours
 * with it; nobody is answered before the commit.
 */
import { CustodyError, isCustodyError } from "../../errors.js";
import type { Appended } from "../../ports/store.js";
import type { ReadyBatch } from "../batch.js";
import { applyBatch } from "./apply.js";
import type { Connection } from "./connection.js";
import { endsTransaction } from "./faults.js";

export const GROUP_BATCHES_MAX = 1_024;
/** A group ends with the batch that reaches this, so that the event loop gets its turn. */
export const GROUP_WRITES_MAX = 20_000;
/** Batches that wait for their turn; whoever comes then is refused and not kept in memory. */
export const QUEUE_BATCHES_MAX = 65_536;

interface Waiting {
  readonly batch: ReadyBatch;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (reason: unknown) => void;
}

type Outcome = { readonly appended: Appended } | { readonly refused: unknown };

export class Writer {
  readonly #connection: Connection;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
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
      const outcomes = await this.#connection.patiently(() => this.#transact(group));
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome !== undefined && "appended" in outcome) resolve(outcome.appended);
        else reject(outcome?.refused);
      }
    } catch (fault) {
      for (const { reject } of group) reject(fault);
    }
  }

  /**
   * From BEGIN to COMMIT without giving the event loop a turn: nothing of this process can come in
   * between.
   */
  #transact(group: readonly Waiting[]): readonly Outcome[] {
    const connection = this.#connection;
    connection.prepare("BEGIN IMMEDIATE").run();
    try {
      const outcomes = group.map(({ batch }) => this.#attempt(batch));
      connection.prepare("COMMIT").run();
      return outcomes;
    } catch (error) {
      // SQLite has rolled back by itself after some errors. An error of ROLLBACK would hide the
      // first one.
      if (connection.db.inTransaction) rollBackQuietly(connection);
      throw error;
    }
  }

  #attempt(batch: ReadyBatch): Outcome {
    const connection = this.#connection;
    connection.prepare("SAVEPOINT batch").run();
    try {
      const appended = applyBatch(connection, batch);
      connection.prepare("RELEASE batch").run();
      return { appended };
    } catch (error) {
      if (endsTransaction(error) || isCustodyError(error, "ledger-broken")) throw error;
      connection.prepare("ROLLBACK TO batch").run();
      connection.prepare("RELEASE batch").run();
      return { refused: connection.fault(error) };
    }
  }
}

function rollBackQuietly(connection: Connection): void {
  try {
    connection.prepare("ROLLBACK").run();
  } catch (error) {
    connection.fault(error);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

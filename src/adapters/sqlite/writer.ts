/**
 * A group of batches in one transaction and one fsync. Each batch has its own savepoint, so one
 * that is refused takes nothing of its neighbours with it; nobody is answered before the commit.
 */
import { isCustodyError } from "../../errors.js";
import type { Appended } from "../../ports/store.js";
import { AppendQueue, type Outcome } from "../append-queue.js";
import type { ReadyBatch } from "../batch.js";
import { applyBatch } from "./apply.js";
import type { Connection } from "./connection.js";
import { endsTransaction } from "./faults.js";

export class Writer {
  readonly #connection: Connection;
  readonly #queue = new AppendQueue((group) =>
    this.#connection.patiently(() => this.#transact(group)),
  );

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Resolves after the commit that holds the batch. @throws what `Store.append` says */
  append(batch: ReadyBatch): Promise<Appended> {
    return this.#queue.append(batch);
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /**
   * From BEGIN to COMMIT without giving the event loop a turn: nothing of this process can come in
   * between.
   */
  #transact(group: readonly ReadyBatch[]): readonly Outcome[] {
    const connection = this.#connection;
    connection.prepare("BEGIN IMMEDIATE").run();
    try {
      const outcomes = group.map((batch) => this.#attempt(batch));
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

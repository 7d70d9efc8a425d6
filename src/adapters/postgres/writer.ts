/**
 * Appends: many batches, one transaction. The head of the ledger is locked first and until the
 * commit, so one group at a time is decided, by whichever process holds the lock; when that process
 * or its connection dies the server rolls back, and the next finds the head as it was: no gap, no
 * double, nothing out of order. While a group commits the next one grows, which is why more writers
 * make larger groups and not longer queues of transactions (docs/scale.md).
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CustodyError, isCustodyError } from "../../errors.js";
import type { Appended } from "../../ports/store.js";
import { AppendQueue, type Outcome } from "../append-queue.js";
import type { ReadyBatch } from "../batch.js";
import { type PgClient, sendAll } from "./client.js";
import { faultOf, isOfContent, isRetryable, isUnanswered } from "./faults.js";
import { type GroupPlan, type Head, planGroup } from "./group-plan.js";
import { readState } from "./group-state.js";
import { Collision, writeGroup } from "./group-write.js";
import { fromText } from "./key-text.js";
import { type Sessions, useSession } from "./sessions.js";
import type { Statements } from "./statement.js";

/**
 * How often a group is begun again after a serialisation failure, a deadlock or a collision. Once
 * also when the connection was gone before the commit: it may have died long ago, lying idle.
 */
export const APPEND_RETRIES_MAX = 8;
const RETRY_PAUSE_MS = 5;
const RETRY_PAUSE_MS_MAX = 200;

const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED";
/**
 * `remote_apply` promises more than `on` and is left alone. What comes back is what the transaction
 * will do, not what was asked for.
 */
const SETTINGS = `SELECT set_config('synchronous_commit',
  CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END,
  true) AS durable, set_config('lock_timeout', $1, true) AS patience,
  current_setting('transaction_read_only') AS closed`;
const LOCK = "SELECT ledger, ordinal FROM {head} WHERE name = 'head' FOR UPDATE";

export interface WriterOptions {
  readonly sessions: Sessions;
  readonly statements: Statements;
  readonly busyTimeoutMs: number;
  readonly distributed: boolean;
}

export class Writer {
  readonly #options: WriterOptions;
  readonly #queue = new AppendQueue((group) => this.#commit(group));
  #poison: string | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  append(batch: ReadyBatch): Promise<Appended> {
    return this.#queue.append(batch);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** @throws `store-poisoned` once it could not be learnt how a commit ended */
  requireSound(): void {
    if (this.#poison === undefined) return;
    const { place } = this.#options.sessions;
    throw new CustodyError("store-poisoned", { place, reason: this.#poison });
  }

  /** A server that refuses something in the rows of a group is asked for each batch alone. */
  async #commit(group: readonly ReadyBatch[]): Promise<readonly Outcome[]> {
    this.requireSound();
    try {
      return await this.#patiently(group);
    } catch (fault) {
      const cause = fault instanceof CustodyError ? fault.cause : fault;
      if (group.length === 1 || !isOfContent(cause)) throw fault;
    }
    const outcomes: Outcome[] = [];
    for (const batch of group) {
      try {
        outcomes.push(...(await this.#patiently([batch])));
      } catch (refused) {
        outcomes.push({ refused });
      }
    }
    return outcomes;
  }

  async #patiently(group: readonly ReadyBatch[]): Promise<readonly Outcome[]> {
    const { sessions } = this.#options;
    const since = performance.now();
    let pauseMs = RETRY_PAUSE_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#attempt(group);
      } catch (error) {
        const again = error instanceof CustodyError ? error.cause : error;
        const dead = attempt === 0 && isCustodyError(error, "store-unreachable");
        const retryable = dead || again instanceof Collision || isRetryable(again);
        if (!retryable) throw this.#told(error, since);
        if (attempt === APPEND_RETRIES_MAX) {
          const waitedMs = Math.round(performance.now() - since);
          const details = { place: sessions.place, waitedMs };
          throw new CustodyError("store-busy", details, { cause: again });
        }
      }
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, RETRY_PAUSE_MS_MAX);
    }
  }

  /** The fault, with how long was waited where that is what it says. */
  #told(error: unknown, since: number): unknown {
    const fault = faultOf(error, this.#options.sessions.place);
    if (isCustodyError(fault, "store-poisoned")) this.#poison ??= fault.details.reason ?? "unknown";
    if (!isCustodyError(fault, "store-busy")) return fault;
    const waitedMs = Math.round(performance.now() - since);
    return new CustodyError("store-busy", { ...fault.details, waitedMs }, { cause: fault.cause });
  }

  async #attempt(group: readonly ReadyBatch[]): Promise<readonly Outcome[]> {
    const { sessions, statements, distributed } = this.#options;
    let committing: GroupPlan | undefined;
    try {
      return await useSession(sessions, async (client) => {
        const head = await this.#begin(client);
        const state = await readState(client, statements, group);
        const plan = planGroup(state, head, group);
        if (plan.entries.length === 0) {
          await client.query({ text: "ROLLBACK" });
          return plan.outcomes;
        }
        await writeGroup({ client, statements, distributed }, state, plan, head.ledger);
        committing = plan;
        const { command } = await client.query({ text: "COMMIT" });
        committing = undefined;
        if (command !== undefined && command !== "COMMIT") throw new Collision("commit");
        return plan.outcomes;
      });
    } catch (error) {
      const cause = error instanceof CustodyError ? (error.cause ?? error) : error;
      if (committing === undefined || !isUnanswered(cause)) throw error;
      return await this.#learn(committing, error);
    }
  }

  /**
   * @throws `state-conflict` on a server that only reads, `store-unfit` when a commit would not be
   * durable
   */
  async #begin(client: PgClient): Promise<Head> {
    const { sessions, statements, busyTimeoutMs } = this.#options;
    const { place } = sessions;
    const [, settings, locked] = await sendAll(client, [
      { text: BEGIN },
      statements.of(SETTINGS, [`${busyTimeoutMs}ms`]),
      statements.of(LOCK),
    ]);
    const { durable, closed } = settings?.rows[0] ?? {};
    if (closed !== "off") {
      const details = { id: place, state: "read-only", action: "append" };
      throw new CustodyError("state-conflict", details);
    }
    if (durable !== "on" && durable !== "remote_apply") {
      throw new CustodyError("store-unfit", { place, reason: "synchronous_commit is not on" });
    }
    const head = locked?.rows[0];
    if (head === undefined) throw new CustodyError("store-damaged", { place, reason: "no head" });
    return { ledger: Number(head.ledger), ordinal: Number(head.ordinal) };
  }

  /**
   * The connection broke between COMMIT and its answer. Whoever asks next with the head locked
   * knows: the server has ended the old transaction by then, and each event is in the ledger once.
   * @throws `store-poisoned` when the server does not come back in time
   */
  async #learn(plan: GroupPlan, cause: unknown): Promise<readonly Outcome[]> {
    const { sessions, statements, busyTimeoutMs } = this.#options;
    const until = performance.now() + busyTimeoutMs;
    do {
      try {
        const written = await useSession(sessions, async (client) => {
          const head = await this.#begin(client);
          await client.query({ text: "ROLLBACK" });
          if (head.ledger < plan.head.ledger) return false;
          const [first] = plan.entries;
          const sought = "SELECT id FROM {ledger} WHERE part = $1::bigint >> 16 AND seq = $1";
          const { rows } = await client.query(statements.of(sought, [first?.seq]));
          return fromText(rows[0]?.id) === first?.id;
        });
        if (written) return plan.outcomes;
        throw new Collision("the commit did not happen");
      } catch (error) {
        if (error instanceof Collision) throw error;
      }
      await sleep(RETRY_PAUSE_MS_MAX);
    } while (performance.now() < until);
    const reason = "the connection broke during a commit";
    const { place } = sessions;
    throw new CustodyError("store-poisoned", { place, reason }, { cause });
  }
}

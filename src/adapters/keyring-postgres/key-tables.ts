/** The keyring's tables, in the few words that the keyring needs of them. */

import { CustodyError } from "../../errors.js";
import type { KeyScope } from "../../ports/keyring.js";
import { WHOLE_BASIS } from "../keyring/key-scope.js";
import { type Columns, type PgClient, sendAll } from "../postgres/client.js";
import { blob } from "../postgres/column-batch.js";
import { ask, type Sessions, useSession } from "../postgres/sessions.js";
import type { Statements } from "../postgres/statement.js";
import { SQL } from "./tables.js";

export interface KeyringState {
  readonly store: string;
  readonly keyId: string;
  readonly epoch: number;
  readonly generation: number;
}

/** What one statement, so one moment, saw of a scope. */
export interface KeyRow {
  readonly generation: number;
  readonly epoch: number;
  readonly wrapped: Uint8Array | undefined;
  readonly destroyed: boolean;
}

export interface WrappedKey extends KeyScope {
  readonly wrapped: Uint8Array;
}

export interface ClosingEpoch {
  readonly epoch: number;
  readonly version: number;
  /** Until when the key service keeps the version; "" when it was not asked yet. */
  readonly goneAt: string;
}

/** The key of an epoch as the key service wrapped it. */
export interface OpenEpoch {
  readonly version: number;
  readonly wrapped: Uint8Array;
}

/** Both the tables and the locked tables answer it, each over its own connection. */
export interface EpochReading {
  /** Undefined once the epoch is closed. */
  readonly openEpoch: (epoch: number) => Promise<OpenEpoch | undefined>;
}

export class KeyTables {
  readonly sessions: Sessions;
  readonly #statements: Statements;
  readonly #busyTimeoutMs: number;

  constructor(sessions: Sessions, statements: Statements, busyTimeoutMs: number) {
    this.sessions = sessions;
    this.#statements = statements;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** @throws `keyring-missing` */
  async state(): Promise<KeyringState> {
    const [row] = await ask(this.sessions, this.#statements.of(SQL.state));
    if (row === undefined) throw this.#missing();
    return {
      store: String(row.store),
      keyId: String(row.key_id),
      epoch: Number(row.epoch),
      generation: Number(row.generation),
    };
  }

  async look(scopes: readonly KeyScope[]): Promise<readonly KeyRow[]> {
    const values = [scopes.map(({ basis }) => basis), scopes.map(({ category }) => category)];
    const rows = await ask(this.sessions, this.#statements.of(SQL.look, values));
    if (rows.length !== scopes.length) throw this.#missing();
    return rows.map((row) => ({
      generation: Number(row.generation),
      epoch: Number(row.epoch),
      wrapped: row.wrapped === null ? undefined : (row.wrapped as Uint8Array),
      destroyed: row.destroyed === true,
    }));
  }

  /** Null for a key that lives, else the epoch in which it was destroyed. */
  async marks(
    basis: string,
  ): Promise<readonly { readonly category: string; readonly epoch: number | null }[]> {
    const rows = await ask(this.sessions, this.#statements.of(SQL.marks, [basis]));
    return rows.map(({ category, epoch }) => ({
      category: String(category),
      epoch: epoch === null ? null : Number(epoch),
    }));
  }

  openEpoch(epoch: number): Promise<OpenEpoch | undefined> {
    return readOpenEpoch((sql, values) => this.#ask(sql, values), epoch);
  }

  closing(): Promise<readonly ClosingEpoch[]> {
    return readClosing((sql, values) => this.#ask(sql, values));
  }

  /**
   * Durable when it resolves. Keys of scopes that have one, or were destroyed, are not kept; none
   * is when the epoch is not `epoch` any more. It and a destruction wait for each other.
   */
  async insert(keys: readonly WrappedKey[], epoch: number): Promise<void> {
    const statements = this.#statements;
    await useSession(this.sessions, async (client) => {
      await sendAll(client, [
        ...this.#beginning(),
        statements.of(SQL.share),
        statements.of(SQL.insert, [...columnsOf(keys), epoch]),
        { text: "COMMIT" },
      ]);
    });
  }

  /** Removes and buries; the new generation. An earlier tombstone keeps its epoch. */
  destroy(basis: string, category: string | undefined): Promise<number> {
    const named = category ?? WHOLE_BASIS;
    return this.locked(async (tables, epoch) => {
      const gone = await tables.rows(SQL.remove, [basis, named]);
      const buried = [named, ...gone.map((row) => String(row.category))];
      await tables.rows(SQL.bury, [basis, [...new Set(buried)], epoch]);
      return tables.advance(epoch);
    });
  }

  /** All of `work` or nothing, and no other writer meanwhile. */
  locked<T>(work: (tables: LockedTables, epoch: number) => Promise<T>): Promise<T> {
    return useSession(this.sessions, async (client) => {
      await sendAll(client, this.#beginning());
      const tables = new LockedTables(client, this.#statements);
      const [row] = await tables.rows(SQL.lock, []);
      if (row === undefined) throw this.#missing();
      const done = await work(tables, Number(row.epoch));
      const { command } = await client.query({ text: "COMMIT" });
      if (command === undefined || command === "COMMIT") return done;
      throw new CustodyError("store-busy", { place: this.sessions.place, waitedMs: 0 });
    });
  }

  #ask(sql: string, values: readonly unknown[]): Promise<readonly Columns[]> {
    return ask(this.sessions, this.#statements.of(sql, values));
  }

  #beginning() {
    return [
      { text: "BEGIN ISOLATION LEVEL READ COMMITTED" },
      { text: "SET LOCAL synchronous_commit = on" },
      { text: `SET LOCAL lock_timeout = ${Math.max(1, this.#busyTimeoutMs)}` },
    ];
  }

  #missing(): CustodyError {
    return new CustodyError("keyring-missing", { place: this.sessions.place });
  }
}

/** The tables while the row about the whole is locked. */
export class LockedTables {
  readonly #client: PgClient;
  readonly #statements: Statements;

  constructor(client: PgClient, statements: Statements) {
    this.#client = client;
    this.#statements = statements;
  }

  async rows(sql: string, values: readonly unknown[]): Promise<readonly Columns[]> {
    return (await this.#client.query(this.#statements.once(sql, values))).rows;
  }

  openEpoch(epoch: number): Promise<OpenEpoch | undefined> {
    return readOpenEpoch((sql, values) => this.rows(sql, values), epoch);
  }

  closing(): Promise<readonly ClosingEpoch[]> {
    return readClosing((sql, values) => this.rows(sql, values));
  }

  /** In this epoch or into another; the new generation. */
  async advance(epoch: number): Promise<number> {
    const [row] = await this.rows(SQL.advance, [epoch]);
    return Number(row?.generation);
  }

  /** The keys that follow `after` in order, for going through all of them in steps. */
  async page(after: KeyScope, count: number): Promise<readonly WrappedKey[]> {
    const rows = await this.rows(SQL.page, [after.basis, after.category, count]);
    return rows.map(({ basis, category, wrapped }) => ({
      basis: String(basis),
      category: String(category),
      wrapped: wrapped as Uint8Array,
    }));
  }

  async rewrap(keys: readonly WrappedKey[]): Promise<void> {
    if (keys.length > 0) await this.rows(SQL.rewrap, columnsOf(keys));
  }
}

type Reader = (sql: string, values: readonly unknown[]) => Promise<readonly Columns[]>;

async function readOpenEpoch(read: Reader, epoch: number): Promise<OpenEpoch | undefined> {
  const [row] = await read(SQL.openEpoch, [epoch]);
  return row && { version: Number(row.version), wrapped: row.wrapped as Uint8Array };
}

async function readClosing(read: Reader): Promise<readonly ClosingEpoch[]> {
  return (await read(SQL.closing, [])).map(({ epoch, version, gone_at }) => ({
    epoch: Number(epoch),
    version: Number(version),
    goneAt: String(gone_at),
  }));
}

function columnsOf(keys: readonly WrappedKey[]): readonly unknown[] {
  return [
    keys.map(({ basis }) => basis),
    keys.map(({ category }) => category),
    keys.map(({ wrapped }) => blob(wrapped)),
  ];
}

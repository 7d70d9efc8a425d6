/**
 * What the store needs of `pg`: a client that answers queries, or a pool that lends such clients.
 * Structural, so that a pool of another maker, a wrapped client or a newer `pg` fits as well.
 */

export interface PgResult {
  readonly rows: readonly Columns[];
  readonly rowCount: number | null;
  /** The command tag's first word, such as `COMMIT` or `ROLLBACK`. */
  readonly command?: string;
}

/** A row of a result, by column name. */
export type Columns = Readonly<Record<string, unknown>>;

export interface PgQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** A name makes it a prepared statement, once per connection. */
  readonly name?: string;
}

export interface PgClient {
  query(query: PgQuery): Promise<PgResult>;
  on?(event: "error" | "notice", listener: (notice: PgNotice) => void): unknown;
  off?(event: "error" | "notice", listener: (notice: PgNotice) => void): unknown;
  /** Whether several queries may be on their way at once (`pipeline: true` in `pg`). */
  readonly pipeline?: boolean;
}

/** What a server says besides its answers; an `Error` when the connection broke. */
export interface PgNotice {
  readonly message?: string | undefined;
  readonly detail?: string | undefined;
}

export interface PgPoolClient extends PgClient {
  release(destroy?: boolean): void;
}

export interface PgPool {
  connect(): Promise<PgPoolClient>;
  on?(event: "error", listener: (error: Error) => void): unknown;
  off?(event: "error", listener: (error: Error) => void): unknown;
  /** `max`: how many clients the pool lends at once. */
  readonly options?: { readonly max?: number | undefined };
}

/**
 * Sends the queries in order and gives their results. On a client that takes several at once they
 * share a round trip; elsewhere each waits for the one before it.
 */
export async function sendAll(
  client: PgClient,
  queries: readonly PgQuery[],
): Promise<readonly PgResult[]> {
  if (client.pipeline === true) {
    // All are awaited, so that none of them is still on its way when the first error is told.
    const settled = await Promise.allSettled(queries.map((query) => client.query(query)));
    return settled.map((each) => {
      if (each.status === "rejected") throw each.reason;
      return each.value;
    });
  }
  const results: PgResult[] = [];
  for (const query of queries) results.push(await client.query(query));
  return results;
}

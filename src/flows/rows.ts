/**
 * Rows in and out of flows: documents with their bodies typed, one commit per act, conflicts
 * retried within bounds.
 */
import type { Event, EventType, Write } from "../core/event.js";
import type { DocumentKind, DocumentRow } from "../core/row.js";
import { CustodyError, isCustodyError } from "../errors.js";
import type { Json } from "../lib/canonical.js";
import { kindOfId } from "../lib/id.js";
import { instantText, isInstant } from "../lib/instant.js";
import type { Appended, Expectation } from "../ports/store.js";
import type { Context } from "./context.js";

export const CONFLICT_ATTEMPTS_MAX = 256;

export interface Loaded<B> {
  readonly row: DocumentRow;
  readonly body: B;
}

/** The injected clock as an ISO instant. @throws `clock-invalid` */
export function nowText(ctx: Context): string {
  const ms = ctx.now();
  if (!isInstant(ms)) throw new CustodyError("clock-invalid", { path: "now" });
  return instantText(ms);
}

export async function load<B>(
  ctx: Context,
  kind: DocumentKind,
  id: string,
): Promise<Loaded<B> | undefined> {
  const row = await ctx.store.get({ table: "document", kind, id });
  return row === undefined ? undefined : { row, body: row.body as unknown as B };
}

/**
 * @throws `not-found`; `id-invalid` when what was looked for is no id at all, and then it is not
 * repeated: a caller who mixes its arguments up may have given a person's data
 */
export async function need<B>(ctx: Context, kind: DocumentKind, id: string): Promise<Loaded<B>> {
  const found = await load<B>(ctx, kind, id);
  if (found === undefined) throw absent(kind, id);
  return found;
}

/** The error for a document that is not there; see `need`. */
export function absent(kind: DocumentKind, id: string): CustodyError {
  return typeof id === "string" && kindOfId(id) !== undefined
    ? new CustodyError("not-found", { kind, id })
    : new CustodyError("id-invalid", { path: kind, expected: kind });
}

export async function list<B>(
  ctx: Context,
  kind: DocumentKind,
  where: { readonly owner?: string; readonly dueBy?: string } = {},
): Promise<readonly Loaded<B>[]> {
  const found: Loaded<B>[] = [];
  for await (const row of ctx.store.scan({ table: "document", kind, ...where })) {
    found.push({ row, body: row.body as unknown as B });
  }
  return found;
}

/** A new document. Its body must be JSON; what is personal in it must be sealed already. */
export function created<B extends object>(
  kind: DocumentKind,
  id: string,
  body: B,
  where: { readonly owner?: string; readonly due?: string } = {},
): Write {
  return { put: documentRow(kind, id, 1, body, where.owner ?? "", where.due ?? "") };
}

/** The next version of a document as it was loaded. */
export function changed<B extends object>(from: Loaded<B>, body: B, due?: string): Write {
  const { kind, id, version, owner } = from.row;
  return { put: documentRow(kind, id, version + 1, body, owner, due ?? from.row.due) };
}

function documentRow(
  kind: DocumentKind,
  id: string,
  version: number,
  body: object,
  owner: string,
  due: string,
): DocumentRow {
  return { table: "document", kind, id, version, owner, due, body: body as DocumentRow["body"] };
}

/** One event with all that it describes, in one commit. */
export async function commit(
  ctx: Context,
  type: EventType,
  about: { readonly [key: string]: Json | undefined },
  writes: readonly Write[],
  expect: readonly Expectation[] = [],
): Promise<Appended> {
  const event: Event = { id: ctx.newId("event"), type, at: nowText(ctx), actor: ctx.actor, about };
  return ctx.store.append({ event, writes, expect });
}

/**
 * Decides again on what is there now when somebody else was first. In each round at least one of
 * those who collide gets through, so the bound is also how many may collide on one row; beyond it
 * the act gives up with `conflict` and the number of its attempts.
 */
export async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isCustodyError(error, "conflict")) throw error;
      if (attempts < CONFLICT_ATTEMPTS_MAX) continue;
      throw new CustodyError("conflict", { ...error.details, attempts }, { cause: error });
    }
  }
}

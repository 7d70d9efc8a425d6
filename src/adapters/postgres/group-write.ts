/**
 * Writes a decided group: a handful of statements, each for all rows of its kind. Every statement
 * repeats what was decided as a condition (the version that was read, a key that was free) and says
 * how many rows it touched; another number than planned undoes the whole group.
 */
import { hex, sha256Hex } from "../../lib/bytes.js";
import { type PgClient, type PgQuery, sendAll } from "./client.js";
import { blob, ColumnBatch } from "./column-batch.js";
import type { DocumentState, GroupPlan, RecordState } from "./group-plan.js";
import { type GroupState, keyParts, type StoredDocument } from "./group-state.js";
import { bucketOf, isRouted, LEDGER_PART, RECORD_ROUTE } from "./home.js";
import { toText } from "./key-text.js";
import type { Statements } from "./statement.js";

const HEAD = "UPDATE {head} SET ledger = $1, ordinal = $2 WHERE name = 'head' AND ledger = $3";
export const LEDGER = `INSERT INTO {ledger} (part, seq, id, bytes)
  SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::bytea[])
  RETURNING seq, sha256(bytes) AS digest`;
export const EVENT = `INSERT INTO {event} (bucket, id, seq)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])`;
export const ROUTE = `INSERT INTO {route} (bucket, kind, id, home, ordinal)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])`;
const UNROUTE = `DELETE FROM {route} r USING unnest($1::text[], $2::text[], $3::text[])
  AS k (bucket, kind, id) WHERE r.bucket = k.bucket AND r.kind = k.kind AND r.id = k.id
  AND r.bucket = ANY($1::text[]) AND r.kind = ANY($2::text[]) AND r.id = ANY($3::text[])`;
export const DOCUMENT = `INSERT INTO {document} (home, kind, id, version, owner, due, body, event)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
  $7::text[], $8::bigint[])`;
const REDOCUMENT = `UPDATE {document} d SET version = k.version, owner = k.owner, due = k.due,
  body = k.body, event = k.event FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[],
  $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[])
  AS k (home, kind, id, version, owner, due, body, event, before)
  WHERE d.home = k.home AND d.kind = k.kind AND d.id = k.id AND d.version = k.before
  AND d.home = ANY($1::text[])`;
const UNDOCUMENT = `DELETE FROM {document} d USING unnest($1::text[], $2::text[], $3::text[],
  $4::bigint[]) AS k (home, kind, id, before) WHERE d.home = k.home AND d.kind = k.kind
  AND d.id = k.id AND d.version = k.before AND d.home = ANY($1::text[])`;
const TOUCH = `UPDATE {document} d SET version = d.version FROM unnest($1::text[], $2::text[],
  $3::text[], $4::bigint[]) AS k (home, kind, id, before) WHERE d.home = k.home
  AND d.kind = k.kind AND d.id = k.id AND d.version = k.before AND d.home = ANY($1::text[])`;
export const RECORD = `INSERT INTO {record} (subject_id, ordinal, id, collection, purpose, basis,
  source, taken, collected, due, erased_at, event) SELECT * FROM unnest($1::text[], $2::bigint[],
  $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
  $11::text[], $12::bigint[])`;
const RERECORD = `UPDATE {record} r SET due = k.due, erased_at = k.erased_at, event = k.event
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
  AS k (subject_id, ordinal, due, erased_at, event) WHERE r.subject_id = k.subject_id
  AND r.ordinal = k.ordinal AND r.subject_id = ANY($1::text[])`;
export const PAYLOAD = `INSERT INTO {payload} (subject_id, ordinal, category, sealed, salt, event)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::bytea[],
  $6::bigint[])`;
const UNPAYLOAD = `DELETE FROM {payload} p USING unnest($1::text[], $2::bigint[], $3::text[])
  AS k (subject_id, ordinal, category) WHERE p.subject_id = k.subject_id
  AND p.ordinal = k.ordinal AND p.category = k.category AND p.subject_id = ANY($1::text[])`;
export const EDGE = `INSERT INTO {edge} (child, parent, relation, event)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
  ON CONFLICT (child, parent, relation) DO UPDATE SET event = excluded.event`;
const UNEDGE = `DELETE FROM {edge} e USING unnest($1::text[], $2::text[], $3::text[])
  AS k (child, parent, relation)
  WHERE e.child = k.child AND e.parent = k.parent AND e.relation = k.relation`;
export const MEMBER = `INSERT INTO {member} (chunk, set_id, bitmap, event)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bigint[])
  ON CONFLICT (chunk, set_id) DO UPDATE SET bitmap = excluded.bitmap, event = excluded.event`;
const UNMEMBER = `DELETE FROM {member} m USING unnest($1::bigint[], $2::text[])
  AS k (chunk, set_id) WHERE m.chunk = k.chunk AND m.set_id = k.set_id
  AND m.chunk = ANY($1::bigint[])`;

/** What was decided is not what is stored: the group is undone and begins anew. */
export class Collision extends Error {
  override readonly name = "Collision";
}

/** A statement with its rows; `mayMiss` where a row may be missing already. */
interface Change {
  readonly sql: string;
  readonly rows: ColumnBatch;
  readonly mayMiss?: true;
}

export interface GroupWriting {
  readonly client: PgClient;
  readonly statements: Statements;
  /**
   * Whether the tables are spread over servers that commit one after the other. Then a document
   * that was only expected is locked as well: what was read of it could be a commit old.
   */
  readonly distributed: boolean;
}

/**
 * Sends everything in one round trip where the client can.
 * @throws `Collision`, and what the server says
 */
export async function writeGroup(
  { client, statements, distributed }: GroupWriting,
  state: GroupState,
  plan: GroupPlan,
  before: number,
): Promise<void> {
  const changes = [
    ...ledgerChanges(plan),
    ...recordChanges(state, plan),
    ...payloadChanges(state, plan),
    ...documentChanges(state, plan),
    ...(distributed ? [touched(state, plan)] : []),
    ...setChanges(plan),
  ].filter(({ rows }) => rows.length > 0);
  const { ledger, ordinal } = plan.head;
  const queries: PgQuery[] = [
    statements.of(HEAD, [ledger, ordinal, before]),
    ...changes.map(({ sql, rows }) => statements.of(sql, rows.values)),
  ];
  const [head, ...results] = await sendAll(client, queries);
  if (head?.rowCount !== 1) throw new Collision("head");
  for (const [index, { sql, rows, mayMiss }] of changes.entries()) {
    if (mayMiss !== true && results[index]?.rowCount !== rows.length) {
      throw new Collision(sql.slice(0, sql.indexOf("}")));
    }
  }
  requireEntries(plan, results[0]?.rows ?? []);
}

/** Asserted in pairs: the server's own digest of what it took is that of what was sent. */
function requireEntries(
  { entries }: GroupPlan,
  rows: readonly Readonly<Record<string, unknown>>[],
): void {
  const kept = new Map(rows.map(({ seq, digest }) => [Number(seq), hex(digest as Uint8Array)]));
  for (const { seq, bytes } of entries) {
    if (kept.get(seq) !== sha256Hex(bytes)) throw new Collision("ledger");
  }
}

function ledgerChanges({ entries }: GroupPlan): readonly Change[] {
  const ledger = new ColumnBatch(4);
  const event = new ColumnBatch(3);
  for (const { seq, id, bytes } of entries) {
    ledger.add(Math.floor(seq / LEDGER_PART), seq, toText(id), blob(bytes));
    event.add(toText(bucketOf(id)), toText(id), seq);
  }
  return [
    { sql: LEDGER, rows: ledger },
    { sql: EVENT, rows: event },
  ];
}

function recordChanges(state: GroupState, { records }: GroupPlan): readonly Change[] {
  const made = new ColumnBatch(12);
  const routes = new ColumnBatch(5);
  const changed = new ColumnBatch(5);
  for (const [id, record] of records.changes()) {
    if (record?.put === undefined) continue;
    const { row, seq } = record.put;
    const subject = toText(record.subject);
    const { ordinal } = record;
    if (state.records.has(id)) {
      changed.add(subject, ordinal, toText(row.due), toText(row.erasedAt), seq);
      continue;
    }
    const facts = record.facts.map(toText);
    made.add(subject, ordinal, toText(id), ...facts, toText(row.due), toText(row.erasedAt), seq);
    routes.add(toText(bucketOf(id)), RECORD_ROUTE, toText(id), subject, ordinal);
  }
  return [
    { sql: ROUTE, rows: routes },
    { sql: RECORD, rows: made },
    { sql: RERECORD, rows: changed },
  ];
}

/** Deletions first: a payload may be erased and put again by two batches of one group. */
function payloadChanges(state: GroupState, { payloads, records }: GroupPlan): readonly Change[] {
  const gone = new ColumnBatch(3);
  const made = new ColumnBatch(6);
  for (const [key, payload] of payloads.changes()) {
    const [id, category] = JSON.parse(key) as [string, string];
    const record: RecordState | undefined = records.get(id);
    if (record === undefined) continue;
    const place = [toText(record.subject), record.ordinal, toText(category)];
    if (state.payloads.has(key)) gone.add(...place);
    if (payload?.put === undefined) continue;
    const { blob: sealed, salt, seq } = payload.put;
    made.add(...place, blob(sealed), blob(salt), seq);
  }
  return [
    { sql: UNPAYLOAD, rows: gone },
    { sql: PAYLOAD, rows: made },
  ];
}

function documentChanges(state: GroupState, { documents }: GroupPlan): readonly Change[] {
  const gone = new ColumnBatch(4);
  const unrouted = new ColumnBatch(3);
  const routes = new ColumnBatch(5);
  const made = new ColumnBatch(8);
  const changed = new ColumnBatch(9);
  for (const [key, document] of documents.changes()) {
    const { kind, id } = keyParts(key);
    const stored = state.documents.get(key);
    const stays = stored !== undefined && document !== undefined && stored.home === document.home;
    const route = [toText(bucketOf(id)), kind, toText(id)];
    if (stored !== undefined && !stays) {
      gone.add(toText(stored.home), kind, toText(id), stored.version);
      if (isRouted(kind)) unrouted.add(...route);
    }
    if (document?.put === undefined) continue;
    const columns = documentColumns(document, document.put);
    if (stays) changed.add(...columns, stored.version);
    else {
      made.add(...columns);
      if (isRouted(kind)) routes.add(...route, toText(document.home), 0);
    }
  }
  return [
    { sql: UNDOCUMENT, rows: gone },
    { sql: UNROUTE, rows: unrouted },
    { sql: ROUTE, rows: routes },
    { sql: DOCUMENT, rows: made },
    { sql: REDOCUMENT, rows: changed },
  ];
}

function documentColumns(
  { home }: DocumentState,
  { row, body, seq }: NonNullable<DocumentState["put"]>,
): readonly unknown[] {
  const { kind, id, version, owner, due } = row;
  return [toText(home), kind, toText(id), version, toText(owner), toText(due), body, seq];
}

function touched(state: GroupState, { expected, documents }: GroupPlan): Change {
  const rows = new ColumnBatch(4);
  const written = new Set([...documents.changes()].map(([key]) => key));
  for (const key of expected) {
    const stored: StoredDocument | undefined = state.documents.get(key);
    if (stored === undefined || written.has(key)) continue;
    const { kind, id } = keyParts(key);
    rows.add(toText(stored.home), kind, toText(id), stored.version);
  }
  return { sql: TOUCH, rows };
}

function setChanges({ edges, members, keys }: GroupPlan): readonly Change[] {
  const edge = new ColumnBatch(4);
  const noEdge = new ColumnBatch(3);
  const member = new ColumnBatch(4);
  const noMember = new ColumnBatch(2);
  for (const [name, present] of [...edges.changes(), ...members.changes()]) {
    const key = keys.get(name);
    const put = present?.put;
    if (key?.table === "edge") {
      const place = [toText(key.child), toText(key.parent), toText(key.relation)];
      if (put === undefined) noEdge.add(...place);
      else edge.add(...place, put.seq);
    }
    if (key?.table === "member") {
      if (put === undefined) noMember.add(key.chunk, toText(key.set));
      else member.add(key.chunk, toText(key.set), blob(put.blob), put.seq);
    }
  }
  return [
    { sql: UNEDGE, rows: noEdge, mayMiss: true },
    { sql: EDGE, rows: edge },
    { sql: UNMEMBER, rows: noMember, mayMiss: true },
    { sql: MEMBER, rows: member },
  ];
}

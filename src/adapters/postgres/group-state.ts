/**
 * What a group of batches has to know of the store, read in a few statements while the head is
 * locked: nobody else can change it until the group is committed or gone.
 */
import type { DocumentKind } from "../../core/row.js";
import type { ReadyBatch } from "../batch.js";
import { type Columns, type PgClient, type PgResult, sendAll } from "./client.js";
import { bucketOf, homeOf, isRouted, RECORD_ROUTE } from "./home.js";
import { fromText, toText } from "./key-text.js";
import type { Statements } from "./statement.js";

/**
 * The lists of `WHERE` tell a cluster which shards are asked, and the index what is looked for: by
 * the bucket alone a planner whose statistics are old reads a quarter of an hour's ids through, all
 * of them.
 */
const ROUTES = `SELECT r.kind, r.id, r.home, r.ordinal
  FROM unnest($1::text[], $2::text[], $3::text[]) AS k (bucket, kind, id)
  JOIN {route} r ON r.bucket = k.bucket AND r.kind = k.kind AND r.id = k.id
  WHERE r.bucket = ANY($1::text[]) AND r.kind = ANY($2::text[]) AND r.id = ANY($3::text[])`;
const EVENTS = `SELECT e.id, e.seq FROM unnest($1::text[], $2::text[]) AS k (bucket, id)
  JOIN {event} e ON e.bucket = k.bucket AND e.id = k.id
  WHERE e.bucket = ANY($1::text[]) AND e.id = ANY($2::text[])`;
const DOCUMENTS = `SELECT d.home, d.kind, d.id, d.version
  FROM unnest($1::text[], $2::text[], $3::text[]) AS k (home, kind, id)
  JOIN {document} d ON d.home = k.home AND d.kind = k.kind AND d.id = k.id
  WHERE d.home = ANY($1::text[])`;
const RECORDS = `SELECT r.subject_id, r.ordinal, r.id, r.collection, r.purpose, r.basis, r.source,
  r.taken, r.collected, r.erased_at FROM unnest($1::text[], $2::bigint[]) AS k (subject_id, ordinal)
  JOIN {record} r ON r.subject_id = k.subject_id AND r.ordinal = k.ordinal
  WHERE r.subject_id = ANY($1::text[])`;
const PAYLOADS = `SELECT p.ordinal, p.category
  FROM unnest($1::text[], $2::bigint[], $3::text[]) AS k (subject_id, ordinal, category)
  JOIN {payload} p
    ON p.subject_id = k.subject_id AND p.ordinal = k.ordinal AND p.category = k.category
  WHERE p.subject_id = ANY($1::text[])`;

export interface StoredDocument {
  readonly home: string;
  readonly version: number;
}

export interface StoredRecord {
  readonly ordinal: number;
  readonly subject: string;
  /** What never changes, besides. */
  readonly facts: readonly string[];
  readonly erasedAt: string;
}

export interface GroupState {
  /** Sequences of events that are in the ledger already, by id. */
  readonly events: ReadonlyMap<string, number>;
  readonly documents: ReadonlyMap<string, StoredDocument>;
  readonly records: ReadonlyMap<string, StoredRecord>;
  readonly payloads: ReadonlySet<string>;
}

export function documentKey(kind: DocumentKind, id: string): string {
  return `${kind}/${id}`;
}

/** The kind and id that a document's key was made of: no kind holds a slash. */
export function keyParts(key: string): { readonly kind: DocumentKind; readonly id: string } {
  const end = key.indexOf("/");
  return { kind: key.slice(0, end) as DocumentKind, id: key.slice(end + 1) };
}

export function payloadKey(record: string, category: string): string {
  return JSON.stringify([record, category]);
}

interface Wanted {
  readonly events: Set<string>;
  readonly documents: Map<string, { readonly kind: DocumentKind; readonly id: string }>;
  readonly records: Set<string>;
  readonly payloads: Map<string, { readonly record: string; readonly category: string }>;
}

/** Two round trips at most: where the rows lie, then what they are. */
export async function readState(
  client: PgClient,
  statements: Statements,
  group: readonly ReadyBatch[],
): Promise<GroupState> {
  const wanted = wantedBy(group);
  const routed = [...wanted.documents.values()].filter(({ kind }) => isRouted(kind));
  const routes = [
    ...routed.map(({ kind, id }) => ({ kind: kind as string, id })),
    ...[...wanted.records].map((id) => ({ kind: RECORD_ROUTE, id })),
  ];
  const events = [...wanted.events];
  const [eventRows, routeRows] = await readAll(client, [
    events.length > 0 &&
      statements.of(EVENTS, [events.map((id) => toText(bucketOf(id))), events.map(toText)]),
    routes.length > 0 &&
      statements.of(ROUTES, [
        routes.map(({ id }) => toText(bucketOf(id))),
        routes.map(({ kind }) => kind),
        routes.map(({ id }) => toText(id)),
      ]),
  ]);
  const places = new Map(
    (routeRows ?? []).map(({ kind, id, home, ordinal }) => [
      `${String(kind)}/${fromText(id)}`,
      { home: fromText(home), ordinal: Number(ordinal) },
    ]),
  );
  return {
    events: new Map((eventRows ?? []).map(({ id, seq }) => [fromText(id), Number(seq)])),
    ...(await readRows(client, statements, wanted, places)),
  };
}

type Places = ReadonlyMap<string, { readonly home: string; readonly ordinal: number }>;

async function readRows(
  client: PgClient,
  statements: Statements,
  wanted: Wanted,
  places: Places,
): Promise<Omit<GroupState, "events">> {
  const documents = [...wanted.documents.values()].flatMap(({ kind, id }) => {
    const home = isRouted(kind) ? places.get(`${kind}/${id}`)?.home : homeOf(kind, id, "");
    return home === undefined ? [] : [[home, kind, id] as const];
  });
  const records = [...wanted.records].flatMap((id) => places.get(`${RECORD_ROUTE}/${id}`) ?? []);
  const payloads = [...wanted.payloads.values()].flatMap(({ record, category }) => {
    const place = places.get(`${RECORD_ROUTE}/${record}`);
    return place === undefined ? [] : [{ ...place, category }];
  });
  const [documentRows, recordRows, payloadRows] = await readAll(client, [
    documents.length > 0 &&
      statements.of(DOCUMENTS, [
        documents.map(([home]) => toText(home)),
        documents.map(([, kind]) => kind),
        documents.map(([, , id]) => toText(id)),
      ]),
    records.length > 0 &&
      statements.of(RECORDS, [
        records.map(({ home }) => toText(home)),
        records.map(({ ordinal }) => ordinal),
      ]),
    payloads.length > 0 &&
      statements.of(PAYLOADS, [
        payloads.map(({ home }) => toText(home)),
        payloads.map(({ ordinal }) => ordinal),
        payloads.map(({ category }) => toText(category)),
      ]),
  ]);
  const ids = new Map(
    (recordRows ?? []).map(({ ordinal, id }) => [Number(ordinal), fromText(id)] as const),
  );
  return {
    documents: new Map((documentRows ?? []).map(documentOf)),
    records: new Map((recordRows ?? []).map(recordOf)),
    payloads: new Set(
      (payloadRows ?? []).map(({ ordinal, category }) =>
        payloadKey(ids.get(Number(ordinal)) ?? "", fromText(category)),
      ),
    ),
  };
}

function documentOf({ home, kind, id, version }: Columns): readonly [string, StoredDocument] {
  const key = documentKey(kind as DocumentKind, fromText(id));
  return [key, { home: fromText(home), version: Number(version) }];
}

function recordOf(columns: Columns): readonly [string, StoredRecord] {
  const { subject_id, ordinal, id, collection, purpose, basis, source, taken, collected } = columns;
  const facts = [collection, purpose, basis, source, taken, collected].map(fromText);
  const subject = fromText(subject_id);
  const erasedAt = fromText(columns.erased_at);
  return [fromText(id), { ordinal: Number(ordinal), subject, facts, erasedAt }];
}

/** The rows of those queries that are wanted at all, in their places. */
async function readAll(
  client: PgClient,
  queries: readonly (ReturnType<Statements["of"]> | false)[],
): Promise<readonly (PgResult["rows"] | undefined)[]> {
  const asked = queries.filter((query) => query !== false);
  const results = [...(await sendAll(client, asked))];
  return queries.map((query) => (query === false ? undefined : results.shift()?.rows));
}

function wantedBy(group: readonly ReadyBatch[]): Wanted {
  const wanted: Wanted = {
    events: new Set(),
    documents: new Map(),
    records: new Set(),
    payloads: new Map(),
  };
  const document = (kind: DocumentKind, id: string) =>
    wanted.documents.set(documentKey(kind, id), { kind, id });
  for (const { event, expect, writes } of group) {
    wanted.events.add(event);
    for (const { kind, id } of expect) document(kind, id);
    for (const write of writes) {
      const row = "put" in write ? write.put : write.erase;
      if (row.table === "document") document(row.kind, row.id);
      if (row.table === "record") wanted.records.add(row.id);
      if (row.table !== "payload") continue;
      const { record, category } = row;
      wanted.records.add(record);
      wanted.payloads.set(payloadKey(record, category), { record, category });
    }
  }
  return wanted;
}

/**
 * What a schema keeps besides the rows of the port: where each routed row lies, and which event has
 * which sequence. The rows themselves are compared with the source; these are compared with them.
 */
import { DOCUMENT_KINDS } from "../../core/row.js";
import { CustodyError } from "../../errors.js";
import type { Columns } from "./client.js";
import { bucketOf, isRouted, RECORD_ROUTE } from "./home.js";
import { fromText } from "./key-text.js";
import { ask, type Sessions } from "./sessions.js";
import type { Statements } from "./statement.js";

const PAGE_ROWS = 1_000;
const ROUTED = DOCUMENT_KINDS.filter(isRouted);
/** Without numbers about the new rows the server would guess how to join them. */
const ANALYZE = "ANALYZE {event}, {ledger}, {route}, {record}, {document}, {payload}";
const COUNTS = `SELECT (SELECT count(*) FROM {event}) = (SELECT count(*) FROM {ledger}) AS event,
  (SELECT count(*) FROM {route}) = (SELECT count(*) FROM {record}) +
    (SELECT count(*) FROM {document} WHERE kind = ANY($1::text[])) AS route`;
const EVENTS = `SELECT e.bucket, e.id, l.id = e.id AS fits FROM {event} e
  LEFT JOIN {ledger} l ON l.part = e.seq >> 16 AND l.seq = e.seq
  WHERE (e.bucket, e.id) > ($1, $2) ORDER BY e.bucket, e.id LIMIT ${PAGE_ROWS}`;
const ROUTES = `SELECT x.bucket, x.kind, x.id,
    CASE x.kind WHEN '${RECORD_ROUTE}' THEN r.id ELSE d.id END = x.id AS fits
  FROM {route} x
  LEFT JOIN {record} r ON r.subject_id = x.home AND r.ordinal = x.ordinal
  LEFT JOIN {document} d ON d.home = x.home AND d.kind = x.kind AND d.id = x.id
  WHERE (x.bucket, x.kind, x.id) > ($1, $2, $3) ORDER BY x.bucket, x.kind, x.id
  LIMIT ${PAGE_ROWS}`;

/** Of tables that are not spread over a cluster: a copy never is. @throws `copy-damaged` */
export async function auditDerived(sessions: Sessions, statements: Statements): Promise<void> {
  await ask(sessions, statements.once(ANALYZE));
  const [counts] = await ask(sessions, statements.once(COUNTS, [ROUTED]));
  for (const name of ["event", "route"]) {
    if (counts?.[name] !== true) throw damaged(name, "the number of rows");
  }
  await walk(sessions, statements, "event", EVENTS, ({ bucket, id }) => [bucket, id]);
  const keyOf = ({ bucket, kind, id }: Columns) => [bucket, kind, id];
  await walk(sessions, statements, "route", ROUTES, keyOf);
}

async function walk(
  sessions: Sessions,
  statements: Statements,
  name: string,
  sql: string,
  keyOf: (row: Columns) => readonly unknown[],
): Promise<void> {
  let after: readonly unknown[] = keyOf({ bucket: "", kind: "", id: "" });
  for (;;) {
    const rows = await ask(sessions, statements.of(sql, after));
    for (const row of rows) {
      const fits = row.fits === true && fromText(row.bucket) === bucketOf(fromText(row.id));
      if (!fits) throw damaged(name, "a row does not lead where it should");
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    after = keyOf(last);
  }
}

function damaged(name: string, reason: string): CustodyError {
  return new CustodyError("copy-damaged", { name, reason });
}

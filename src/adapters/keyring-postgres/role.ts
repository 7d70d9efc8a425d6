/**
 * Is the keyring apart from the data store? Whoever can read both holds the sealed values and the
 * wrapped keys, and needs the key service alone to open them.
 */
import { CustodyError } from "../../errors.js";
import type { PgClient } from "../postgres/client.js";

/** Schemas of this database that hold a data store, with what each side may do to the other. */
const STORES = `SELECT n.nspname AS schema,
    has_table_privilege(current_user, p.oid, 'SELECT') OR pg_has_role(p.relowner, 'MEMBER')
      AS readable,
    has_table_privilege(p.relowner, $1::regclass, 'SELECT') AS reads
  FROM pg_class p JOIN pg_namespace n ON n.oid = p.relnamespace
  WHERE p.relname = 'payload' AND p.relkind IN ('r', 'p') AND (SELECT count(*) FROM pg_class c
    WHERE c.relnamespace = n.oid AND c.relname IN ('meta', 'migration', 'head', 'ledger')) = 4`;
const SELF = "SELECT rolsuper AS super FROM pg_roles WHERE rolname = current_user";
const MEMBER = `SELECT pg_has_role(current_user, r.oid, 'MEMBER')
    OR pg_has_role(r.oid, s.oid, 'MEMBER') AS shared
  FROM pg_roles r, pg_roles s WHERE r.rolname = $1 AND s.rolname = current_user`;

/**
 * @throws `keyring-shared`. What lies in another database is not seen: there `dataRole`, the role
 * of the data store, tells.
 */
export async function requireApart(
  client: PgClient,
  place: string,
  schema: string,
  dataRole: string | undefined,
): Promise<void> {
  const refuse = (reason: string) => new CustodyError("keyring-shared", { place, reason });
  const [self] = (await client.query({ text: SELF })).rows;
  if (self?.super !== false) throw refuse("its role is a superuser, who reads everything");
  if (dataRole !== undefined) {
    const [member] = (await client.query({ text: MEMBER, values: [dataRole] })).rows;
    if (member?.shared === true) throw refuse("the data store's role is the same, or a member");
  }
  const stores = await client.query({ text: STORES, values: [`${schema}.datakey`] });
  for (const { readable, reads } of stores.rows) {
    if (readable === true) throw refuse("its role can read a data store in the same database");
    if (reads === true) throw refuse("the owner of a data store can read its keys");
  }
}

/** The keyring's tables, the role they want, and every statement that is run on them. */
import { WHOLE_BASIS } from "../keyring/key-scope.js";

export const KEYRING_SCHEMA = "custody_keys";

/**
 * `keyring`: one row about the whole; `generation` grows with every destruction and rotation.
 * `epoch`: the key of each epoch, wrapped by the key service under `version`, and not kept once the
 * epoch is closed. `closing`: its version is not known to be destroyed; `gone_at` is until when.
 */
export const TABLES = `
CREATE TABLE keyring (
  singleton  smallint NOT NULL PRIMARY KEY CHECK (singleton = 1),
  store      text COLLATE "C" NOT NULL,
  key_id     text COLLATE "C" NOT NULL,
  epoch      bigint NOT NULL CHECK (epoch >= 1),
  generation bigint NOT NULL
);
CREATE TABLE epoch (
  epoch   bigint NOT NULL PRIMARY KEY,
  version bigint NOT NULL,
  wrapped bytea,
  state   text COLLATE "C" NOT NULL CHECK (state IN ('open', 'closing', 'closed')),
  gone_at text COLLATE "C" NOT NULL,
  CHECK ((state = 'open') = (wrapped IS NOT NULL))
);
CREATE TABLE datakey (
  basis    text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  wrapped  bytea NOT NULL,
  PRIMARY KEY (basis, category)
);
CREATE TABLE tombstone (
  basis    text COLLATE "C" NOT NULL,
  category text COLLATE "C" NOT NULL,
  epoch    bigint NOT NULL,
  PRIMARY KEY (basis, category)
);
`;

export const SQL = {
  state: "SELECT store, key_id, epoch, generation FROM {keyring}",
  lock: "SELECT epoch FROM {keyring} FOR UPDATE",
  share: "SELECT epoch FROM {keyring} FOR SHARE",
  start:
    "INSERT INTO {keyring} (singleton, store, key_id, epoch, generation) VALUES (1, $1, $2, 1, 0)",
  /** One statement, so one moment, for all scopes that are asked for together. */
  look: `SELECT k.generation, k.epoch, s.place, d.wrapped, EXISTS (SELECT 1 FROM {tombstone} t
      WHERE t.basis = s.basis AND t.category IN (s.category, '${WHOLE_BASIS}')) AS destroyed
    FROM {keyring} k
    LEFT JOIN unnest($1::text[], $2::text[]) WITH ORDINALITY AS s (basis, category, place) ON true
    LEFT JOIN {datakey} d ON d.basis = s.basis AND d.category = s.category ORDER BY s.place`,
  marks: `SELECT category, NULL AS epoch FROM {datakey} WHERE basis = $1 UNION ALL
    SELECT category, epoch FROM {tombstone} WHERE basis = $1 AND category <> '${WHOLE_BASIS}'
    ORDER BY category`,
  /** Nothing when the epoch is another by now: what was wrapped would open for nobody. */
  insert: `INSERT INTO {datakey} (basis, category, wrapped)
    SELECT s.basis, s.category, s.wrapped
    FROM unnest($1::text[], $2::text[], $3::bytea[]) AS s (basis, category, wrapped)
    WHERE EXISTS (SELECT 1 FROM {keyring} WHERE epoch = $4) AND NOT EXISTS (
      SELECT 1 FROM {tombstone} t
      WHERE t.basis = s.basis AND t.category IN (s.category, '${WHOLE_BASIS}'))
    ON CONFLICT (basis, category) DO NOTHING`,
  remove: `DELETE FROM {datakey} WHERE basis = $1 AND ($2 = '${WHOLE_BASIS}' OR category = $2)
    RETURNING category`,
  bury: `INSERT INTO {tombstone} (basis, category, epoch)
    SELECT $1, category, $3 FROM unnest($2::text[]) AS s (category)
    ON CONFLICT (basis, category) DO NOTHING`,
  advance: "UPDATE {keyring} SET epoch = $1, generation = generation + 1 RETURNING generation",
  page: `SELECT basis, category, wrapped FROM {datakey} WHERE (basis, category) > ($1, $2)
    ORDER BY basis, category LIMIT $3`,
  rewrap: `UPDATE {datakey} d SET wrapped = s.wrapped
    FROM unnest($1::text[], $2::text[], $3::bytea[]) AS s (basis, category, wrapped)
    WHERE d.basis = s.basis AND d.category = s.category`,
  openEpoch: "SELECT version, wrapped FROM {epoch} WHERE epoch = $1 AND state = 'open'",
  newEpoch: `INSERT INTO {epoch} (epoch, version, wrapped, state, gone_at)
    VALUES ($1, $2, $3, 'open', '')`,
  closeEpoch: "UPDATE {epoch} SET state = 'closing', wrapped = NULL WHERE epoch = $1",
  closing: "SELECT epoch, version, gone_at FROM {epoch} WHERE state = 'closing' ORDER BY epoch",
  settle: "UPDATE {epoch} SET state = $2, gone_at = $3 WHERE epoch = $1 AND state = 'closing'",
} as const;

/**
 * What an administrator runs once, in the keyring's database: a role and a schema for nobody but
 * the keyring. The names are plain ones, checked by the caller.
 */
export function setupSql(schema: string, role: string): string {
  return `-- Once, as an administrator, best in a database of the keyring's own.
CREATE ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
-- Give it a password of its own: \\password ${role}
CREATE SCHEMA ${schema} AUTHORIZATION ${role};
REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC;
-- The role is a member of no other, and no other of it; the data store connects as another role.
`;
}

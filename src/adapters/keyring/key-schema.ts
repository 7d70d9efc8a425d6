/** The keyring file's tables and every statement that is run on them. */

/** "krng", in the file's header: what tells a keyring from any other SQLite file. */
export const APPLICATION_ID = 0x6b726e67;
export const FORMAT = 1;

export const SCHEMA = `
CREATE TABLE keyring (
  singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
  store TEXT NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch >= 1),
  epoch_id TEXT NOT NULL,
  generation INTEGER NOT NULL
) STRICT;
CREATE TABLE data_key (
  basis TEXT NOT NULL,
  category TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (basis, category)
) STRICT, WITHOUT ROWID;
CREATE TABLE tombstone (
  basis TEXT NOT NULL,
  category TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (basis, category)
) STRICT, WITHOUT ROWID;
`;

const BURIED =
  "EXISTS (SELECT 1 FROM tombstone WHERE basis = @basis AND category IN (@category, @whole))";

export const SQL = {
  start: `
    INSERT INTO keyring (singleton, store, epoch, epoch_id, generation) VALUES (1, ?, ?, ?, 0)`,
  state: `SELECT store, epoch, epoch_id AS epochId, generation FROM keyring`,
  look: `
    SELECT generation, ${BURIED} AS destroyed,
      (SELECT wrapped FROM data_key WHERE basis = @basis AND category = @category) AS wrapped
    FROM keyring`,
  marks: `
    SELECT category, NULL AS epoch FROM data_key WHERE basis = @basis
    UNION ALL
    SELECT category, epoch FROM tombstone WHERE basis = @basis AND category <> @whole
    ORDER BY category`,
  insert: `
    INSERT INTO data_key (basis, category, wrapped)
    SELECT @basis, @category, @wrapped WHERE NOT ${BURIED}
    ON CONFLICT (basis, category) DO NOTHING`,
  page: `
    SELECT basis, category, wrapped FROM data_key
    WHERE (basis, category) > (@basis, @category) ORDER BY basis, category LIMIT @count`,
  rewrap: `UPDATE data_key SET wrapped = @wrapped WHERE basis = @basis AND category = @category`,
  remove: `DELETE FROM data_key WHERE basis = @basis AND category = @category`,
  bury: `
    INSERT INTO tombstone (basis, category, epoch) VALUES (@basis, @category, @epoch)
    ON CONFLICT (basis, category) DO NOTHING`,
  advance: `
    UPDATE keyring SET epoch = @epoch, epoch_id = @epochId, generation = generation + 1`,
} as const;

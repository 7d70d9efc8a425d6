-- The house: five kinds of row, the ledger that commits to them, and two small tables about the
-- file itself.
--
-- Rules that hold for every table:
--   * No column holds a personal value in the clear. `payload.sealed` and members of
--     `document.body` whose name ends in "Sealed" are ciphertext; everything else is ids, closed
--     codes, instants and counts. No index holds a value.
--   * "" stands for "none" in `owner`, `due` and `erased_at`, so that a comparison never meets
--     NULL.
--   * Instants are UTC text with milliseconds ("2026-03-01T00:00:00.000Z"), so their order is the
--     order of the text.
--   * `event` is the ledger sequence of the event that wrote the row last. It is an integer and not
--     the event's id: 8 bytes at most instead of 30 in each row, and the id is one primary-key read
--     away. There is no foreign key for it: the row and its event are written by the same few lines
--     of code in the same transaction.
--   * STRICT: a value of the wrong type is refused and not converted.
--   * An edited migration is refused when the store is opened, comments included. Add a file; never
--     change one.

-- What the file is. One row: 'store' (the store's id, sto_…).
CREATE TABLE meta (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which files of this folder were applied, each with the SHA-256 (hex) of its bytes at that time.
CREATE TABLE migration (
  name   TEXT NOT NULL PRIMARY KEY,
  sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The leaves of the Merkle tree, in order. `seq` starts at 0 and has no gaps; no row is changed or
-- deleted. `bytes` are the canonical bytes of the event with the digests of the rows it wrote.
CREATE TABLE ledger (
  seq   INTEGER PRIMARY KEY CHECK (seq >= 0),
  id    TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

-- Why: an event is in the ledger once. A caller that never learnt how its batch ended (the process
-- was killed between commit and answer) may send it again, and gets a conflict and not a second
-- copy. Event ids rise, so this is an append.
CREATE UNIQUE INDEX ledger_by_id ON ledger (id);

-- Small versioned things: subjects, consents, bases, datasets, purges. With a rowid, because a body
-- may be large: in a clustered table the bodies would lie in the inner pages of the tree and make
-- every descent longer.
CREATE TABLE document (
  kind    TEXT NOT NULL,
  id      TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 1),
  owner   TEXT NOT NULL,
  due     TEXT NOT NULL,
  body    TEXT NOT NULL,
  event   INTEGER NOT NULL
) STRICT;

-- Why: the primary key. Also gives all documents of a kind in id order.
CREATE UNIQUE INDEX document_by_id ON document (kind, id);
-- Why: a subject's consents, a purge's steps. Partial: what stands alone costs nothing. `id` gives
-- the order.
CREATE INDEX document_by_owner ON document (kind, owner, id) WHERE owner <> '';
-- Why: what falls due. Partial: a finished thing has no due date and leaves the index.
CREATE INDEX document_by_due ON document (kind, due) WHERE due <> '';

-- How each collected record got in. No row is ever deleted, so the ordinal that SQLite gives (the
-- greatest plus one) is dense, unique and never used again; the first is 1. Ordinals are the
-- members of datasets.
CREATE TABLE record (
  ordinal    INTEGER PRIMARY KEY CHECK (ordinal >= 1),
  id         TEXT NOT NULL,
  subject    TEXT NOT NULL,
  collection TEXT NOT NULL,
  purpose    TEXT NOT NULL,
  basis      TEXT NOT NULL,
  source     TEXT NOT NULL,
  taken      TEXT NOT NULL,
  collected  TEXT NOT NULL,
  due        TEXT NOT NULL,
  erased_at  TEXT NOT NULL,
  event      INTEGER NOT NULL
) STRICT;

-- Why: a record is named by its id everywhere outside the store. Ids rise with time, so this is
-- nearly an append.
CREATE UNIQUE INDEX record_by_id ON record (id);
-- Why: a person's trace costs what it returns and not what is stored. In random order: the price of
-- that promise.
CREATE INDEX record_by_subject ON record (subject);
-- Why: withdrawal and invalidation of a consent find what it let in. In random order as well.
CREATE INDEX record_by_basis ON record (basis);
-- Why: the retention sweep. Partial: what is held or erased is not in it. Rises with time, nearly
-- an append.
CREATE INDEX record_by_due ON record (due) WHERE due <> '';

-- The sealed values of a record, one row a category. Clustered by ordinal: a new record's payloads
-- are appended and lie side by side. The row is deleted when the record is erased, and its salt
-- with it.
CREATE TABLE payload (
  record   INTEGER NOT NULL REFERENCES record (ordinal),
  category TEXT NOT NULL,
  sealed   BLOB NOT NULL,
  salt     BLOB NOT NULL,
  event    INTEGER NOT NULL,
  PRIMARY KEY (record, category)
) STRICT, WITHOUT ROWID;

-- Lineage: child was made from parent. Clustered by child (what was this made from).
CREATE TABLE edge (
  child    TEXT NOT NULL,
  parent   TEXT NOT NULL,
  relation TEXT NOT NULL,
  event    INTEGER NOT NULL,
  PRIMARY KEY (child, parent, relation)
) STRICT, WITHOUT ROWID;

-- Why: a trace walks downwards (what was made from this).
CREATE INDEX edge_by_parent ON edge (parent, child, relation);

-- Roaring bitmaps of record ordinals: chunk = ordinal >> 16. Clustered by chunk: one person's trace
-- reads, for the few chunks that hold her records, the bitmaps of all sets, which lie side by side.
CREATE TABLE member (
  chunk  INTEGER NOT NULL CHECK (chunk >= 0),
  set_id TEXT NOT NULL,
  bitmap BLOB NOT NULL,
  event  INTEGER NOT NULL,
  PRIMARY KEY (chunk, set_id)
) STRICT, WITHOUT ROWID;

-- Why: reading one dataset from its first chunk to its last.
CREATE INDEX member_by_set ON member (set_id, chunk);

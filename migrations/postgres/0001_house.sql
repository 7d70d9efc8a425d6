-- The house: five kinds of row, the ledger that commits to them, where each row is found, and two
-- small tables about the store itself. Same meaning as migrations/sqlite/0001_house.sql.
--
-- Rules that hold for every table:
--   * No column holds a personal value in the clear. `payload.sealed` and members of
--     `document.body` whose name ends in "Sealed" are ciphertext; everything else is ids, closed
--     codes, instants and counts. No index holds a value.
--   * "" stands for "none" in `owner`, `due` and `erased_at`.
--   * Instants are UTC text with milliseconds; every text is compared by its bytes (COLLATE "C"), so
--     their order is the order of the text, and no index depends on the system's locales.
--   * `event` is the ledger sequence of the event that wrote the row last.
--   * Every table can be distributed by hash (Citus): each primary key contains the column that
--     distributes the table, there is no other unique key, no sequence, and the one foreign key
--     stays inside a shard. docs/decisions/0003 says why each table lies where it lies.
--   * An edited migration is refused when the store is opened, comments included. Add a file; never
--     change one.

-- What the schema is. One row: 'store' (the store's id, sto_…).
CREATE TABLE meta (
  name  text COLLATE "C" NOT NULL PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);

-- Which files of this folder were applied, each with the SHA-256 (hex) of its bytes at that time.
CREATE TABLE migration (
  name   text COLLATE "C" NOT NULL PRIMARY KEY,
  sha256 text COLLATE "C" NOT NULL
);

-- One row, 'head': the number of ledger entries, and the greatest ordinal given. Whoever commits
-- locks it first and until the commit, so that sequences and ordinals have no gaps and stand in the
-- order of the commits. A sequence object would keep gaps after a rollback. Half empty pages let
-- each update stay in its page.
CREATE TABLE head (
  name    text COLLATE "C" NOT NULL PRIMARY KEY,
  ledger  bigint NOT NULL CHECK (ledger >= 0),
  ordinal bigint NOT NULL CHECK (ordinal >= 0)
) WITH (fillfactor = 10);

-- The leaves of the Merkle tree. `seq` starts at 0 and has no gaps; no row is changed or deleted.
-- `part` is seq / 65536: neighbours lie on one shard, and a commit writes to one.
CREATE TABLE ledger (
  part  integer NOT NULL CHECK (part = seq >> 16),
  seq   bigint NOT NULL CHECK (seq >= 0),
  id    text COLLATE "C" NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (part, seq)
);

-- Why: an event is in the ledger once, also when a caller that never learnt how its batch ended
-- sends it again. `bucket` is the beginning of the id, which holds the time: a commit writes to one
-- shard, and reads of old events go to all of them.
CREATE TABLE event (
  bucket text COLLATE "C" NOT NULL,
  id     text COLLATE "C" NOT NULL,
  seq    bigint NOT NULL,
  PRIMARY KEY (bucket, id)
);

-- Where a row lies that is named by its id and lies with somebody else: a record ('record', with
-- its ordinal) and a document of a subject. Also what makes those ids unique across shards.
CREATE TABLE route (
  bucket  text COLLATE "C" NOT NULL,
  kind    text COLLATE "C" NOT NULL,
  id      text COLLATE "C" NOT NULL,
  home    text COLLATE "C" NOT NULL,
  ordinal bigint NOT NULL,
  PRIMARY KEY (bucket, kind, id)
);

-- Small versioned things. `home` is the subject for what belongs to one, else the document's own
-- id.
CREATE TABLE document (
  home    text COLLATE "C" NOT NULL,
  kind    text COLLATE "C" NOT NULL,
  id      text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version >= 1),
  owner   text COLLATE "C" NOT NULL,
  due     text COLLATE "C" NOT NULL,
  body    text COLLATE "C" NOT NULL,
  event   bigint NOT NULL,
  PRIMARY KEY (home, kind, id)
);

-- Why: all documents of a kind in id order.
CREATE INDEX document_by_kind ON document (kind, id);
-- Why: a subject's consents, a purge's steps. Partial: what stands alone costs nothing.
CREATE INDEX document_by_owner ON document (kind, owner, id) WHERE owner <> '';
-- Why: what falls due. Partial: a finished thing has no due date and leaves the index.
CREATE INDEX document_by_due ON document (kind, due) WHERE due <> '';

-- How each collected record got in. No row is ever deleted. Clustered in meaning by person: a
-- person's trace reads one range of the primary key, in ordinal order.
CREATE TABLE record (
  subject_id text COLLATE "C" NOT NULL,
  ordinal    bigint NOT NULL CHECK (ordinal >= 1),
  id         text COLLATE "C" NOT NULL,
  collection text COLLATE "C" NOT NULL,
  purpose    text COLLATE "C" NOT NULL,
  basis      text COLLATE "C" NOT NULL,
  source     text COLLATE "C" NOT NULL,
  taken      text COLLATE "C" NOT NULL,
  collected  text COLLATE "C" NOT NULL,
  due        text COLLATE "C" NOT NULL,
  erased_at  text COLLATE "C" NOT NULL,
  event      bigint NOT NULL,
  PRIMARY KEY (subject_id, ordinal)
);

-- Why: the members of a dataset are ordinals, and a mass selector streams in ordinal order. Always
-- an append.
CREATE INDEX record_by_ordinal ON record (ordinal);
-- Why: withdrawal and invalidation of a consent find what it let in. In random order.
CREATE INDEX record_by_basis ON record (basis);
-- Why: the retention sweep. Partial: what is held or erased is not in it.
CREATE INDEX record_by_due ON record (due) WHERE due <> '';

-- The sealed values of a record, one row a category. The row is deleted when the record is erased,
-- and its salt with it.
CREATE TABLE payload (
  subject_id text COLLATE "C" NOT NULL,
  ordinal    bigint NOT NULL,
  category   text COLLATE "C" NOT NULL,
  sealed     bytea NOT NULL,
  salt       bytea NOT NULL,
  event      bigint NOT NULL,
  PRIMARY KEY (subject_id, ordinal, category),
  FOREIGN KEY (subject_id, ordinal) REFERENCES record (subject_id, ordinal)
);

-- Ciphertext and bitmaps do not become smaller; the server is not to try.
ALTER TABLE payload ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Lineage: child was made from parent.
CREATE TABLE edge (
  child    text COLLATE "C" NOT NULL,
  parent   text COLLATE "C" NOT NULL,
  relation text COLLATE "C" NOT NULL,
  event    bigint NOT NULL,
  PRIMARY KEY (child, parent, relation)
);

-- Why: a trace walks downwards (what was made from this).
CREATE INDEX edge_by_parent ON edge (parent, child, relation);

-- Roaring bitmaps of record ordinals: chunk = ordinal >> 16. By chunk: one person's trace reads,
-- for the few chunks that hold her records, the bitmaps of all sets, which lie side by side.
CREATE TABLE member (
  chunk  bigint NOT NULL CHECK (chunk >= 0),
  set_id text COLLATE "C" NOT NULL,
  bitmap bytea NOT NULL,
  event  bigint NOT NULL,
  PRIMARY KEY (chunk, set_id)
);

ALTER TABLE member ALTER COLUMN bitmap SET STORAGE EXTERNAL;

-- Why: reading one dataset from its first chunk to its last.
CREATE INDEX member_by_set ON member (set_id, chunk);

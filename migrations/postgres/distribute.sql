-- Spreads the tables over the workers of a Citus cluster. Not a numbered migration: it runs only
-- when it is asked for (`custody migrate --distribute`), in one transaction. The schema of the
-- store comes first in the search path.

-- Read by every opening, written by migrations and by lineage: small, and on every node.
SELECT create_reference_table('meta');
SELECT create_reference_table('migration');
SELECT create_reference_table('edge');

-- What belongs to a person lies together: one shard answers collect, read and check.
SELECT create_distributed_table('document', 'home', colocate_with => 'none');
SELECT create_distributed_table('record', 'subject_id', colocate_with => 'document');
SELECT create_distributed_table('payload', 'subject_id', colocate_with => 'record');

-- By their own keys.
SELECT create_distributed_table('route', 'bucket', colocate_with => 'none');
SELECT create_distributed_table('event', 'bucket', colocate_with => 'route');
SELECT create_distributed_table('ledger', 'part', colocate_with => 'none');
SELECT create_distributed_table('member', 'chunk', colocate_with => 'none');
SELECT create_distributed_table('head', 'name', colocate_with => 'none', shard_count => 1);

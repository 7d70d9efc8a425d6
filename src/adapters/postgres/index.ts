export { GROUP_BATCHES_MAX, GROUP_WRITES_MAX, QUEUE_BATCHES_MAX } from "../append-queue.js";
export {
  BATCH_EXPECTATIONS_MAX,
  BATCH_WRITES_MAX,
  EVENT_BYTES_MAX,
  ROW_BYTES_MAX,
  SCAN_LIST_ENTRIES_MAX,
} from "../batch.js";
export type { MigrationReport } from "../migrations.js";
export type { PgClient, PgNotice, PgPool, PgPoolClient, PgQuery, PgResult } from "./client.js";
export { postgresCopySource, postgresCopyTarget } from "./copy.js";
export type { ExaminePostgresOptions, PostgresExamination } from "./examine.js";
export { CLOCK_SKEW_MS_MAX, examinePostgres } from "./examine.js";
export { KEY_BYTES_MAX } from "./key-text.js";
export type {
  CreatePostgresStoreOptions,
  DistributePostgresOptions,
  DropPostgresStoreOptions,
  MigratePostgresOptions,
  OpenPostgresStoreOptions,
} from "./open.js";
export {
  createPostgresStore,
  distributePostgres,
  dropPostgresStore,
  migratePostgres,
  openPostgresStore,
} from "./open.js";
export type { PostgresPlaceOptions } from "./options.js";
export { BUSY_TIMEOUT_MS, BUSY_TIMEOUT_MS_MAX, POOL_CLIENTS_MAX } from "./options.js";
export { SCANS_OPEN_MAX } from "./readers.js";
export { postgresScrubOutlook } from "./scrub-outlook.js";
export { APPEND_RETRIES_MAX } from "./writer.js";

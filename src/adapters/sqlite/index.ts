export { GROUP_BATCHES_MAX, GROUP_WRITES_MAX, QUEUE_BATCHES_MAX } from "../append-queue.js";
export {
  BATCH_EXPECTATIONS_MAX,
  BATCH_WRITES_MAX,
  EVENT_BYTES_MAX,
  ROW_BYTES_MAX,
  SCAN_LIST_ENTRIES_MAX,
} from "../batch.js";
export type { MigrationReport } from "../migrations.js";
export type { SqliteCopySourceOptions, SqliteCopyTargetOptions } from "./copy.js";
export { sqliteCopySource, sqliteCopyTarget } from "./copy.js";
export type {
  CreateSqliteStoreOptions,
  MigrateSqliteOptions,
  OpenSqliteStoreOptions,
} from "./open.js";
export {
  BUSY_TIMEOUT_MS,
  BUSY_TIMEOUT_MS_MAX,
  createSqliteStore,
  migrateSqlite,
  openSqliteStore,
} from "./open.js";
export { SCANS_OPEN_MAX } from "./readers.js";
export { sqliteScrubOutlook } from "./scrub-outlook.js";

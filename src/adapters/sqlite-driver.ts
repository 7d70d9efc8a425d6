/**
 * SQLite's binding, the one that fits the running Node.
 *
 * better-sqlite3 12 is the last that runs on Node 20; compiled against the headers of a late Node
 * 24 it aborts the process when a statement is collected after the environment has gone. 13 is
 * built on Node-API, has no such fault, and needs Node 22. So 12 is the dependency and 13 an
 * optional one under a name of its own, which npm leaves out where Node is older.
 */
import type BetterSqlite3 from "better-sqlite3";

const NODE_API_FROM = 22;
/** In a variable, because its types are those of the dependency that is always there. */
const NODE_API_BINDING: string = "better-sqlite3-napi";

export const Database: typeof BetterSqlite3 = await fitting();

async function fitting(): Promise<typeof BetterSqlite3> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= NODE_API_FROM) {
    try {
      return (await import(NODE_API_BINDING)).default;
    } catch (error) {
      // Left out of an installation without optional dependencies: the other one serves.
      if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    }
  }
  return (await import("better-sqlite3")).default;
}

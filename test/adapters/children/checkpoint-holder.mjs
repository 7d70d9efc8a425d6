// A process of its own that empties a database's log and, while somebody reads, waits for the
// reader with the checkpoint's lock in its hand.
import Database from "better-sqlite3";

const [path, patienceMs] = process.argv.slice(2);
const db = new Database(path, { fileMustExist: true, timeout: Number(patienceMs) });
const [{ busy }] = db.pragma("wal_checkpoint(TRUNCATE)");
db.close();
process.stdout.write(`${JSON.stringify({ busy })}\n`);

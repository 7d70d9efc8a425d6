/** Holds the write lock of a file from the line "held" until its standard input ends. */
import { Database } from "../../../dist/adapters/sqlite-driver.js";

const db = new Database(process.argv[2]);
db.exec("BEGIN IMMEDIATE");
process.stdout.write("held\n");
process.stdin.on("end", () => {
  db.exec("ROLLBACK");
  db.close();
});
process.stdin.resume();

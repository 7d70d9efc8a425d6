/**
 * Appends for ever, four at a time, and writes the id of each record that was acknowledged. Ends by
 * being killed.
 */
import { writeSync } from "node:fs";
import { openSqliteStore } from "custody/sqlite";
import { batch, trio } from "./samples.mjs";

const store = await openSqliteStore({ path: process.argv[2] });

async function appendForever() {
  for (;;) {
    const { record, writes } = trio();
    await store.append(batch(writes));
    writeSync(1, `${record.id}\n`);
  }
}

await Promise.all([appendForever(), appendForever(), appendForever(), appendForever()]);

/**
 * Counts a shared document up, together with rows of its own, against another process that does the
 * same.
 */
import { openSqliteStore } from "custody/sqlite";
import { batch, trio } from "./samples.mjs";

const [path, rounds] = process.argv.slice(2);
const store = await openSqliteStore({ path, busyTimeoutMs: 30_000 });
const key = { table: "document", kind: "subject", id: "shared" };
const outcome = { won: 0, conflicts: 0, records: [] };

while (outcome.won < Number(rounds)) {
  const version = ((await store.get(key))?.version ?? 0) + 1;
  const { record, writes } = trio();
  const put = { ...key, version, owner: "", due: "", body: { record: record.id } };
  try {
    await store.append(batch([...writes, { put }]));
    outcome.won += 1;
    outcome.records.push(record.id);
  } catch (error) {
    if (error.code !== "conflict") throw error;
    outcome.conflicts += 1;
  }
}

await store.close();
process.stdout.write(JSON.stringify(outcome));

/**
 * Appends until the system refuses to let the file grow, and says what came of it and of the calls
 * after it.
 */
import { openSqliteStore } from "custody/sqlite";
import { batch, trio } from "./samples.mjs";

process.on("SIGXFSZ", () => {});
const store = await openSqliteStore({ path: process.argv[2] });
const said = { acknowledged: 0, code: "", reason: "", later: [] };

async function codeOf(promise) {
  return promise.then(
    () => "none",
    (error) => error.code,
  );
}

while (said.code === "") {
  try {
    await store.append(batch(trio().writes));
    said.acknowledged += 1;
  } catch (error) {
    said.code = error.code;
    said.reason = error.details.reason;
  }
}
said.later.push(await codeOf(store.append(batch(trio().writes))));
said.later.push(await codeOf(store.size()));
said.later.push(await codeOf(store.get({ table: "record", id: "rec" })));
await store.close();
process.stdout.write(JSON.stringify(said));

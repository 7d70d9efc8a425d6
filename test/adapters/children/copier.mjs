// Copies a store, and kills itself after so many writes of a page: argv is JSON.

import { postgresCopySource, postgresCopyTarget } from "../../../dist/adapters/postgres/index.js";
import { sqliteCopySource, sqliteCopyTarget } from "../../../dist/adapters/sqlite/index.js";
import { copyStore } from "../../../dist/flows/store-copy.js";

const { from, to, killAt } = JSON.parse(process.argv[2]);
const random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));
const source = await ("path" in from ? sqliteCopySource(from) : postgresCopySource(from));
const target = await ("path" in to ? sqliteCopyTarget({ ...to, random }) : postgresCopyTarget(to));
let count = 0;
const die = () => {
  count += 1;
  if (count === killAt) process.kill(process.pid, "SIGKILL");
};
const killing = {
  place: target.place,
  schema: target.schema,
  state: () => target.state(),
  page: (...args) => target.page(...args),
  close: () => target.close(),
  discard: (marker) => target.discard(marker),
};
for (const name of ["begin", "write", "audit", "finish"]) {
  killing[name] = async (...args) => {
    die();
    await target[name](...args);
    die();
  };
}
const report = await copyStore({ source, target: killing });
await source.close();
await target.close();
process.stdout.write(JSON.stringify({ ...report, count }));

/**
 * Appends to a schema of a server, eight at a time, and writes each acknowledged event with its
 * place. `node sequencer.mjs URL SCHEMA WHEN`: it kills itself while it holds the head of the ledger
 * and is about to commit ("before"), once the commit is on its way ("sent") or is answered
 * ("answered"); "never" appends until standard input ends.
 */
import { writeSync } from "node:fs";
import { openPostgresStore } from "custody/postgres";
import pg from "pg";
import { batch, trio } from "./samples.mjs";

const [connectionString, schema, when] = process.argv.slice(2);
/** Commits that go well before: the caches are warm and the others are at work. */
const COMMITS = 3;
const real = new pg.Pool({ connectionString, max: 4 });
const state = { commits: 0, stopping: false };

function die() {
  process.kill(process.pid, "SIGKILL");
}

async function connect() {
  const client = await real.connect();
  const query = async (given) => {
    const last = given.text === "COMMIT" && when !== "never" && state.commits++ === COMMITS;
    if (last && when === "before") die();
    const answer = client.query({ ...given });
    // The socket takes what was written to it in the next turn of the loop.
    if (last && when === "sent") setImmediate(die);
    await answer;
    if (last) die();
    return answer;
  };
  return {
    query,
    on: (event, listener) => client.on(event, listener),
    off: (event, listener) => client.off(event, listener),
    release: (destroy) => client.release(destroy),
  };
}

const store = await openPostgresStore({ pool: { connect, options: { max: 4 } }, schema });

async function append() {
  while (!state.stopping) {
    const made = batch(trio().writes);
    const { seq } = await store.append(made);
    writeSync(1, `${made.event.id} ${seq}\n`);
  }
}

process.stdin.on("end", () => {
  state.stopping = true;
});
process.stdin.resume();
await Promise.all(Array.from({ length: 8 }, append));
await store.close();
await real.end();

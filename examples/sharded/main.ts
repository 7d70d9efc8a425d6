/** `npm run example:sharded`: one child out of a sharded model, by training one shard again. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CustodyError } from "custody";
import { clockAt } from "../kurbo/clock.js";
import { BrokenClaim, tellTo } from "../kurbo/story.js";
import { openAbacus } from "./abacus.js";
import { compared, oneOf, type Scene, signUp, takenOut, trainAll, trainedAgain } from "./tale.js";

const CHILDREN_MIN = 60;
const CHILDREN_MAX = 10_000;

const HELP = `npm run example:sharded -- [options]
Trains a model in shards, takes one child out of it, and trains one shard again.

  --children N   ${CHILDREN_MIN} to ${CHILDREN_MAX} (default 120)
  --dir DIR      an existing folder for the run's files (default: a new temporary one)
  --help         this text

Exit codes: 0 all that is said holds, 1 something does not, 2 an option is wrong.
`;

function readOptions(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        children: { type: "string", default: "120" },
        dir: { type: "string", default: tmpdir() },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    const children = Number(values.children);
    const fits = Number.isInteger(children) && children >= CHILDREN_MIN;
    return fits && children <= CHILDREN_MAX ? { children, dir: values.dir } : "wrong";
  } catch {
    return "wrong";
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help" || options === "wrong") {
    (options === "help" ? process.stdout : process.stderr).write(HELP);
    return options === "help" ? 0 : 2;
  }
  const story = tellTo(process.stdout);
  try {
    const root = await mkdtemp(join(options.dir, "custody-sharded-"));
    const clock = clockAt("2026-02-02T15:00:00Z");
    const scene: Scene = { story, clock, ...(await openAbacus(root, clock.now)) };
    const children = await signUp(scene, options.children);
    const made = await trainAll(scene, options.children);
    const chosen = await oneOf(scene, children, made);
    const out = await takenOut(scene, chosen, made);
    const now = await trainedAgain(scene, made, out);
    await compared(scene, made, now, chosen.at.shard, chosen.at.slice);
    await scene.app.close();
    process.stdout.write(`\nAll of it held. Everything lies in ${root}\n`);
    return 0;
  } catch (error) {
    if (error instanceof BrokenClaim) process.stderr.write(`\n${error.message}\n`);
    else if (error instanceof CustodyError) {
      process.stderr.write(`\n${error.code}: ${error.message}\n${error.stack ?? ""}\n`);
    } else throw error;
    return 1;
  }
}

process.exitCode = await main();

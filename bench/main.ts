/** `npm run bench -- [--quick] [suite...]`: every suite, or those named, printed and kept as JSON. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environment } from "./environment.js";
import { gate } from "./gate.js";
import { stores } from "./stores.js";
import type { Finding, Spread, Suite } from "./suite.js";

/** A new benchmark is a file and a line here. */
const SUITES: readonly Suite[] = [gate, stores];
const RESULTS = join("bench", "results");

const words = process.argv.slice(2);
const quick = words.includes("--quick");
const named = words.filter((word) => word !== "--quick");
const unknown = named.find((name) => !SUITES.some((suite) => suite.name === name));

if (unknown === undefined) await benchAll();
else {
  console.error(`no suite ${unknown}: ${SUITES.map(({ name }) => name).join(", ")}`);
  process.exitCode = 2;
}

async function benchAll(): Promise<void> {
  const where = environment();
  console.log(JSON.stringify(where));
  mkdirSync(RESULTS, { recursive: true });
  for (const { name, about, run } of SUITES) {
    if (named.length > 0 && !named.includes(name)) continue;
    console.log(`\n${name}: ${about}`);
    const findings = await run({ quick });
    for (const finding of findings) console.log(lineOf(finding));
    const file = join(RESULTS, `${name}.json`);
    const kept = { suite: name, quick, environment: where, findings };
    writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
    console.log(`  kept in ${file}`);
  }
}

function lineOf({ name, perSecond, ratio, grown, bytes }: Finding): string {
  const size = grown === undefined ? "" : `, ${grown.toFixed(2)} x its smallest`;
  const heap = bytes === undefined ? "" : `, ${range(bytes)} bytes each`;
  return `  ${name.padEnd(38)} ${range(perSecond)} per second, ${ratio.toFixed(1)} x baseline${size}${heap}`;
}

function range({ median, min, max }: Spread): string {
  const [middle, low, high] = [median, min, max].map((n) => Math.round(n).toLocaleString("en-US"));
  return `${middle} (${low} to ${high})`;
}

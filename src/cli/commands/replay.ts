/** `custody replay`: scenario files, played on a store of their own. */
import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import type { StoreChoice } from "../../scenario/house.js";
import type { Bind, Call } from "../call.js";
import { EXIT_USAGE } from "../exit-code.js";
import { addNotes } from "../help.js";
import { type Answer, finding } from "../output.js";
import { isOnServer } from "../store-place.js";

const STORES = ["memory", "sqlite", "postgres"] as const;
const URL_VARIABLE = "CUSTODY_POSTGRES_URL";
const FILE_MODE = 0o644;

export function addReplay(program: Command, bind: Bind): void {
  const replay = program
    .command("replay [files...]")
    .description("play scenario files against the service that each describes")
    .option("--store <kind>", `${STORES.join(" or ")}: a fresh store for each file`, "memory")
    .option("--store-url <url>", `the database of --store postgres (or ${URL_VARIABLE})`)
    .option("--new <name>", "write a commented first file, <name>.yaml, and play nothing");
  addNotes(replay, {
    examples: [
      "replay flows/sign-up.yaml",
      "replay flows --json",
      "replay 'flows/**/*.yaml'",
      "replay --new sign-up-without-a-parent",
    ],
    finding: "a step did not go as its file says",
    notes: [
      "One line for each step; with --json one object for each file, on a line of its own.",
      "A folder is every YAML file below it; *, ? and ** are understood where the shell left them.",
      "No configuration is read and no store of yours is opened; on PostgreSQL each file has a",
      "schema of its own, which is dropped afterwards.",
      "A file that is no scenario is told with its line (exit 2); the others are played.",
    ],
  });
  bind(replay, act);
}

async function act(call: Call): Promise<Answer> {
  const name = call.option("new");
  if (name !== undefined) return writeNew(call, name);
  const named = filesOf(call);
  const store = choiceOf(call);
  if (named.length === 0) {
    throw new CustodyError("option-invalid", { path: "files", reason: "a file is expected" });
  }
  // Loaded here: the other commands need neither the reader of YAML nor the player.
  const { matching, readScenario } = await import("../../scenario/files.js");
  const { replay } = await import("../../scenario/replay.js");
  const { faultLine, reportLines } = await import("../../scenario/rules.js");
  const found = named.map((name) => matching(name, call.terminal.folder));
  // One that matches nothing is a mistake, beside others that do as well.
  const empty = found.findIndex((files) => files.length === 0);
  if (empty >= 0) {
    throw new CustodyError("option-invalid", { path: `files.${empty}`, reason: "no file matches" });
  }
  const files = [...new Set(found.flat())];
  const each: object[] = [];
  const text: string[] = [];
  const broken: string[] = [];
  let failed = 0;
  for (const file of files) {
    const parsed = readScenario(file, call.terminal.folder);
    if ("faults" in parsed) {
      const lines = parsed.faults.map(faultLine);
      broken.push(...lines);
      text.push(...lines);
      each.push({ file, ok: false, faults: parsed.faults });
      continue;
    }
    const report = await replay(parsed.scenario, store);
    if (!report.ok) failed += 1;
    each.push(report);
    text.push(`${report.ok ? "ok" : "FAILED"} ${report.scenario} (${file})`);
    text.push(...reportLines(report, parsed.scenario));
  }
  const json = { files: files.length, failed };
  const exit = broken.length > 0 ? EXIT_USAGE : finding(failed > 0);
  return { json, each, text: text.join("\n"), exit };
}

/** @throws `option-invalid` */
function choiceOf(call: Call): StoreChoice {
  const kind = STORES.find((one) => one === call.option("store"));
  if (kind === undefined) {
    throw new CustodyError("option-invalid", { path: "--store", reason: STORES.join(" or ") });
  }
  if (kind !== "postgres") return kind;
  const postgres = call.option("storeUrl") ?? call.terminal.env?.[URL_VARIABLE] ?? "";
  if (isOnServer(postgres)) return { postgres };
  const reason = `postgres://… is expected, here or in ${URL_VARIABLE}`;
  throw new CustodyError("option-invalid", { path: "--store-url", reason });
}

function filesOf(call: Call): readonly string[] {
  const files: string[] = [];
  for (let index = 0; call.argument(index) !== ""; index += 1) files.push(call.argument(index));
  return files;
}

/** @throws `option-invalid`, `duplicate`: nothing is ever written over */
async function writeNew(call: Call, given: string): Promise<Answer> {
  const written = given.endsWith(".yaml") ? given : `${given}.yaml`;
  const place = call.path(written);
  const name = basename(place, ".yaml");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new CustodyError("option-invalid", { path: "--new", reason: "not kebab-case" });
  }
  const { starterText } = await import("../../scenario/starter.js");
  try {
    writeFileSync(place, starterText(name), { flag: "wx", mode: FILE_MODE });
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new CustodyError("duplicate", { id: place }, { cause });
    throw new CustodyError("option-invalid", { path: "--new", reason: code }, { cause });
  }
  return {
    json: { file: place, scenario: name },
    text: `${place}\nPlay it: custody replay ${written}`,
  };
}

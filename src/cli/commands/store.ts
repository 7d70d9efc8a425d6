/** `custody store`: a whole store carried to another place, and compared with it. */
import type { Command } from "commander";
import { COPY_TABLES } from "../../core/copy-row.js";
import { CustodyError } from "../../errors.js";
import {
  type Comparison,
  compareStores,
  copyOutlook,
  copyStore,
  discardCopy,
} from "../../flows/store-copy.js";
import type { StoreCopySource, StoreCopyTarget } from "../../ports/store-copy.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, pairs, table } from "../output.js";
import { progressLine, type Tell } from "../progress.js";
import { copySourceAt, copyTargetAt, resolvedPlace } from "../store-place.js";
import { addScrub } from "./store-scrub.js";

const FROM = "sqlite:<file> or postgres://…; the configuration's store unless given";

export function addStore(program: Command, bind: Bind): void {
  const store = program.command("store").description("the store as a whole: copied, compared");
  addNotes(store, { examples: ["store copy --to postgres://db.example/app"] });
  const copy = store
    .command("copy")
    .description("carry the whole store to an empty place: rows, ordinals, ledger, identity")
    .option("--from <place>", FROM)
    .requiredOption(
      "--to <place>",
      "sqlite:<file> or postgres://…; empty, or its own unfinished copy",
    )
    .option("--dry-run", "say what would be carried and what the target is; change nothing")
    .option("--restart", "throw an unfinished copy of this store away and begin anew");
  addNotes(copy, {
    examples: [
      "store copy --from sqlite:app.db --to postgres://db.example/app",
      "store copy --from postgres://db.example/app?schema=custody --to sqlite:app.db --dry-run",
    ],
    finding: "the source was written to meanwhile, or a row did not arrive as it is",
    notes: [
      "Stop every writer first. The copy is the same store, under the same id: the keyring, the",
      "signing key and all certificates go on. When it is done, name the new place as `store` in",
      "the configuration and retire the old one; two stores that grow apart are a forked ledger.",
      "",
      "May be interrupted at any moment; run it again and it goes on where it was. Nobody can open",
      "the target as a store before every row of both sides was compared.",
      "A sealed value stays sealed: the copy needs no key, and none is carried.",
    ],
  });
  bind(copy, actCopy);
  const compare = store
    .command("compare")
    .description("compare every row of two copies of a store, and their ledgers' roots")
    .option("--from <place>", FROM)
    .requiredOption("--to <place>", "sqlite:<file> or postgres://…");
  addNotes(compare, {
    examples: ["store compare --from sqlite:app.db --to postgres://db.example/app"],
    finding: "they differ; the first row that does is named",
  });
  bind(compare, actCompare);
  addScrub(store, bind);
}

async function actCopy(call: Call): Promise<Answer> {
  const [from, to] = placesOf(call);
  return between(call, await copySourceAt(from), async (source, tell) =>
    between(call, await copyTargetAt(to, call.terminal.random), (target) =>
      carry(call, source, target, tell),
    ),
  );
}

async function carry(
  call: Call,
  source: StoreCopySource,
  target: StoreCopyTarget,
  tell: Tell,
): Promise<Answer> {
  const progress = progressOf(tell);
  if (call.flag("dryRun")) return outlook(source, target, progress);
  if (call.flag("restart")) await discardCopy(source, target);
  const report = await copyStore({ source, target, progress });
  const text = [
    report.resumed ? "The copy that was begun is finished." : "The store is copied.",
    compared(report),
    "",
    "Every row of both sides was compared. Name the new place in the configuration, and retire",
    "the old store: it was not changed, and what is erased from now on stays in it.",
  ].join("\n");
  return { json: report, text };
}

async function outlook(
  source: StoreCopySource,
  target: StoreCopyTarget,
  progress: ReturnType<typeof progressOf>,
): Promise<Answer> {
  const found = await copyOutlook({ source, target, progress });
  const { unfinished } = found;
  const carried = COPY_TABLES.reduce((sum, name) => sum + (unfinished?.rows[name] ?? 0), 0);
  const text = [
    pairs([
      ["store", found.store],
      ["schema", String(found.schema)],
      ["ledger entries", String(found.size)],
      ["target", unfinished === undefined ? "empty" : `unfinished copy, ${carried} rows arrived`],
    ]),
    "",
    rowTable(found.rows),
    "",
    "Nothing was changed.",
  ].join("\n");
  return { json: { dryRun: true, ...found, unfinished: unfinished ?? null }, text };
}

async function actCompare(call: Call): Promise<Answer> {
  const [from, to] = placesOf(call);
  return between(call, await copySourceAt(from), async (source, tell) =>
    between(call, await copySourceAt(to), async (target) => {
      const [one, other] = [source.identity.id, target.identity.id];
      if (one !== other) {
        const reason = `it is ${other}, not ${one}`;
        throw new CustodyError("option-invalid", { path: "--to", reason });
      }
      const same = await compareStores(source, target, progressOf(tell));
      return { json: { store: one, ...same }, text: `Both are the same.\n${compared(same)}` };
    }),
  );
}

function placesOf(call: Call): readonly [from: string, to: string] {
  const { folder } = call.terminal;
  const from = call.option("from");
  const source = from === undefined ? call.config().store : resolvedPlace(folder, from);
  return [source, resolvedPlace(folder, call.option("to") ?? "")];
}

/** Does the work and closes what was opened, whatever happens. */
async function between<T extends { readonly close: () => Promise<void> }>(
  call: Call,
  opened: T,
  work: (opened: T, tell: Tell) => Promise<Answer>,
): Promise<Answer> {
  const line = progressLine(call.terminal, call.flag("progress"));
  try {
    return await work(opened, line.tell);
  } finally {
    line.end();
    await opened.close();
  }
}

function progressOf(tell: Tell) {
  return (far: { readonly step: string; readonly table: string; readonly done: number }): void =>
    tell({ step: `${far.step} ${far.table}`, id: "", done: far.done });
}

function compared({ rows, size, root }: Comparison): string {
  const facts = [["ledger entries", String(size)] as const, ["root of both", root] as const];
  return `${rowTable(rows)}\n\n${pairs(facts)}`;
}

function rowTable(rows: Comparison["rows"]): string {
  return table(
    ["table", "rows"],
    COPY_TABLES.map((name) => [name, String(rows[name])]),
  );
}

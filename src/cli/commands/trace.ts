/** `custody trace`: everything that was made from something, with the way to each. */
import { type Command, Option } from "commander";
import { CustodyError } from "../../errors.js";
import { trace } from "../../flows/trace.js";
import { kindOfId } from "../../lib/id.js";
import type { Bind, Call } from "../call.js";
import { type Graph, graphOf, toDot, toMermaid } from "../graph.js";
import { addNotes } from "../help.js";
import { type Answer, pairs, table } from "../output.js";

const FORMATS = ["table", "json", "dot", "mermaid"] as const;
const RECORDS_SHOWN_MAX = 20;

type Traced = Awaited<ReturnType<typeof trace>>;

export function addTrace(program: Command, bind: Bind): void {
  const command = program
    .command("trace <id>")
    .description("what a subject, consent, record, data set, artifact, model or order reaches")
    .addOption(new Option("--format <format>", "how to print").choices(FORMATS).default("table"));
  addNotes(command, {
    examples: [
      "trace sub_01jd0000000000000000000000",
      "trace ord_01jd0000000000000000000000 --format mermaid",
    ],
    notes: [
      "Ids, and names of recipients. The graphs show what was made, and how, by a shortest way to",
      "each; the records are counted, not drawn.",
      "More than a million nodes are refused with limit-exceeded: nothing is ever left out.",
      "--json is --format json, and wraps a graph as {format, graph} when another format is named.",
    ],
  });
  bind(command, act);
}

async function act(call: Call): Promise<Answer> {
  const id = call.argument(0);
  if (kindOfId(id) === undefined) {
    throw new CustodyError("id-invalid", { path: "trace", expected: "custody" });
  }
  const traced = await call.inStore((context) => trace(context, id));
  const format = call.option("format");
  if (format === "json") return { json: traced, text: JSON.stringify(traced) };
  if (format === "table") return { json: traced, text: textOf(id, traced) };
  const graph = drawn(format, graphOf(id, traced));
  return { json: { format, graph }, text: graph };
}

function drawn(format: string | undefined, graph: Graph): string {
  return format === "dot" ? toDot(graph) : toMermaid(graph);
}

function textOf(id: string, traced: Traced): string {
  const { records, datasets, artifacts, models, recipients, places, paths, relations } = traced;
  const shown = records.slice(0, RECORDS_SHOWN_MAX);
  const more = records.length - shown.length;
  return [
    pairs([
      ["from", id],
      ["records", String(records.length)],
      ["people", String(traced.subjects)],
      ["data sets", String(datasets.length)],
      ["artifacts", String(artifacts.length)],
      ["models", String(models.length)],
      ["recipients", recipients.length === 0 ? "none" : recipients.join(", ")],
    ]),
    "",
    "Made from it",
    table(
      ["node", "made by", "way"],
      [...datasets, ...artifacts, ...models].map((node) => [
        node,
        relations[node] ?? "",
        (paths[node] ?? []).join(" > "),
      ]),
    ),
    "",
    "Places",
    table(
      ["node", "connector", "ref"],
      places.map(({ node, connector, ref }) => [node, connector, ref]),
    ),
    "",
    "Records",
    shown.length === 0 ? "(none)" : shown.join("\n"),
    ...(more > 0 ? [`and ${more} more: --format json lists all`] : []),
  ].join("\n");
}

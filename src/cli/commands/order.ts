/** `custody order`: what an authority asked for, and by when. */
import { type Command, Option } from "commander";
import { formatDistanceStrict } from "date-fns";
import { libraryOrder, ORDER_LIBRARY } from "../../core/order-library/index.js";
import { orderTemplate } from "../../core/order-template.js";
import { readOrder } from "../../core/order-text.js";
import { CustodyError } from "../../errors.js";
import { dueDuties, dutyCalendar } from "../../flows/duties.js";
import { type Opened, openOrder } from "../../flows/orders.js";
import { parseCivilDate } from "../../lib/civil-date.js";
import { instantText, parseInstant } from "../../lib/instant.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { readYamlInput } from "../input-file.js";
import { type Answer, finding, pairs, table } from "../output.js";
import { writing } from "../output-file.js";

export function addOrder(program: Command, bind: Bind): void {
  const order = program.command("order").description("orders: what they select and their clocks");
  addNotes(order, { examples: ["order new --like kurbo", "order open kurbo.yaml", "order due"] });
  const fresh = order
    .command("new")
    .description("a commented order file, modelled on a real order")
    .option("--like <name>", "the order to start from")
    .option("--list", "the orders there are")
    .option("--opened <day>", "the day its clocks run from; today unless given")
    .option("--output <file>", "write it there instead of printing it");
  addNotes(fresh, {
    examples: ["order new --list", "order new --like everalbum --output everalbum.yaml"],
    notes: [
      "Nothing is opened. What our source does not tell is said to be unknown in the file.",
      "--output never overwrites a file.",
    ],
  });
  bind(fresh, actNew);
  const open = order.command("open <file>").description("open an order: what it selects freezes");
  addNotes(open, {
    examples: ["order open kurbo.yaml"],
    notes: [
      "The file is YAML or JSON: {title, citation, opened, select, remedy, clock-starts}. A file",
      "of several YAML documents opens each, after all of them were read.",
      "Models made from what it selects are frozen before this command returns.",
    ],
  });
  bind(open, actOpen);
  const due = order
    .command("due")
    .description("every duty of every order with its day")
    .addOption(new Option("--format <format>", "how").choices(["table", "ical"]).default("table"))
    .option("--output <file>", "write the calendar there instead of printing it");
  addNotes(due, {
    examples: ["order due", "order due --json", "order due --format ical --output duties.ics"],
    finding: "a duty is overdue",
    notes: ["Days are calendar days; distances are counted to their end in UTC."],
  });
  bind(due, actDue);
}

async function actNew(call: Call): Promise<Answer> {
  if (call.flag("list")) {
    const orders = ORDER_LIBRARY.map(({ name, title, citation }) => ({ name, title, citation }));
    const rows = orders.map(({ name, title, citation }) => [name, title, citation]);
    return { json: { orders }, text: table(["name", "order", "citation"], rows) };
  }
  const name = call.option("like");
  const like = libraryOrder(name ?? "");
  if (like === undefined) {
    const reason = `one of ${ORDER_LIBRARY.map((one) => one.name).join(", ")} expected`;
    throw new CustodyError("option-invalid", { path: "--like", reason });
  }
  const opened = call.option("opened") ?? instantText(call.terminal.now()).slice(0, 10);
  if (parseCivilDate(opened) === undefined) {
    throw new CustodyError("date-impossible", { path: "--opened" });
  }
  const text = orderTemplate(like, opened);
  const output = call.option("output");
  if (output === undefined) return { json: { name, text }, text: text.trimEnd() };
  const file = call.path(output);
  await writing(
    { place: file, option: "--output" },
    async () => text,
    (made) => made,
  );
  return { json: { name, file }, text: pairs([["written to", file]]) };
}

async function actOpen(call: Call): Promise<Answer> {
  const given = readYamlInput(call.path(call.argument(0)));
  if (given.length === 0)
    throw new CustodyError("order-invalid", { path: "order", reason: "none" });
  const texts = given.map((one) => readOrder(one));
  const all = await call.inStore(async (context) => {
    const opened: Opened[] = [];
    for (const text of texts) opened.push(await openOrder(context, text));
    return opened;
  });
  const [only, ...more] = all;
  const text = all.map(openedText).join("\n\n");
  return { json: more.length === 0 && only !== undefined ? only : { orders: all }, text };
}

function openedText(opened: Opened): string {
  return [
    pairs([
      ["order", opened.id],
      ["records selected", String(opened.selected)],
      ["models frozen", String(opened.frozen.length)],
    ]),
    ...opened.frozen.map((model) => `  ${model}`),
    "",
    table(["duty", "due"], Object.entries(opened.due)),
  ].join("\n");
}

async function actDue(call: Call): Promise<Answer> {
  if (call.option("format") === "ical") return calendar(call);
  const duties = await call.inStore((context) => dueDuties(context));
  const nowMs = call.terminal.now();
  const rows = duties.map(({ order, title, duty, due, state }) => [
    order,
    title,
    duty,
    due,
    state,
    state === "done" ? "" : distance(due, nowMs),
  ]);
  return {
    json: { duties },
    text: table(["order", "title", "duty", "due", "state", ""], rows),
    exit: finding(duties.some(({ state }) => state === "overdue")),
  };
}

/** To the end of the day, so that a duty is not said to be late on its own day. */
function distance(day: string, nowMs: number): string {
  const endMs = parseInstant(`${day}T23:59:59.999Z`);
  return endMs === undefined ? "" : formatDistanceStrict(endMs, nowMs, { addSuffix: true });
}

/** The same duties give the same bytes, so a file under version control changes when they do. */
async function calendar(call: Call): Promise<Answer> {
  const make = () => call.inStore((context) => dutyCalendar(context));
  const output = call.option("output");
  if (output === undefined) {
    const text = await make();
    return { json: { format: "ical", text }, text: text.trimEnd() };
  }
  const file = call.path(output);
  await writing({ place: file, option: "--output" }, make, (text) => text);
  return { json: { format: "ical", file }, text: pairs([["written to", file]]) };
}

/** `custody order`: what an authority asked for, and by when. */
import type { Command } from "commander";
import { formatDistanceStrict } from "date-fns";
import { readOrder } from "../../core/order-text.js";
import { dueDuties } from "../../flows/duties.js";
import { openOrder } from "../../flows/orders.js";
import { parseInstant } from "../../lib/instant.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { readJsonInput } from "../input-file.js";
import { type Answer, finding, pairs, table } from "../output.js";

export function addOrder(program: Command, bind: Bind): void {
  const order = program.command("order").description("orders: what they select and their clocks");
  addNotes(order, { examples: ["order open kurbo.json", "order due"] });
  const open = order.command("open <file>").description("open an order: what it selects freezes");
  addNotes(open, {
    examples: ["order open kurbo.json"],
    notes: [
      "The file is JSON: {title, citation, opened, select, remedy}. YAML is not read.",
      "Models made from what it selects are frozen before this command returns.",
    ],
  });
  bind(open, actOpen);
  const due = order.command("due").description("every duty of every order with its day");
  addNotes(due, {
    examples: ["order due", "order due --json"],
    finding: "a duty is overdue",
    notes: ["Days are calendar days; distances are counted to their end in UTC."],
  });
  bind(due, actDue);
}

async function actOpen(call: Call): Promise<Answer> {
  const text = readOrder(readJsonInput(call.path(call.argument(0))));
  const opened = await call.inStore((context) => openOrder(context, text));
  const duties = Object.entries(opened.due);
  const lines = [
    pairs([
      ["order", opened.id],
      ["records selected", String(opened.selected)],
      ["models frozen", String(opened.frozen.length)],
    ]),
    ...opened.frozen.map((model) => `  ${model}`),
    "",
    table(
      ["duty", "due"],
      duties.map(([duty, day]) => [duty, day]),
    ),
  ];
  return { json: opened, text: lines.join("\n") };
}

async function actDue(call: Call): Promise<Answer> {
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

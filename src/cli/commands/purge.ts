/**
 * `custody purge`: planned, approved by a human for exactly that plan, run until every place was
 * seen empty.
 */
import type { Command } from "commander";
import type { Purge, Step } from "../../core/purge.js";
import { CustodyError } from "../../errors.js";
import { needWhole } from "../../flows/plan-pages.js";
import { approvePurge } from "../../flows/purge-approval.js";
import { runPurge } from "../../flows/purge-run.js";
import { planPurge } from "../../flows/purges.js";
import { list, need } from "../../flows/rows.js";
import { type OrderId, requireId, type SubjectId } from "../../lib/id.js";
import { type Bind, type Call, idArgument } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, finding, pairs, table } from "../output.js";
import { planText } from "../plan-text.js";
import { addPurgeReplay } from "./purge-replay.js";
import { addScrub } from "./store-scrub.js";

const EXAMPLE = "prg_01jd0000000000000000000000";

export function addPurge(program: Command, bind: Bind): void {
  const purge = program.command("purge").description("purges: planned, approved, run, scrubbed");
  addNotes(purge, { examples: ["purge plan --order ord_01jd0000000000000000000000"] });
  const plan = purge
    .command("plan")
    .description("say what would go, where, and what would stay; nothing is erased")
    .option("--order <id>", "everything that an order selects")
    .option("--subject <id>", "everything of one person");
  addNotes(plan, {
    examples: ["purge plan --order ord_01jd0000000000000000000000"],
    notes: ["Give one of --order and --subject."],
  });
  bind(plan, actPlan);
  const show = purge.command("show <id>").description("the plan, its approvals and its steps");
  addNotes(show, { examples: [`purge show ${EXAMPLE}`] });
  bind(show, actShow);
  const approve = purge
    .command("approve <id>")
    .description("approve the plan as it is now, by its hash")
    .requiredOption("--name <name>", "the human who approves")
    .requiredOption("--title <title>", "that person's office");
  addNotes(approve, { examples: [`purge approve ${EXAMPLE} --name "Ada Park" --title Counsel`] });
  bind(approve, actApprove);
  const run = purge
    .command("run <id>")
    .description("erase what the plan names, and look at every place afterwards");
  addNotes(run, {
    examples: [`purge run ${EXAMPLE} --progress`],
    finding: "incomplete: a place was not seen empty, or a rule refuses",
    notes: ["May be interrupted at any moment; run it again and it goes on where it was."],
  });
  bind(run, actRun);
  addPurgeReplay(purge, bind);
  addScrub(purge, bind);
}

async function actPlan(call: Call): Promise<Answer> {
  const [order, subject] = [call.option("order"), call.option("subject")];
  if ((order === undefined) === (subject === undefined)) {
    const reason = "give one of --order and --subject";
    throw new CustodyError("option-invalid", { path: "purge plan", reason });
  }
  const cause: { readonly order: OrderId } | { readonly subject: SubjectId } =
    order === undefined
      ? { subject: requireId("subject", subject, "--subject") }
      : { order: requireId("order", order, "--order") };
  const planned = await call.inStore((context) => planPurge(context, cause));
  const text = [
    planText(planned.plan, planned.reach),
    "",
    pairs([
      ["purge", planned.id],
      ["plan (SHA-256)", planned.hash],
    ]),
    "",
    `Nothing was erased. Next: custody purge approve ${planned.id} --name … --title …`,
  ].join("\n");
  return { json: planned, text };
}

async function actShow(call: Call): Promise<Answer> {
  const id = idArgument(call, "purge");
  const { purge, steps } = await call.inStore(async (context) => ({
    purge: (await needWhole(context, id)).body,
    steps: (await list<Step>(context, "step", { owner: id })).map(({ body }) => body),
  }));
  const inOrder = [...steps].sort((a, b) => a.index - b.index);
  const text = [
    planText(purge.plan),
    "",
    pairs([
      ["purge", purge.id],
      ["state", purge.state],
      ["plan (SHA-256)", purge.planHash],
      ...purge.approvals.map((a) => ["approved by", `${a.by}, ${a.title}, ${a.at}`] as const),
    ]),
    "",
    "Steps",
    table(
      ["step", "node", "connector", "attempts", "state"],
      inOrder.map((step) => [
        String(step.index),
        step.item.node,
        step.item.connector,
        String(step.attempts),
        stateOf(step),
      ]),
    ),
  ].join("\n");
  return { json: { purge, steps: inOrder }, text };
}

function stateOf({ progress }: Step): string {
  if (progress.state === "seen") return `seen absent (${progress.level})`;
  return progress.state === "failed" ? `failed: ${progress.code}` : progress.state;
}

async function actApprove(call: Call): Promise<Answer> {
  const purge = idArgument(call, "purge");
  const by = { name: call.option("name") ?? "", title: call.option("title") ?? "" };
  const plan = await call.inStore(async (context) => {
    await approvePurge(context, { purge, by });
    return (await need<Purge>(context, "purge", purge)).body.planHash;
  });
  const text = [
    pairs([
      ["approved", purge],
      ["plan (SHA-256)", plan],
    ]),
    "",
    `Next: custody purge run ${purge}`,
  ].join("\n");
  return { json: { purge, plan, approved: true }, text };
}

async function actRun(call: Call): Promise<Answer> {
  const purge = idArgument(call, "purge");
  const ran = await call.inStore((context) => runPurge(context, purge));
  const lines = [
    pairs([
      ["purge", purge],
      ["state", ran.state],
      ["places", `${ran.steps}, ${ran.steps - ran.open.length} seen empty`],
    ]),
  ];
  if (ran.open.length > 0) {
    const rows = ran.open.map(({ node, connector, code }) => [node, connector, code]);
    lines.push("", "Not seen empty", table(["node", "connector", "code"], rows));
  }
  const exit = finding(ran.state !== "complete");
  return { json: { purge, ...ran }, text: lines.join("\n"), exit };
}

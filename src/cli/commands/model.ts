/** `custody model`: what a model was made from, what stands against it, and may it be served. */
import type { Command } from "commander";
import { getModel, mayServe } from "../../flows/models.js";
import { type Bind, type Call, idArgument } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, finding, pairs, table } from "../output.js";

const EXAMPLE = "mod_01jd0000000000000000000000";

export function addModel(program: Command, bind: Bind): void {
  const model = program.command("model").description("models: shown, and whether they may serve");
  addNotes(model, {
    examples: [`model may-serve ${EXAMPLE}`],
    finding: "the model may not be served",
  });
  const may = model
    .command("may-serve <id>")
    .description("say whether the model may be served at this moment");
  addNotes(may, {
    examples: [`model may-serve ${EXAMPLE} && systemctl start model-server`],
    finding: "the model may not be served; one that nobody knows may not",
    notes: [
      "True of this moment only: a server asks again before each answer (custody/http).",
      "Anything but exit code 0 means: do not serve.",
    ],
  });
  bind(may, actMayServe);
  const show = model
    .command("show <id>")
    .description("the model, its state, what it was made from, and every mark on it");
  addNotes(show, { examples: [`model show ${EXAMPLE}`] });
  bind(show, actShow);
}

async function actMayServe(call: Call): Promise<Answer> {
  const model = idArgument(call, "model");
  const answer = await call.inStore((context) => mayServe(context, model));
  const text = pairs([
    ["model", model],
    ["may be served", answer.mayServe ? "yes" : "no"],
    ["state", answer.state],
    ["because", answer.because],
  ]);
  return { json: { model, ...answer }, text, exit: finding(!answer.mayServe) };
}

async function actShow(call: Call): Promise<Answer> {
  const id = idArgument(call, "model");
  const { model, serving } = await call.inStore(async (context) => ({
    model: await getModel(context, id),
    serving: await mayServe(context, id),
  }));
  const text = [
    pairs([
      ["model", id],
      ["name", model.name],
      ["purpose", model.purpose],
      ["state", serving.state],
      ["may be served", serving.mayServe ? "yes" : "no"],
      ["artifact (SHA-256)", model.digest],
      ["begun", model.begunAt],
      ["completed", model.completedAt],
      ...(model.replacedBy === undefined ? [] : [["replaced by", model.replacedBy] as const]),
      ...(model.replaces === undefined ? [] : [["replaces", model.replaces.model] as const]),
    ]),
    "",
    "Made from",
    table(
      ["source", "relation"],
      model.parents.map((parent) => [parent.id, parent.relation]),
    ),
    "",
    "Marks",
    table(
      ["at", "state", "cause", "by"],
      model.marks.map(({ at, state, cause, by }) => [at, state, cause, by]),
    ),
  ].join("\n");
  return { json: { ...model, state: serving.state, mayServe: serving.mayServe }, text };
}

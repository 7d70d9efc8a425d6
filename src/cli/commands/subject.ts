/** `custody subject show`: what custody knows of a person, without a single value. */
import type { Command } from "commander";
import { getSubject } from "../../flows/subjects.js";
import { type Bind, type Call, idArgument } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, pairs, table } from "../output.js";

/** What `verifiable` means to a reader. */
const VOUCHED = {
  true: "signature checked",
  false: "forgeable",
  "not stated": "not stated",
} as const;

export function addSubject(program: Command, bind: Bind): void {
  const subject = program.command("subject").description("people, by their ids");
  addNotes(subject, { examples: ["subject show sub_01jd0000000000000000000000"] });
  const show = subject
    .command("show <id>")
    .description("age band, knowledge, evidence, consents, and records by status");
  addNotes(show, {
    examples: ["subject show sub_01jd0000000000000000000000 --json"],
    notes: ["Never prints a value that was collected, nor what was said about an age."],
  });
  bind(show, act);
}

async function act(call: Call): Promise<Answer> {
  const id = idArgument(call, "subject");
  const view = await call.inStore((context) => getSubject(context, id));
  const records = Object.entries(view.records);
  const text = [
    pairs([
      ["subject", view.id],
      ["age band", view.band],
      ["knowledge of a child", view.knowledge],
      ["jurisdiction", view.jurisdiction],
      ["time zone", view.timeZone === "" ? "not known" : view.timeZone],
    ]),
    "",
    "Evidence of age",
    table(
      ["kind", "source", "assurance", "vouched for", "counts", "at"],
      view.evidence.map((one) => [
        one.kind,
        one.source,
        one.assurance ?? "not stated",
        VOUCHED[`${one.verifiable ?? "not stated"}` as const],
        one.counts ? "yes" : "no",
        one.at,
      ]),
    ),
    "",
    "Consents",
    table(
      ["id", "status", "method", "purposes given"],
      view.consents.map((c) => [c.id, c.status, c.method, c.purposes.join(", ")]),
    ),
    "",
    "Records",
    table(
      ["status", "count"],
      records.map(([status, count]) => [status, String(count)]),
    ),
  ].join("\n");
  return { json: view, text };
}

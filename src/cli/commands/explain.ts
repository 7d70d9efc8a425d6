/**
 * `custody explain`: why something would be collected, or a record be used, by the policy that the
 * store keeps. The words are the client's own: both are made in core/explanation.ts.
 */
import type { Command } from "commander";
import type { Explanation } from "../../core/explanation.js";
import { CustodyError } from "../../errors.js";
import type { Context } from "../../flows/context.js";
import { explainDecision } from "../../flows/questions.js";
import { findSubject } from "../../flows/subjects.js";
import { kindOfId, parseId, requireId, type SubjectId } from "../../lib/id.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, finding, pairs, table } from "../output.js";

export function addExplain(program: Command, bind: Bind): void {
  const explain = program
    .command("explain <subject>")
    .description("why something may be collected or used: rule, evidence, consents, what helps")
    .requiredOption("--purpose <name>", "the purpose asked about")
    .option("--collection <name>", "where it would be kept; without it the purpose alone is asked")
    .option(
      "--field <name...>",
      "the fields to be collected; all of the collection's unless named",
    );
  addNotes(explain, {
    examples: [
      "explain sub_01jd0000000000000000000000 --purpose training",
      "explain sub_01jd0000000000000000000000 --purpose coaching --collection profile --json",
      "explain rec_01jd0000000000000000000000 --purpose training",
    ],
    finding: "it would be refused",
    notes: [
      "A subject is named by its id or by the application's own id of the person; the id of a",
      "record asks about its use. Never prints a value, a contact, nor what was said about an age.",
    ],
  });
  bind(explain, act);
}

async function act(call: Call): Promise<Answer> {
  const named = call.argument(0);
  const purpose = call.option("purpose") ?? "";
  const collection = call.option("collection");
  const fields = call.options("field");
  const kind = kindOfId(named);
  // What is an id of ours, but of neither kind, is refused before anything is opened.
  if (kind !== undefined && kind !== "record") requireId("subject", named, "subject");
  const told = await call.inStore(async (context) => {
    if (kind === "record") {
      if (collection !== undefined || fields.length > 0) {
        throw new CustodyError("option-invalid", {
          path: "explain",
          reason: "a record has its own",
        });
      }
      return explainDecision(context, { record: requireId("record", named, "subject"), purpose });
    }
    return explainDecision(context, {
      subject: await subjectNamed(context, named),
      purpose,
      ...(collection === undefined ? {} : { collection }),
      ...(fields.length === 0 ? {} : { fields }),
    });
  });
  return { json: told, text: explanationText(told), exit: finding(!told.allowed) };
}

/** What is no id of ours may be the application's: an unknown one is refused as no id at all. */
async function subjectNamed(context: Context, named: string): Promise<SubjectId> {
  const own = parseId("subject", named);
  return own ?? (await findSubject(context, named)) ?? requireId("subject", named, "subject");
}

function explanationText(told: Explanation): string {
  return [
    told.sentences.join("\n"),
    "",
    pairs([
      ["answer", told.allowed ? "allowed" : told.code],
      ["regime", told.regime],
      ["rule", told.rule],
      ["firmness", told.firmness],
      ["age band", told.band],
    ]),
    "",
    "Evidence in force",
    table(
      ["id", "kind", "source", "since", "decides"],
      told.evidence.map((e) => [e.id, e.kind, e.source, e.at, e.decides ? "yes" : ""]),
    ),
    "",
    "Consents on the purpose",
    table(
      ["id", "from", "method", "notice", "answered", "says", "decides"],
      told.consents.map((c) => {
        const { id, from, method, notice, answeredAt, verdict, decides } = c;
        return [id, from, method, notice, answeredAt, verdict, decides ? "yes" : ""];
      }),
    ),
  ].join("\n");
}

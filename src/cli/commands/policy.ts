/** `custody policy`: the adopted policies, as pages that people read. */
import { type Command, Option } from "commander";
import { policyFromDescription } from "../../core/policy-description.js";
import { type PolicyPages, policyPages } from "../../core/policy-pages.js";
import {
  PAGE_FORMATS,
  PAGE_NAMES,
  type PageFormat,
  type PageName,
  renderPolicyPages,
} from "../../core/policy-print.js";
import { CustodyError } from "../../errors.js";
import type { Context } from "../../flows/context.js";
import { adoptedPolicy, policyInForce } from "../../flows/policies.js";
import { policyNow } from "../../flows/policy-now.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { type Answer, finding, pairs } from "../output.js";
import { writing } from "../output-file.js";

const FORMATS = [...PAGE_FORMATS, "json"] as const;
const NUMBER = /^[1-9]\d{0,8}$/;

export function addPolicy(program: Command, bind: Bind): void {
  const policy = program.command("policy").description("the policy, as pages that people read");
  addNotes(policy, {
    examples: ["policy print --page retention --format html --output retention.html"],
    finding: "something that the retention policy must say was not written down",
  });
  const print = policy
    .command("print")
    .description("the written retention policy and the page of data practices")
    .addOption(new Option("--page <page>", "what to print").choices(PAGE_NAMES).default("all"))
    .addOption(
      new Option("--format <format>", "how to print it").choices(FORMATS).default("markdown"),
    )
    .option("--output <file>", "write it there instead of printing it")
    .option("--adopted <number>", "an earlier policy: 1 is the first that was adopted")
    .option("--jurisdictions <codes>", "answer for these places, such as US,US-CA,FR");
  addNotes(print, {
    examples: [
      "policy print",
      "policy print --page retention --format html --output retention.html",
      "policy print --page practices --jurisdictions US,US-CA",
    ],
    finding: "no business need was written down for a collection; it is printed all the same",
    notes: [
      "Prints the newest adopted policy with every change of practice since; --adopted prints one",
      "as it was written. The retention policy is that of 16 CFR 312.10: purposes, business need",
      "(`need` of a collection), time frame. --output never overwrites a file.",
      "--json wraps the text as {page, format, gaps, text}; --format json prints the facts.",
    ],
  });
  bind(print, actPrint);
}

interface Printed {
  readonly pages: PolicyPages;
  readonly text: string;
}

async function actPrint(call: Call): Promise<Answer> {
  const page = (call.option("page") ?? "all") as PageName;
  const format = call.option("format") ?? "markdown";
  const adopted = numberOf(call.option("adopted"));
  const places = call.option("jurisdictions")?.split(",");
  const make = async (): Promise<Printed> => {
    const pages = await call.inStore((context) => factsOf(context, adopted, places));
    if (format === "json") return { pages, text: JSON.stringify(pages, undefined, 2) };
    return { pages, text: renderPolicyPages(pages, { page, format: format as PageFormat }) };
  };
  const output = call.option("output");
  const place = output === undefined ? undefined : call.path(output);
  const { pages, text } =
    place === undefined
      ? await make()
      : await writing({ place, option: "--output" }, make, (made) => made.text);
  const { gaps } = pages;
  const exit = finding(gaps.length > 0);
  if (place !== undefined) {
    const rows: [string, string][] = [["written to", place]];
    for (const gap of gaps) rows.push(["not written down", gap]);
    return { json: { page, format, gaps, file: place }, text: pairs(rows), exit };
  }
  const json = format === "json" ? pages : { page, format, gaps, text };
  return { json, text: text.trimEnd(), exit };
}

/** @throws `not-found` where nothing was adopted, or not under this number */
async function factsOf(
  context: Context,
  number: number | undefined,
  places: readonly string[] | undefined,
): Promise<PolicyPages> {
  const body =
    number === undefined ? await policyInForce(context) : await adoptedPolicy(context, number);
  if (body === undefined) {
    throw new CustodyError("not-found", { kind: "policy", id: String(number ?? "in force") });
  }
  const policy =
    number === undefined ? await policyNow(context) : policyFromDescription(body.description);
  return policyPages(policy, {
    adopted: { order: body.order, at: body.adoptedAt },
    ...(places === undefined ? {} : { jurisdictions: places }),
  });
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (NUMBER.test(text)) return Number(text);
  throw new CustodyError("option-invalid", { path: "--adopted", reason: "a number from 1 on" });
}

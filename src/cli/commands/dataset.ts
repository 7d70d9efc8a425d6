/**
 * `custody dataset`: whether a record is in a sealed dataset, as a proof that is checked offline.
 * Checking opens no configuration and no store; what it believes comes from `verify.ts`.
 */
import type { Command } from "commander";
import type { MembershipProof } from "../../core/membership.js";
import { CustodyError } from "../../errors.js";
import { proveMembership } from "../../flows/membership.js";
import { requireId } from "../../lib/id.js";
import { verifyMembership } from "../../verify.js";
import { type Bind, type Call, idArgument } from "../call.js";
import { addNotes } from "../help.js";
import { readJsonInput } from "../input-file.js";
import { type Answer, pairs } from "../output.js";
import { writing } from "../output-file.js";

const DATASET = "dat_01jd0000000000000000000000";
const RECORD = "rec_01jd0000000000000000000000";

export function addDataset(program: Command, bind: Bind): void {
  const dataset = program.command("dataset").description("sealed datasets and what is in them");
  addNotes(dataset, {
    examples: ["dataset verify-proof proof.json --manifest first.jsonl.manifest.json"],
    finding: "the proof does not hold",
  });
  const prove = dataset
    .command("prove <dataset> <record>")
    .description("prove that a record is, or is not, in the dataset as it was sealed")
    .option("--output <file>", "write the proof there instead of printing it");
  addNotes(prove, {
    examples: [`dataset prove ${DATASET} ${RECORD} --output proof.json`],
    notes: ["It names no other record and holds no value.", "--output never overwrites a file."],
  });
  bind(prove, actProve);
  const verify = dataset
    .command("verify-proof <file>")
    .description("check a proof against the dataset's root: no store and no configuration needed")
    .option("--root <hex>", "the root, as it was published")
    .option("--manifest <file>", "the manifest beside an export, which holds the root");
  addNotes(verify, {
    examples: [
      "dataset verify-proof proof.json --manifest first.jsonl.manifest.json",
      `dataset verify-proof proof.json --root ${"0".repeat(64)}`,
    ],
    finding: "the proof does not hold",
    notes: [
      "Exactly one of --root and --manifest. Get it by another way than the proof.",
      "That a record is not in the dataset, when proven, is no finding.",
    ],
  });
  bind(verify, actVerify);
}

async function actProve(call: Call): Promise<Answer> {
  const dataset = idArgument(call, "dataset");
  const record = requireId("record", call.argument(1), "record");
  const prove = () => call.inStore((context) => proveMembership(context, { dataset, record }));
  const written = (proof: MembershipProof) => `${JSON.stringify(proof)}\n`;
  const output = call.option("output");
  if (output === undefined) {
    const proof = await prove();
    return { json: proof, text: written(proof).trimEnd() };
  }
  const place = call.path(output);
  const proof = await writing({ place, option: "--output" }, prove, written);
  const text = pairs([
    ["record", record],
    ["dataset", dataset],
    ["proven", wordsFor(proof.member)],
    ["written to", place],
  ]);
  return { json: { ...proof, file: place }, text };
}

async function actVerify(call: Call): Promise<Answer> {
  const root = rootOf(call);
  const proof = readJsonInput(call.path(call.argument(0)));
  const { dataset, record, member } = verifyMembership(proof, { root });
  const text = pairs([
    ["record", record],
    ["dataset", dataset],
    ["proven", wordsFor(member)],
    ["root", root],
  ]);
  return { json: { verified: true, dataset, record, member, root }, text };
}

function wordsFor(member: boolean): string {
  return member ? "in the dataset as sealed" : "not in the dataset as sealed";
}

function rootOf(call: Call): string {
  const given = call.option("root");
  const manifest = call.option("manifest");
  if ((given === undefined) === (manifest === undefined)) {
    const reason = "exactly one of --root and --manifest";
    throw new CustodyError("option-invalid", { path: "--root", reason });
  }
  if (given !== undefined) return given;
  const place = call.path(manifest ?? "");
  const { root } = (readJsonInput(place) ?? {}) as { readonly root?: unknown };
  if (typeof root === "string") return root;
  throw new CustodyError("file-unreadable", { place, reason: "it holds no root" });
}

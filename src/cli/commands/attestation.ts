/**
 * `custody attestation`: in-toto statements of consents, deletions and destroyed models. Verifying
 * opens no configuration and no store; what it believes comes from `verify.ts`.
 */
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import { issueAttestation } from "../../flows/attestations.js";
import { type AttestationStatement, verifyAttestation } from "../../verify.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { readInput } from "../input-file.js";
import { keysIn, notKeys } from "../key-file.js";
import { type Answer, pairs, table } from "../output.js";
import { writing } from "../output-file.js";

const KINDS = ["consent", "certificate", "purge"] as const;

export function addAttestation(program: Command, bind: Bind): void {
  const attestation = program
    .command("attestation")
    .description("signed in-toto statements, for supply-chain tools");
  addNotes(attestation, {
    examples: ["attestation verify deletion.json --key custody.pub.json"],
    finding: "it does not verify, or may not be issued",
  });
  const issue = attestation
    .command("issue")
    .description("attest a consent, a deletion or the models that a purge destroyed")
    .option("--consent <id>", "a consent: attests a receipt made now")
    .option("--certificate <id>", "a certificate: attests the deletion it certifies")
    .option("--purge <id>", "a complete purge: attests that its models are gone")
    .option("--output <file>", "write the envelope there instead of printing it")
    .option("--evidence <file>", "write the receipt or certificate there whose digest is attested");
  addNotes(issue, {
    examples: [
      "attestation issue --certificate crt_01jd0000000000000000000000 --output deletion.json",
      "attestation issue --purge prg_01jd0000000000000000000000 --output models.json",
      "attestation issue --consent con_01jd0000000000000000000000 --evidence consent.jwt",
    ],
    finding: "the purge is not complete",
    notes: ["Exactly one of --consent, --certificate and --purge.", "No file is overwritten."],
  });
  bind(issue, actIssue);
  const verify = attestation
    .command("verify <file>")
    .description("verify an attestation with a public key: no store and no configuration needed")
    .requiredOption("--key <file>", "the issuer's public key: a JWK, or a set of them");
  addNotes(verify, {
    examples: ["attestation verify deletion.json --key custody.pub.json"],
    finding: "it does not verify",
    notes: ["Get the key file from the issuer by another way than the attestation."],
  });
  bind(verify, actVerify);
}

async function actIssue(call: Call): Promise<Answer> {
  const input = inputOf(call);
  const [output, evidence] = ["output", "evidence"].map((name) => {
    const given = call.option(name);
    return given === undefined ? undefined : call.path(given);
  });
  if (evidence !== undefined && "purge" in input) {
    const reason = "a model purge attests the models' own bytes";
    throw new CustodyError("option-invalid", { path: "--evidence", reason });
  }
  const issue = () => call.inStore((context) => issueAttestation(context, input));
  const kept = () =>
    evidence === undefined
      ? issue()
      : writing({ place: evidence, option: "--evidence" }, issue, (made) => made.evidence);
  const issued =
    output === undefined
      ? await kept()
      : await writing({ place: output, option: "--output" }, kept, (made) => `${made.envelope}\n`);
  const { envelope, statement } = issued;
  const text = [statementText(statement), pairs([["written to", output ?? ""]])].join("\n");
  return {
    json: { envelope: JSON.parse(envelope), statement, file: output, evidence },
    text: output === undefined ? envelope : text,
  };
}

function inputOf(call: Call): Parameters<typeof issueAttestation>[1] {
  const given = KINDS.flatMap((kind) => {
    const id = call.option(kind);
    return id === undefined ? [] : [{ [kind]: id }];
  });
  const [only] = given;
  if (only !== undefined && given.length === 1) {
    return only as unknown as Parameters<typeof issueAttestation>[1];
  }
  const reason = `exactly one of ${KINDS.map((kind) => `--${kind}`).join(", ")}`;
  throw new CustodyError("option-invalid", { path: "attestation issue", reason });
}

async function actVerify(call: Call): Promise<Answer> {
  const keyPlace = call.path(call.option("key") ?? "");
  const keys = keysIn(keyPlace);
  // One line end at most is taken off: every other byte of the file is the envelope's.
  const envelope = readInput(call.path(call.argument(0))).replace(/\r?\n$/, "");
  try {
    const statement = await verifyAttestation(envelope, { keys });
    return { json: { verified: true, statement }, text: statementText(statement) };
  } catch (error) {
    throw notKeys(error, keyPlace);
  }
}

function statementText(statement: AttestationStatement): string {
  const { predicate, predicateType } = statement;
  const plain = Object.entries(predicate).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  const subjects = statement.subject.map(({ name, digest }) => {
    const [algorithm = "", value = ""] = Object.entries(digest)[0] ?? [];
    return [name, algorithm, value];
  });
  return [
    pairs([["type", predicateType], ...plain]),
    "",
    "Subjects",
    table(["name", "digest", "value"], subjects),
  ].join("\n");
}

/**
 * `custody certificate statement`: the page for the person named on a certificate to sign. What
 * does not verify is not laid before anybody.
 */
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import { verifyCertificate } from "../../verify.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { readInput } from "../input-file.js";
import { keysIn, notKeys } from "../key-file.js";
import { type Answer, pairs } from "../output.js";
import { writing } from "../output-file.js";
import { statementPage } from "../statement-page.js";

export function addCertificateStatement(certificate: Command, bind: Bind): void {
  const statement = certificate
    .command("statement <file>")
    .description("the drafted statement of 28 U.S.C. 1746 as a page to sign")
    .requiredOption("--key <file>", "the issuer's public key: a JWK, or a set of them")
    .option("--output <file>", "write it there instead of printing it");
  addNotes(statement, {
    examples: ["certificate statement purge.jws --key custody.pub.json --output statement.txt"],
    finding: "it does not verify, or no statement was drafted on it",
    notes: [
      "It binds nobody until the person named has read, dated and signed it.",
      "The day is that of the certificate, in UTC: who signs on another day writes that day.",
      "--output never overwrites a file.",
    ],
  });
  bind(statement, act);
}

async function act(call: Call): Promise<Answer> {
  const keyPlace = call.path(call.option("key") ?? "");
  const keys = keysIn(keyPlace);
  const jws = readInput(call.path(call.argument(0))).replace(/\r?\n$/, "");
  const certificate = await verifyCertificate(jws, { keys }).catch((error: unknown) => {
    throw notKeys(error, keyPlace);
  });
  const page = statementPage(certificate);
  if (page === undefined) throw new CustodyError("statement-incomplete", { path: "statement" });
  const output = call.option("output");
  const json = { certificate: certificate.id, page };
  if (output === undefined) return { json, text: page };
  const place = call.path(output);
  await writing(
    { place, option: "--output" },
    async () => `${page}\n`,
    (made) => made,
  );
  const text = pairs([
    ["statement of", certificate.id],
    ["written to", place],
  ]);
  return { json: { ...json, file: place }, text };
}

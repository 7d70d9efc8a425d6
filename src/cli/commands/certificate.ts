/**
 * `custody certificate`: what is sworn after a purge. Verifying has a file of its own, which needs
 * no store.
 */
import type { Command } from "commander";
import type { Campaign } from "../../core/certificate.js";
import { CustodyError } from "../../errors.js";
import type { IssueCertificateInput } from "../../flows/certificate-terms.js";
import { issueCertificate } from "../../flows/certificates.js";
import { type Bind, type Call, idArgument } from "../call.js";
import { addNotes } from "../help.js";
import { readJsonInput } from "../input-file.js";
import { type Answer, pairs } from "../output.js";
import { writing } from "../output-file.js";
import { addCertificateStatement } from "./certificate-statement.js";
import { addCertificateVerify } from "./certificate-verify.js";

const STATEMENT = "28-usc-1746";

export function addCertificate(program: Command, bind: Bind): void {
  const certificate = program.command("certificate").description("certificates of purges");
  addNotes(certificate, {
    examples: ["certificate verify purge.jws --key custody.pub.json"],
    finding: "it does not verify, or may not be issued",
  });
  const issue = certificate
    .command("issue <purge>")
    .description("issue the certificate of a complete purge")
    .option("--name <name>", "the human who answers for it, where an order wants an oath")
    .option("--title <title>", "that person's office")
    .option("--statement <form>", `add a draft statement; the one form is ${STATEMENT}`)
    .option("--counts <file>", "JSON: the answers to notices, where the order asks for them")
    .option("--out <file>", "write the certificate there instead of printing it");
  addNotes(issue, {
    examples: [
      'certificate issue prg_01jd0000000000000000000000 --name "Ada Park" --title Counsel',
    ],
    finding: "the purge is not complete, or another rule refuses",
    notes: ["--out never overwrites a file."],
  });
  bind(issue, actIssue);
  addCertificateVerify(certificate, bind);
  addCertificateStatement(certificate, bind);
}

async function actIssue(call: Call): Promise<Answer> {
  const purge = idArgument(call, "purge");
  const statement = call.option("statement");
  if (statement !== undefined && statement !== STATEMENT) {
    const reason = `the one form is ${STATEMENT}`;
    throw new CustodyError("option-invalid", { path: "--statement", reason });
  }
  const [name, title] = [call.option("name"), call.option("title")];
  const signer = { name: name ?? "", title: title ?? "", human: true } as const;
  const counts = call.option("counts");
  const input: IssueCertificateInput = {
    purge,
    ...(name === undefined && title === undefined ? {} : { signer }),
    ...(statement === undefined ? {} : { statement }),
    ...(counts === undefined ? {} : { counts: readJsonInput(call.path(counts)) as Campaign }),
  };
  const issue = () => call.inStore((context) => issueCertificate(context, input));
  const out = call.option("out");
  const place = out === undefined ? undefined : call.path(out);
  const { id, jws } =
    place === undefined
      ? await issue()
      : await writing({ place, option: "--out" }, issue, (issued) => issued.jws);
  if (place === undefined) return { json: { id, jws }, text: jws };
  const text = pairs([
    ["certificate", id],
    ["written to", place],
  ]);
  return { json: { id, jws, file: place }, text };
}

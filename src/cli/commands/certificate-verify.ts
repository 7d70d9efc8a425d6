/**
 * `custody certificate verify`: for somebody who has the certificate and the public key, and
 * nothing else. It opens no configuration and no store, and everything it believes comes from
 * `verify.ts`.
 */
import type { Command } from "commander";
import { verifyCertificate } from "../../verify.js";
import type { Bind, Call } from "../call.js";
import { certificateText } from "../certificate-text.js";
import { addNotes } from "../help.js";
import { readInput } from "../input-file.js";
import { keysIn, notKeys } from "../key-file.js";
import type { Answer } from "../output.js";

export function addCertificateVerify(certificate: Command, bind: Bind): void {
  const verify = certificate
    .command("verify <file>")
    .description("verify a certificate with a public key: no store and no configuration needed")
    .requiredOption("--key <file>", "the issuer's public key: a JWK, or a set of them");
  addNotes(verify, {
    examples: ["certificate verify purge.jws --key custody.pub.json"],
    finding: "it does not verify",
    notes: ["Get the key file from the issuer by another way than the certificate."],
  });
  bind(verify, act);
}

async function act(call: Call): Promise<Answer> {
  const keyPlace = call.path(call.option("key") ?? "");
  const keys = keysIn(keyPlace);
  // One line end at most is taken off: every other byte of the file is the certificate's.
  const jws = readInput(call.path(call.argument(0))).replace(/\r?\n$/, "");
  try {
    const certificate = await verifyCertificate(jws, { keys });
    return { json: { verified: true, certificate }, text: certificateText(certificate) };
  } catch (error) {
    throw notKeys(error, keyPlace);
  }
}

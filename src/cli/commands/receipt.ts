/**
 * `custody receipt`: what a parent agreed to, signed. Verifying opens no configuration and no
 * store; everything it believes comes from `verify.ts`.
 */
import type { Command } from "commander";
import type { Receipt } from "../../core/receipt.js";
import { receiptFor } from "../../flows/receipts.js";
import { verifyReceipt } from "../../verify.js";
import { type Bind, type Call, idArgument } from "../call.js";
import { addNotes } from "../help.js";
import { readInput } from "../input-file.js";
import { keysIn, notKeys } from "../key-file.js";
import { type Answer, pairs, table } from "../output.js";

export function addReceipt(program: Command, bind: Bind): void {
  const receipt = program.command("receipt").description("signed receipts of consents");
  addNotes(receipt, {
    examples: ["receipt verify consent.jwt --key custody.pub.json"],
    finding: "it does not verify",
  });
  const show = receipt
    .command("show <consent>")
    .description("the receipt of a consent as it stands now, for the parent")
    .option("--jwt", "print the signed text alone, to be kept as a file");
  addNotes(show, {
    examples: [
      "receipt show con_01jd0000000000000000000000",
      "receipt show con_01jd0000000000000000000000 --jwt > consent.jwt",
    ],
    notes: ["It holds no contact and no value."],
  });
  bind(show, actShow);
  const verify = receipt
    .command("verify <file>")
    .description("verify a receipt with a public key: no store and no configuration needed")
    .requiredOption("--key <file>", "the service's public key: a JWK, or a set of them");
  addNotes(verify, {
    examples: ["receipt verify consent.jwt --key custody.pub.json"],
    finding: "it does not verify",
    notes: ["Get the key file from the service by another way than the receipt."],
  });
  bind(verify, actVerify);
}

async function actShow(call: Call): Promise<Answer> {
  const consent = idArgument(call, "consent");
  const { jwt, key } = await call.inStore(async (context) => ({
    jwt: await receiptFor(context, consent),
    key: await context.signer.publicJwk(),
  }));
  // Read back by the way a parent reads it: what does not verify is not handed out.
  const receipt = await verifyReceipt(jwt, { keys: [key] });
  const text = call.flag("jwt") ? jwt : `${receiptText(receipt)}\n\n${jwt}`;
  return { json: { jwt, receipt }, text };
}

async function actVerify(call: Call): Promise<Answer> {
  const keyPlace = call.path(call.option("key") ?? "");
  const keys = keysIn(keyPlace);
  // One line end at most is taken off: every other byte of the file is the receipt's.
  const jwt = readInput(call.path(call.argument(0))).replace(/\r?\n$/, "");
  try {
    const receipt = await verifyReceipt(jwt, { keys });
    return { json: { verified: true, receipt }, text: receiptText(receipt) };
  } catch (error) {
    throw notKeys(error, keyPlace);
  }
}

/** The method, with what its verifier said of its conditions. */
function methodText({ collection_method, method_conditions = {} }: Receipt): string {
  const said = Object.entries(method_conditions).map(([name, met]) => `${name}: ${met}`);
  return said.length === 0 ? collection_method : `${collection_method} (${said.join(", ")})`;
}

function receiptText(receipt: Receipt): string {
  return [
    pairs([
      ["receipt", receipt.receipt_id],
      ["about", receipt.pii_principal_id],
      ["issued by", `${receipt.iss} (${receipt.service})`],
      ["issued at", receipt.issued_at],
      ["status", receipt.consent_status],
      ["method", methodText(receipt)],
      ["notice", `${receipt.privacy_notice.version} sha256 ${receipt.privacy_notice.sha256}`],
      ["recipients", receipt.recipient_third_parties.join(", ")],
      ["rights", receipt.privacy_rights.join(", ")],
    ]),
    "",
    "Purposes",
    table(
      ["purpose", "used for", "status", "since", "asked apart"],
      receipt.purposes.map((one) => {
        const { purpose, purpose_type = "", status, event_time, separately } = one;
        return [purpose, purpose_type, status, event_time, separately ? "yes" : ""];
      }),
    ),
    "",
    "Information",
    table(
      ["type", "kept for"],
      receipt.pii_information.map((one) => [one.pii_type, one.retention_period.join(", ")]),
    ),
    "",
    "Events",
    table(
      ["at", "state", "by", "purposes"],
      receipt.events.map((one) => {
        const { event_time, event_state, entity_id, purposes } = one;
        return [event_time, event_state, entity_id, purposes.join(", ")];
      }),
    ),
  ].join("\n");
}

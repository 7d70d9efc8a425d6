/** `custody key`: the public half of the signing key, for whoever is to verify with other tools. */
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import type { PublicJwk } from "../../lib/jws.js";
import { publicKeyPem } from "../../lib/public-key.js";
import type { Bind, Call } from "../call.js";
import { addNotes } from "../help.js";
import { keysIn, notKeys } from "../key-file.js";
import { type Answer, pairs } from "../output.js";
import { writing } from "../output-file.js";

const FORMATS = ["pem", "jwk"] as const;

export function addKey(program: Command, bind: Bind): void {
  const key = program.command("key").description("the public half of the signing key");
  addNotes(key, { examples: ["key export --format pem --output custody.pub.pem"] });
  const exporting = key
    .command("export")
    .description("the public key, as other tools read it")
    .option("--format <format>", FORMATS.join(" or "), "pem")
    .option("--key <file>", "a public key file (a JWK) instead of the configuration's own")
    .option("--output <file>", "write it there instead of printing it");
  addNotes(exporting, {
    examples: [
      "key export --format pem --output custody.pub.pem",
      "key export --key custody.pub.json > custody.pub.pem",
    ],
    notes: ["With --key no configuration and no store is opened.", "--output never overwrites."],
  });
  bind(exporting, act);
}

async function act(call: Call): Promise<Answer> {
  const format = FORMATS.find((known) => known === call.option("format"));
  if (format === undefined) {
    const reason = `one of ${FORMATS.join(", ")}`;
    throw new CustodyError("option-invalid", { path: "--format", reason });
  }
  const jwk = await keyOf(call);
  const written = format === "pem" ? publicKeyPem(jwk) : `${JSON.stringify(jwk, null, 2)}\n`;
  const json = { kid: jwk.kid, format, key: written };
  const output = call.option("output");
  if (output === undefined) return { json, text: written.trimEnd() };
  const place = call.path(output);
  await writing(
    { place, option: "--output" },
    async () => written,
    (made) => made,
  );
  return {
    json: { ...json, file: place },
    text: pairs([
      ["key id", jwk.kid ?? ""],
      ["written to", place],
    ]),
  };
}

/** Only the members that a public key has are passed on. */
async function keyOf(call: Call): Promise<PublicJwk> {
  const file = call.option("key");
  if (file === undefined) {
    const { signer: path, issuer: name } = call.config();
    const { openSignerFile } = await import("../../adapters/signer-file.js");
    return (await openSignerFile({ path, name })).publicJwk();
  }
  const place = call.path(file);
  const keys = keysIn(place);
  const [only] = keys;
  if (only === undefined || keys.length > 1 || typeof only !== "object" || only === null) {
    throw new CustodyError("file-unreadable", { place, reason: "it holds not exactly one key" });
  }
  const { kty, crv, x, kid } = only;
  const jwk = { kty, crv, x, ...(kid === undefined ? {} : { kid }) };
  try {
    publicKeyPem(jwk);
  } catch (error) {
    throw notKeys(error, place);
  }
  return jwk;
}

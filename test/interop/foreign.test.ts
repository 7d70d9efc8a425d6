import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AttestationStatement } from "../../src/verify.js";
import { attestedWorld } from "../flows/attested-fixture.js";
import { describePython, python } from "./python.js";

const DOCS = readFileSync(join(import.meta.dirname, "../../docs/attestations.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "custody-foreign-"));
const at = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(at(name), "utf8");
/** The good files; each test begins with them again. */
const files = new Map<string, string>();
const statements = new Map<string, AttestationStatement>();

beforeAll(async () => {
  const w = await attestedWorld();
  try {
    const certificate = await w.finish();
    files.set("custody.pub.json", `${JSON.stringify(await w.signer.publicJwk(), null, 2)}\n`);
    files.set("purge.jws", `${certificate.jws}\n`);
    files.set("consent.jwt", `${w.receipt}\n`);
    const issue = async (name: string, input: Parameters<typeof w.app.attestations.issue>[0]) => {
      const { envelope, statement } = await w.app.attestations.issue(input);
      files.set(name, `${envelope}\n`);
      statements.set(name, statement);
    };
    await issue("deletion.json", { certificate: certificate.id });
    await issue("models.json", { purge: w.purge });
    await issue("consent.json", { consent: w.consent });
  } finally {
    await w.dispose();
  }
});

function fresh(): void {
  for (const [name, content] of files) writeFileSync(at(name), content);
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One byte of what is signed, and nothing of its form: a digit of a digest, or of a date. */
function spoilPayload(name: string): void {
  if (name.endsWith(".json")) {
    const envelope = JSON.parse(text(name));
    const payload = Buffer.from(envelope.payload, "base64").toString().replace(/2021/, "2022");
    const changed = { ...envelope, payload: Buffer.from(payload).toString("base64") };
    writeFileSync(at(name), `${JSON.stringify(changed)}\n`);
    return;
  }
  const [head, body = "", sig] = text(name).split(".");
  const payload = Buffer.from(body, "base64url").toString().replace(/2021/, "2022");
  writeFileSync(at(name), [head, Buffer.from(payload).toString("base64url"), sig].join("."));
}

describe("with openssl, by the lines of the document", () => {
  const section = DOCS.split("\n## With `openssl` and a shell\n")[1]?.split("\n## ")[0] ?? "";
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines]) => lines ?? "");
  const [pem = "", attestation = "", certificate = "", about = ""] = blocks;
  const run = (script: string) => {
    const args = ["-e", "-c", script];
    const { status, stdout, stderr } = spawnSync("sh", args, { cwd: folder, encoding: "utf8" });
    return { status, out: stdout + stderr };
  };

  test("the document has the four blocks that are run here", () => {
    expect(blocks).toHaveLength(4);
  });

  test("the public key comes out of the JWK as the program writes it", async () => {
    fresh();
    expect(run(pem).status).toBe(0);
    const { publicKeyPem } = await import("../../src/lib/public-key.js");
    expect(text("custody.pub.pem")).toBe(publicKeyPem(JSON.parse(text("custody.pub.json"))));
  });

  test.each(["deletion.json", "models.json", "consent.json"])("the envelope %s", (name) => {
    fresh();
    const script = `${pem}${attestation.replaceAll("deletion.json", name)}`;
    expect(run(script)).toMatchObject({ status: 0 });
    expect(run(script).out).toContain("Signature Verified Successfully");
    spoilPayload(name);
    expect(run(script).status).not.toBe(0);
  });

  test.each(["purge.jws", "consent.jwt"])("the token %s", (name) => {
    fresh();
    const script = `${pem}${certificate.replaceAll("purge.jws", name)}`;
    expect(run(script)).toMatchObject({ status: 0 });
    spoilPayload(name);
    expect(run(script).status).not.toBe(0);
  });

  test("the attestation is about that certificate and no other", () => {
    fresh();
    const script = `${pem}${attestation}${about}`;
    expect(run(script).status).toBe(0);
    writeFileSync(at("purge.jws"), files.get("consent.jwt") ?? "");
    expect(run(script).status).not.toBe(0);
  });

  test("another key verifies nothing", () => {
    fresh();
    const x = Buffer.alloc(32, 9).toString("base64url");
    writeFileSync(at("custody.pub.json"), JSON.stringify({ kty: "OKP", crv: "Ed25519", x }));
    expect(run(`${pem}${attestation}`).status).not.toBe(0);
  });
});

describePython("with Python libraries", () => {
  test.each(["purge.jws", "consent.jwt"])("joserfc and PyJWT open %s", (name) => {
    fresh();
    const payload = JSON.parse(Buffer.from(text(name).split(".")[1] ?? "", "base64url").toString());
    const opened = python("jws.py", at("custody.pub.json"), at(name));
    expect(opened).toEqual({ joserfc: payload, PyJWT: payload });
    spoilPayload(name);
    const refused = python("jws.py", at("custody.pub.json"), at(name));
    expect(refused).toEqual({ joserfc: "BadSignatureError", PyJWT: "InvalidSignatureError" });
  });

  test.each(["deletion.json", "models.json", "consent.json"])(
    "securesystemslib verifies %s, and in-toto-attestation reads it",
    (name) => {
      fresh();
      const statement = statements.get(name);
      const subjects = statement?.subject.map((one) => [one.name, one.digest]) ?? [];
      expect(python("dsse.py", at("custody.pub.json"), at(name))).toEqual({
        predicateType: statement?.predicateType,
        subjects: Object.fromEntries(subjects),
      });
      spoilPayload(name);
      expect(python("dsse.py", at("custody.pub.json"), at(name))).toBe("VerificationError");
    },
  );
});

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CustodyError } from "../src/errors.js";
import { sha256, utf8 } from "../src/lib/bytes.js";
import {
  type VerifyCertificateOptions,
  verifyCertificate,
  verifyCheckpoint,
} from "../src/verify.js";
import {
  checkpointNote,
  goodCertificate,
  signedBy,
  signer,
  stranger,
  vectors,
} from "./core/certificate-fixture.js";

const FOLDER = join(import.meta.dirname, "vectors", "certificates");
const INDEX = join(FOLDER, "index.json");
const key = await signer.publicJwk();
const otherKey = await stranger.publicJwk();
const good = await goodCertificate();
const jws = await signedBy(signer, good);

async function verdict(token: string): Promise<string> {
  try {
    await verifyCertificate(token, { keys: [key] });
    return "valid";
  } catch (error) {
    if (!(error instanceof CustodyError)) throw error;
    const { reason } = error.details;
    return reason === undefined ? error.code : `${error.code}: ${reason}`;
  }
}

test("a good certificate is given back as it was signed", async () => {
  expect(await verifyCertificate(jws, { keys: [otherKey, key] })).toEqual(good);
});

test("no changed character is without effect", { timeout: 60_000 }, async () => {
  for (let at = 0; at < jws.length; at += 1) {
    const other = jws[at] === "A" ? "B" : "A";
    const changed = `${jws.slice(0, at)}${other}${jws.slice(at + 1)}`;
    expect(await verdict(changed), `character ${at}`).toMatch(/^certificate-/);
  }
});

test("nothing can be added or cut off", async () => {
  for (const changed of [`${jws}A`, `${jws}=`, `${jws}\n`, ` ${jws}`, jws.slice(0, -1), ""]) {
    expect(await verdict(changed)).toMatch(/^certificate-invalid/);
  }
});

test("another key does not open it, and naming itself alike does not help", async () => {
  const options = (keys: unknown) => ({ keys }) as VerifyCertificateOptions;
  await expect(verifyCertificate(jws, options([otherKey]))).rejects.toMatchObject({
    code: "certificate-wrong-key",
  });
  const liar = { ...otherKey, kid: key.kid };
  await expect(verifyCertificate(jws, options([liar]))).rejects.toMatchObject({
    code: "certificate-invalid",
  });
});

test("there is no verifying without keys", async () => {
  const refused = async (options: unknown) => {
    try {
      await verifyCertificate(jws, options as VerifyCertificateOptions);
      return "valid";
    } catch (error) {
      return (error as CustodyError).code;
    }
  };
  expect(await refused({ keys: [] })).toBe("option-invalid");
  expect(await refused({})).toBe("option-invalid");
  expect(await refused(undefined)).toBe("option-invalid");
  expect(await refused({ keys: [{ ...key, kty: "RSA" }] })).toBe("option-invalid");
  expect(await refused({ keys: [{ ...key, d: key.x }] })).toBe("option-invalid");
  expect(await refused({ keys: [key], verified: true })).toBe("option-unknown");
  expect(await refused({ keys: [key] })).toBe("valid");
});

test("a checkpoint counts by its signature and its name", async () => {
  const note = await checkpointNote(signer, good.store, 12);
  const checkpoint = verifyCheckpoint(note, { keys: [key], name: "custody.example" });
  expect(checkpoint).toEqual({
    origin: `custody.example/${good.store}`,
    size: 12,
    root: sha256(utf8("tree")),
  });
  const refused = (changed: string, keys = [key], name = "custody.example") => {
    expect(() => verifyCheckpoint(changed, { keys, name })).toThrow(CustodyError);
  };
  refused(note, [otherKey]);
  refused(note, [key], "custody.test");
  refused(note.replace("\n12\n", "\n13\n"));
  refused(note, []);
});

test("the golden certificates have the verdicts of their index", async () => {
  if (process.env.UPDATE_VECTORS !== undefined) await write();
  const index = JSON.parse(readFileSync(INDEX, "utf8"));
  expect(index.keys).toEqual([key]);
  for (const { file, expect: expected } of index.certificates) {
    expect(await verdict(readFileSync(join(FOLDER, file), "utf8")), file).toBe(expected);
  }
});

test("the golden certificates are those that are made today", async () => {
  for (const { file, jws: made } of await vectors()) {
    expect(readFileSync(join(FOLDER, file), "utf8"), file).toBe(made);
  }
});

async function write(): Promise<void> {
  const certificates = [];
  for (const { file, jws: made, expect: expected } of await vectors()) {
    writeFileSync(join(FOLDER, file), made);
    certificates.push({ file, expect: expected });
  }
  writeFileSync(INDEX, `${JSON.stringify({ keys: [key], certificates }, null, 2)}\n`);
}

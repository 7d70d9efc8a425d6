import { createHash } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { PREDICATE_TYPES } from "../../src/core/attestation.js";
import { verifyAttestation, verifyCertificate, verifyReceipt } from "../../src/verify.js";
import { codeOf } from "../world.js";
import { attestedWorld, OFFICER } from "./attested-fixture.js";

const open: { dispose: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const w of open.splice(0)) await w.dispose();
});
async function attested() {
  const w = await attestedWorld();
  open.push(w);
  return { w, keys: [await w.signer.publicJwk()] };
}
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("a consent is attested over a receipt that verifies and is handed over with it", async () => {
  const { w, keys } = await attested();
  const { envelope, statement, evidence } = await w.app.attestations.issue({ consent: w.consent });
  expect(await verifyAttestation(envelope, { keys })).toEqual(statement);
  expect(statement).toMatchObject({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: w.consent, digest: { sha256: sha256(evidence) } }],
    predicateType: PREDICATE_TYPES.consent,
    predicate: { consent: w.consent, person: w.subject, status: "given", method: "signed-form" },
  });
  const receipt = await verifyReceipt(evidence, { keys });
  expect(receipt.receipt_id).toBe(w.consent);
});

test("a withdrawn consent is attested as withdrawn", async () => {
  const { w } = await attested();
  const { subject, consent, app } = w;
  await app.consents.revoke({ consent, by: "parent" } as Parameters<typeof app.consents.revoke>[0]);
  expect(subject).not.toBe("");
  const { statement } = await app.attestations.issue({ consent });
  expect(statement.predicate).toMatchObject({ status: "withdrawn" });
});

test("a deletion is attested over its certificate and the roots it reached", async () => {
  const { w, keys } = await attested();
  const issued = await w.finish();
  const made = await w.app.attestations.issue({ certificate: issued.id });
  expect(made.evidence).toBe(issued.jws);
  expect(await verifyAttestation(made.envelope, { keys })).toEqual(made.statement);
  expect(made.statement.subject).toEqual([
    { name: issued.id, digest: { sha256: sha256(issued.jws) } },
    { name: w.set.id, digest: { custodyDatasetRoot: w.set.root } },
  ]);
  const certificate = await verifyCertificate(issued.jws, { keys });
  expect(made.statement.predicate).toMatchObject({
    plan: certificate.plan,
    counts: { records: 1, models: 1, retained: 0 },
  });
});

test("a model purge is attested by the digest of the model's bytes, with where it was seen gone", async () => {
  const { w, keys } = await attested();
  await w.finish();
  const { envelope, statement, evidence } = await w.app.attestations.issue({ purge: w.purge });
  expect(evidence).toBe("");
  expect(await verifyAttestation(envelope, { keys })).toEqual(statement);
  expect(statement).toMatchObject({
    subject: [{ name: w.model, digest: { sha256: w.digest } }],
    predicateType: PREDICATE_TYPES["model-purge"],
    predicate: {
      models: [{ model: w.model, places: [{ connector: "filesystem" }] }],
      notProven: [],
    },
  });
});

test("what is not done is not attested", async () => {
  const { w } = await attested();
  const issue = (input: unknown) =>
    codeOf(w.app.attestations.issue(input as { readonly purge: string }));
  expect(await issue({ purge: w.purge })).toBe("purge-incomplete");
  expect(await issue({ certificate: `crt_${"0".repeat(26)}` })).toBe("not-found");
  expect(await issue({ consent: `con_${"0".repeat(26)}` })).toBe("not-found");
  expect(await issue({ consent: "kip" })).toBe("id-invalid");
  expect(await issue({ purge: w.purge, consent: w.consent })).toBe("option-invalid");
  expect(await issue({})).toBe("option-invalid");
  expect(await issue(undefined)).toBe("option-invalid");
  await w.finish();
  expect((await w.app.attestations.issue({ purge: w.purge })).envelope).toContain("payload");
});

test("a purge that destroyed no model attests none", async () => {
  const { w } = await attested();
  const subject = await w.born("2012-06-01");
  await w.agreed(subject, ["coaching"]);
  await w.weigh(subject);
  await w.app.subjects.requestDeletion({ subject, by: "parent" });
  const { id: purge } = await w.app.purges.plan({ subject });
  await w.app.purges.approve({ purge, by: OFFICER });
  await w.app.purges.run(purge);
  expect(await codeOf(w.app.attestations.issue({ purge }))).toBe("not-found");
});

test("no value, no name and no path is in an envelope", async () => {
  const { w } = await attested();
  const { id } = await w.finish();
  const inputs = [{ consent: w.consent }, { certificate: id }, { purge: w.purge }] as const;
  for (const input of inputs) {
    const { envelope, statement } = await w.app.attestations.issue(input);
    const text = JSON.stringify(statement);
    expect(Buffer.from(JSON.parse(envelope).payload, "base64").toString()).toContain(w.signer.name);
    for (const hidden of ["otter", "41.25", OFFICER.name, "m.bin", "a.jsonl", "example.org"]) {
      expect(text, hidden).not.toContain(hidden);
    }
  }
});

test("no changed character of an envelope is without effect, and no other key opens it", {
  timeout: 60_000,
}, async () => {
  const { w, keys } = await attested();
  await w.finish();
  const { envelope } = await w.app.attestations.issue({ purge: w.purge });
  for (let at = 0; at < envelope.length; at += 1) {
    const other = envelope[at] === "A" ? "B" : "A";
    const changed = `${envelope.slice(0, at)}${other}${envelope.slice(at + 1)}`;
    expect(await codeOf(verifyAttestation(changed, { keys })), `at ${at}`).toBe(
      "attestation-invalid",
    );
  }
  for (const changed of [`${envelope}\n`, ` ${envelope}`, envelope.slice(1), "", "{}", "null"]) {
    expect(await codeOf(verifyAttestation(changed, { keys }))).toBe("attestation-invalid");
  }
  const stranger = await createSignerMemory({ name: "pace.example" }).publicJwk();
  const reason = async (others: typeof keys) => {
    const refused = await verifyAttestation(envelope, { keys: others }).catch((error) => error);
    return refused.details?.reason;
  };
  expect(await reason([stranger])).toBe("wrong-key");
  expect(await reason([{ ...stranger, kid: keys[0]?.kid ?? "" }])).toBe("signature");
  expect(await codeOf(verifyAttestation(envelope, { keys: [] }))).toBe("option-invalid");
});

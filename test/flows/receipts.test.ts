import { UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import type { CustodyError } from "../../src/errors.js";
import { base64url, fromBase64url, text } from "../../src/lib/bytes.js";
import { canonicalBytes, type Json } from "../../src/lib/canonical.js";
import { compactJws } from "../../src/lib/jws.js";
import { verifyCertificate, verifyReceipt } from "../../src/verify.js";
import { world } from "../world.js";
import { house } from "./law-fixture.js";

async function issued() {
  const w = await world();
  const kid = await w.born("2012-05-05");
  const consent = await w.agreed(kid, ["coaching"]);
  const jwt = await w.app.consents.receipt(consent);
  return { w, kid, consent, jwt, key: await w.signer.publicJwk() };
}

/** Signed with the service's own key, whatever it says. */
async function forged(
  w: Awaited<ReturnType<typeof world>>,
  change: (payload: Record<string, Json>) => void,
  jwt: string,
  typ = "custody-receipt+jwt",
) {
  const payload = JSON.parse(text(fromBase64url(jwt.split(".")[1] ?? "") ?? new Uint8Array()));
  change(payload);
  const { kid } = await w.signer.publicJwk();
  const sign = (bytes: Uint8Array) => w.signer.sign(bytes);
  return compactJws({ header: { alg: "EdDSA", kid, typ }, payload, sign });
}

async function reason(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { code, details } = error as CustodyError;
    return `${code}: ${details.reason ?? ""}`;
  }
  return "verified";
}

describe("a receipt", () => {
  test("is read with nothing but the public key, and says what was agreed", async () => {
    const { w, kid, consent, jwt, key } = await issued();
    const receipt = await verifyReceipt(jwt, { keys: [key] });
    expect(receipt).toMatchObject({
      schema_version: "ISO/IEC TS 27560:2023",
      receipt_id: consent,
      record_id: consent,
      pii_principal_id: kid,
      iss: "pace.example",
      service: "Pace",
      pii_controllers: [{ party_id: "pace.example", party_name: "Pace" }],
      jurisdiction: "US",
      jurisdiction_regime: "coppa",
      lawful_basis: "consent",
      collection_method: "signed-form",
      verifier: "scripted-signed-form",
      consent_status: "given",
      privacy_notice: { version: "v1" },
      purposes: [
        { purpose: "coaching", purpose_type: "service", status: "given", separately: true },
        { purpose: "training", purpose_type: "first-party-training", status: "refused" },
      ],
      pii_information: [
        { pii_type: "health", retention_period: ["P3Y"] },
        { pii_type: "screen-name", retention_period: ["P3Y"] },
      ],
      privacy_rights: ["review", "refuse-further", "delete", "withdraw"],
      events: [{ event_type: "explicit", event_state: "given", entity_id: "parent" }],
    });
    expect(JSON.stringify(receipt)).not.toContain("example.org");
    await w.dispose();
  });

  test("says what became of the consent, by whom and when", async () => {
    const { w, consent, key } = await issued();
    w.clock.ms += 86_400_000;
    await w.app.consents.revoke({ consent });
    const receipt = await verifyReceipt(await w.app.consents.receipt(consent), { keys: [key] });
    expect(receipt.consent_status).toBe("withdrawn");
    expect(receipt.events.map((one) => [one.event_state, one.entity_id, one.purposes])).toEqual([
      ["given", "parent", ["coaching", "training"]],
      ["withdrawn", "parent", ["coaching"]],
    ]);
    await w.dispose();
  });

  test("names the controller as who ended it where the parent did not", async () => {
    const { w, consent, key } = await issued();
    await w.app.consents.revoke({ consent, by: "operator" });
    w.clock.ms += 1;
    const same = await verifyReceipt(await w.app.consents.receipt(consent), { keys: [key] });
    expect(same.consent_status).toBe("revoked");
    const h = await house();
    const kid = await h.born("2016-02-03");
    const refused = await h.answer(await h.ask(kid, ["play"]), { outcome: "refused" });
    const jwt = await h.app.consents.receipt(refused.consent ?? ("" as never));
    const receipt = await verifyReceipt(jwt, { keys: [await h.signer.publicJwk()] });
    expect(receipt.events.map((one) => one.event_state)).toEqual(["refused"]);
    await w.dispose();
  });
});

describe("the conditions of a method", () => {
  async function receiptOf(
    method: "government-id-database" | "payment-transaction" | "email-plus",
    conditions: Readonly<Record<string, string | number | boolean>>,
  ) {
    const h = await house();
    const kid = await h.born("2016-05-05");
    const request = await h.ask(kid, ["play"], { method });
    const { consent } = await h.answer(request, { conditions }, method);
    if (consent === undefined) throw new Error("no consent");
    const key = await h.signer.publicJwk();
    const receipt = await verifyReceipt(await h.app.consents.receipt(consent), { keys: [key] });
    const about: string[] = [];
    for await (const entry of h.store.entries(0)) about.push(text(entry.bytes));
    return { receipt, answered: about.find((one) => one.includes('"consent-answered"')) ?? "" };
  }

  test("are on the receipt and on the ledger, as the verifier reported them", async () => {
    const kept = await receiptOf("government-id-database", { "id-deleted-after": "PT10M" });
    expect(kept.receipt.method_conditions).toEqual({ "id-deleted-after": "PT10M" });
    expect(kept.answered).toContain('"conditions":{"id-deleted-after":"PT10M"}');
    const plus = { "plus-step-done": true, "revocation-notice": true };
    expect((await receiptOf("email-plus", plus)).receipt.method_conditions).toEqual(plus);
  });

  test("are not there where none was reported, and nothing else a verifier says is", async () => {
    const silent = await receiptOf("payment-transaction", {});
    expect(silent.receipt).not.toHaveProperty("method_conditions");
    expect(silent.answered).not.toContain("conditions");
    const chatty = { "holder-notified": true, holder: "Mira Vance", "returned-by": "post" };
    const { receipt, answered } = await receiptOf("payment-transaction", chatty);
    expect(receipt.method_conditions).toEqual({ "holder-notified": true });
    expect(answered).not.toContain("Mira");
  });
});

describe("what is no receipt", () => {
  test("another's key, and the same key is none the less needed", async () => {
    const { w, jwt, key } = await issued();
    const other = await createSignerMemory({ name: "pace.example" }).publicJwk();
    expect(await reason(verifyReceipt(jwt, { keys: [other] }))).toBe("receipt-invalid: wrong key");
    const posing = { ...other, kid: key.kid };
    expect(await reason(verifyReceipt(jwt, { keys: [posing] }))).toBe("receipt-invalid: signature");
    expect(await reason(verifyReceipt(jwt, { keys: [] }))).toContain("option-invalid");
    expect(await reason(verifyReceipt(jwt, { keys: [other, key] }))).toBe("verified");
    await w.dispose();
  });

  test("any one byte changed", async () => {
    const { w, jwt, key } = await issued();
    for (let index = 0; index < jwt.length; index += 7) {
      const bytes = Buffer.from(jwt);
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      const answer = await reason(verifyReceipt(bytes.toString("latin1"), { keys: [key] }));
      expect(answer, `byte ${index}`).toMatch(/^receipt-invalid/);
    }
    await w.dispose();
  });

  test("no signature at all", async () => {
    const { w, jwt, key } = await issued();
    const [, payload = "", signature = ""] = jwt.split(".");
    const header = base64url(
      canonicalBytes({ alg: "none", kid: key.kid, typ: "custody-receipt+jwt" }),
    );
    const unsecured = new UnsecuredJWT({ sub: "x" }).encode();
    for (const token of [`${header}.${payload}.`, `${header}.${payload}.${signature}`, unsecured]) {
      expect(await reason(verifyReceipt(token, { keys: [key] }))).toMatch(/^receipt-invalid/);
    }
    await w.dispose();
  });

  test("a certificate passed as a receipt, and a receipt as a certificate", async () => {
    const { w, kid, jwt, key } = await issued();
    await w.weigh(kid);
    await w.app.subjects.requestDeletion({ subject: kid, by: "parent" });
    const { id } = await w.app.purges.plan({ subject: kid });
    await w.app.purges.approve({ purge: id, by: { name: "Ada Park", title: "Counsel" } });
    await w.app.purges.run(id);
    const signer = { name: "Ada Park", title: "Counsel", human: true } as const;
    const { jws } = await w.app.certificates.issue({ purge: id, signer });
    await verifyCertificate(jws, { keys: [key] });
    expect(await reason(verifyReceipt(jws, { keys: [key] }))).toBe("receipt-invalid: type");
    expect(await reason(verifyCertificate(jwt, { keys: [key] }))).toBe("certificate-invalid: type");
    await w.dispose();
  });

  test.each<readonly [string, (payload: Record<string, Json>) => void]>([
    ["record-id", (p) => Object.assign(p, { record_id: "con_01jd0000000000000000000000" })],
    ["principal-id", (p) => Object.assign(p, { sub: "sub_01jd0000000000000000000000" })],
    ["issuer", (p) => Object.assign(p, { iss: "other.example" })],
    ["issued-at", (p) => Object.assign(p, { iat: 1 })],
    ["event-ahead", (p) => Object.assign(p, { issued_at: "2020-01-01T00:00:00.000Z" })],
    ["shape at ", (p) => Object.assign(p, { verified: true })],
    ["shape at schema_version", (p) => Object.assign(p, { schema_version: "1" })],
  ])("one that contradicts itself, though well signed: %s", async (word, change) => {
    const { w, jwt, key } = await issued();
    const made = await forged(w, change, jwt);
    expect(await reason(verifyReceipt(made, { keys: [key] }))).toBe(`receipt-invalid: ${word}`);
    const whole = await forged(w, () => {}, jwt);
    expect(await reason(verifyReceipt(whole, { keys: [key] }))).toBe("verified");
    await w.dispose();
  });
});

import { createHash } from "node:crypto";
import { DeviceAuthentication, type DeviceResponse, DeviceResponse as Response } from "@owf/mdoc";
import { beforeAll, describe, expect, test } from "vitest";
import { type MdocSignalOptions, mdocSignal } from "../../../src/adapters/age-signals/index.js";
import { isProven } from "../../../src/core/age-signal.js";
import { certificate, ecKeys, pem } from "./certificates.js";
import { codeOf, NONCE, NOW_MS, OTHER_NONCE } from "./issuer.js";
import { authority, SESSION } from "./session.js";
import { type Attested, attestation, respond, transcript } from "./wallet.js";

const by = authority();
let good: DeviceResponse;

beforeAll(async () => {
  good = await respond(await attestation(by));
});

const verifier = (more: Partial<MdocSignalOptions> = {}) =>
  mdocSignal({ trustAnchors: [by.anchor], now: () => NOW_MS, ...more });

async function outcome(
  response: DeviceResponse | Uint8Array | string,
  more: Partial<MdocSignalOptions> = {},
  session: Parameters<ReturnType<typeof mdocSignal>["verify"]>[1] = SESSION,
): Promise<string> {
  const given =
    typeof response === "string" || response instanceof Uint8Array ? response : response.encode();
  return codeOf(verifier(more).verify(given, session), [Buffer.from(given).toString("base64url")]);
}

async function said(elements: Record<string, unknown>): Promise<object> {
  const response = await respond(await attestation(by, { elements }), { show: "everything" });
  return verifier().verify(response.encode(), SESSION);
}

test("a response that holds becomes evidence with its level, its end and its digest", async () => {
  const bytes = good.encode();
  const signal = await verifier().verify(bytes, SESSION);
  expect({ ...signal }).toMatchObject({
    kind: "credential",
    source: "eu-av",
    claim: "age-over-18",
    value: true,
    assurance: "enhanced",
    verifiable: true,
    validUntil: "2026-06-01T00:00:00.000Z",
    tokenDigest: createHash("sha256").update(bytes).digest("base64url"),
  });
  expect(isProven(signal)).toBe(true);
  const text = Buffer.from(bytes).toString("base64url");
  expect(await verifier().verify(text, SESSION)).toEqual(signal);
});

test("a proof that fails, one of a lower age, and one that nobody knows make no adult", async () => {
  expect(await said({ age_over_18: false })).toMatchObject({ kind: "credential", value: false });
  expect(await said({ age_over_16: true })).toMatchObject({ kind: "age-range", lower: 16 });
  expect(await said({ age_over_18: "true" })).toMatchObject({ claim: "unsupported" });
  expect(await said({ grown_up: true })).toMatchObject({ claim: "unsupported" });
  expect(await said({ age_over_21: true })).toMatchObject({ kind: "credential", value: true });
});

test("over the Digital Credentials API the device signs the origin", async () => {
  const session = {
    protocol: "openid4vp-dc-api",
    origin: "https://pace.example",
    nonce: NONCE,
  } as const;
  const response = await respond(await attestation(by), { session });
  expect(await outcome(response, {}, session)).toBe("accepted");
  expect(await outcome(response, {}, { ...session, origin: "https://evil.example" })).toBe(
    "signal-misdirected",
  );
  expect(await outcome(response)).toBe("signal-misdirected");
});

describe("who vouches", () => {
  test("another authority, another key under the same names, an anchor that is no authority", async () => {
    expect(await outcome(good)).toBe("accepted");
    expect(await outcome(good, { trustAnchors: [authority().anchor] })).toBe("signal-untrusted");
    const weak = authority({ ca: false });
    const response = await respond(await attestation(weak));
    expect(await outcome(response, { trustAnchors: [weak.anchor] })).toBe("signal-untrusted");
  });

  test("the signing certificate itself can be the anchor", async () => {
    expect(await outcome(good, { trustAnchors: [authority().anchor, by.signerPem] })).toBe(
      "accepted",
    );
  });

  test("a certificate out of its time, of the signer or of the anchor, vouches for nothing", async () => {
    const brief = authority({ until: "2026-04-30T00:00:00" });
    const response = await respond(await attestation(brief));
    expect(await outcome(response, { trustAnchors: [brief.anchor] })).toBe("signal-untrusted");
    const keys = ecKeys();
    const name = { subject: "Root", issuer: "Root", keys, signer: keys, ca: true };
    const signer = { subject: "S", issuer: "Root", keys: by.keys, signer: keys };
    const chained = await respond(await attestation(by, { chain: [certificate(signer)] }));
    const fresh = pem(certificate(name));
    const old = pem(certificate({ ...name, until: "2026-04-30T00:00:00" }));
    expect(await outcome(chained, { trustAnchors: [fresh] })).toBe("accepted");
    expect(await outcome(chained, { trustAnchors: [old] })).toBe("signal-untrusted");
  });

  test("a chain over an intermediate holds, one over a certificate that is no CA does not", async () => {
    const [rootKeys, middleKeys] = [ecKeys(), ecKeys()];
    const root = { subject: "R", issuer: "R", keys: rootKeys, signer: rootKeys, ca: true };
    const middle = { subject: "M", issuer: "R", keys: middleKeys, signer: rootKeys };
    const leaf = { subject: "S", issuer: "M", keys: by.keys, signer: middleKeys };
    const over = async (ca: boolean) => {
      const chain = [certificate(leaf), certificate({ ...middle, ca })];
      const response = await respond(await attestation(by, { chain }));
      return outcome(response, { trustAnchors: [pem(certificate(root))] });
    };
    expect(await over(true)).toBe("accepted");
    expect(await over(false)).toBe("signal-untrusted");
  });

  test("a certificate of the authority over another key than the one that signed", async () => {
    const chain = authority().chain;
    const other = await respond(await attestation(by, { chain: [...chain] }));
    expect(await outcome(other)).toBe("signal-untrusted");
    const own = await respond(await attestation({ ...by, keys: ecKeys() }));
    expect(await outcome(own)).toBe("signal-invalid");
  });
});

describe("when, what and for whom", () => {
  const made = async (more: Attested) => outcome(await respond(await attestation(by, more)));

  test("expired, not yet valid", async () => {
    expect(await made({ until: "2026-05-01T12:00:00Z" })).toBe("signal-expired");
    expect(await made({ until: "2026-05-01T12:00:01Z" })).toBe("accepted");
    expect(await made({ from: "2026-05-01T12:00:01Z" })).toBe("signal-expired");
    expect(await outcome(good, { now: () => Date.parse("2026-07-01T00:00:00Z") })).toBe(
      "signal-expired",
    );
  });

  test("another document type, said by the issuer or by the device alone", async () => {
    const docType = "org.example.library-card";
    const other = await respond(await attestation(by, { docType }), { docType });
    expect(await outcome(other)).toBe("signal-invalid");
    expect(await outcome(other, { docType, namespace: "eu.europa.ec.av.1" })).toBe("accepted");
    const renamed = Response.decode(other.encode());
    renamed.documents?.[0]?.decodedStructure.set("docType", "eu.europa.ec.av.1");
    expect(renamed.documents?.[0]?.docType).toBe("eu.europa.ec.av.1");
    expect(await outcome(renamed)).toBe("signal-invalid");
  });

  test("another nonce, another client, another place to answer to, another device", async () => {
    expect(await outcome(good, {}, { ...SESSION, nonce: OTHER_NONCE })).toBe("signal-misdirected");
    expect(await outcome(good, {}, { ...SESSION, clientId: "evil" })).toBe("signal-misdirected");
    const elsewhere = { ...SESSION, responseUri: "https://evil.example" };
    expect(await outcome(good, {}, elsewhere)).toBe("signal-misdirected");
    const copied = await respond(await attestation(by), { device: ecKeys() });
    expect(await outcome(copied)).toBe("signal-misdirected");
    expect(await outcome(good, {}, { ...SESSION, nonce: "12345" })).toBe("option-invalid");
  });

  test("an old signature that brings its own payload along is not one of this session", async () => {
    const replayed = Response.decode(good.encode());
    const document = replayed.documents?.[0];
    const signature = document?.deviceSigned.deviceAuth.deviceSignature;
    if (document === undefined || signature === undefined) throw new Error("no signature");
    const old = DeviceAuthentication.create({
      sessionTranscript: await transcript(SESSION),
      docType: document.docType,
      deviceNamespaces: document.deviceSigned.deviceNamespaces,
    });
    signature.decodedStructure.payload = old.encode({ asDataItem: true });
    const session = { ...SESSION, nonce: OTHER_NONCE };
    expect(await outcome(replayed, {}, session)).toBe("signal-misdirected");
  });

  test("an element changed, or bytes changed anywhere, or no response at all", async () => {
    const issued = await attestation(by, { elements: { age_over_18: false } });
    const forged = Response.decode((await respond(issued)).encode());
    const item = forged.documents?.[0]?.getIssuerNamespace("eu.europa.ec.av.1")?.[0];
    item?.decodedStructure.set("elementValue", true);
    expect(item?.elementValue).toBe(true);
    const bytes = forged.encode();
    expect(await outcome(bytes)).not.toBe("accepted");
    for (const garbage of [new Uint8Array(), new Uint8Array([0xa0]), "AAAA", "not base64!"]) {
      expect(await outcome(garbage)).toMatch(/^(?:signal|option)-invalid$/);
    }
  });

  test("one byte changed anywhere is never accepted as an adult of another age", async () => {
    const issued = await attestation(by, { elements: { age_over_18: false } });
    const bytes = (await respond(issued)).encode();
    for (let place = 0; place < bytes.length; place += 7) {
      const changed = new Uint8Array(bytes);
      changed[place] = (changed[place] ?? 0) ^ 0x01;
      const signal = await verifier()
        .verify(changed, SESSION)
        .catch(() => undefined);
      expect(signal?.value, `byte ${place}`).not.toBe(true);
    }
  });
});

describe("the options", () => {
  const makes = (more: object) => () => verifier(more as never);

  test("no anchor, an anchor that is no certificate, an unknown key are refused", () => {
    expect(makes({})).not.toThrow();
    expect(makes({ trustAnchors: [] })).toThrow(/trustAnchors/);
    expect(makes({ trustAnchors: ["-----BEGIN CERTIFICATE-----"] })).toThrow(/trustAnchors\.0/);
    expect(makes({ disableCertificateChainValidation: true })).toThrow(/disableCert/);
    expect(makes({ source: "sign-up-screen" })).toThrow(/source/);
  });

  test("a session without one of its parts is refused", async () => {
    for (const part of ["clientId", "responseUri", "nonce", "protocol"] as const) {
      const { [part]: _, ...session } = SESSION;
      expect(await outcome(good, {}, session as never)).toBe("option-invalid");
    }
    expect(await outcome(good, {}, { ...SESSION, origin: "x" } as never)).toBe("option-unknown");
  });
});

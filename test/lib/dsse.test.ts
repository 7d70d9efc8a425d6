import { expect, test } from "vitest";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { CustodyError } from "../../src/errors.js";
import { base64, text, utf8 } from "../../src/lib/bytes.js";
import { canonical, type Json } from "../../src/lib/canonical.js";
import {
  dsseEnvelope,
  ENVELOPE_REASONS,
  openEnvelope,
  preAuthEncoding,
} from "../../src/lib/dsse.js";
import { publicKeyPem } from "../../src/lib/public-key.js";

const signer = createSignerMemory({
  name: "custody.example",
  random: (n) => new Uint8Array(n).fill(7),
});
const key = await signer.publicJwk();
const TYPE = "application/vnd.in-toto+json";

const sealed = (payload: Json, payloadType = TYPE) =>
  dsseEnvelope({ payloadType, payload, keyid: key.kid, sign: (bytes) => signer.sign(bytes) });

function verdict(envelope: string): string {
  try {
    return canonical(openEnvelope(envelope, [key], TYPE));
  } catch (error) {
    if (!(error instanceof CustodyError)) throw error;
    return `${error.details.reason}`;
  }
}

test("the pre-authentication encoding is the one of the specification's own example", () => {
  const made = preAuthEncoding("http://example.com/HelloWorld", utf8("hello world"));
  expect(text(made)).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
});

test("lengths are of bytes, not of characters", () => {
  expect(text(preAuthEncoding("é", utf8("é")))).toBe("DSSEv1 2 é 2 é");
});

test("what was put into an envelope comes out", async () => {
  expect(verdict(await sealed({ b: 1, a: [true, "x"] }))).toBe('{"a":[true,"x"],"b":1}');
});

test("each way of spoiling an envelope has its own word, and all words are used", async () => {
  const good = await sealed({ a: 1 });
  const { payload, payloadType, signatures } = JSON.parse(good);
  const [{ keyid, sig }] = signatures;
  const signed = async (bytes: Uint8Array) =>
    canonical({
      payload: base64(bytes),
      payloadType,
      signatures: [{ keyid, sig: base64(await signer.sign(preAuthEncoding(TYPE, bytes))) }],
    });
  const cases: readonly (readonly [string, string])[] = [
    ["envelope", good.replace("{", "{ ")],
    ["envelope", canonical({ payload, payloadType, signatures, more: 1 })],
    ["envelope", canonical({ payload: `${payload}=`, payloadType, signatures })],
    ["payload-type", await sealed({ a: 1 }, "application/json")],
    ["signatures", canonical({ payload, payloadType, signatures: [] })],
    ["signatures", canonical({ payload, payloadType, signatures: [...signatures, ...signatures] })],
    ["wrong-key", canonical({ payload, payloadType, signatures: [{ keyid: "x", sig }] })],
    ["signature", canonical({ payload: base64(utf8("{}")), payloadType, signatures })],
    ["signature", canonical({ payload, payloadType, signatures: [{ keyid, sig: "AAAA" }] })],
    ["payload", await signed(utf8('{ "a": 1 }'))],
    ["payload", await signed(utf8("no json"))],
    ["payload", await signed(Uint8Array.of(0xff))],
  ];
  for (const [reason, envelope] of cases) expect(verdict(envelope), envelope).toBe(reason);
  expect([...new Set(cases.map(([reason]) => reason))].sort()).toEqual(
    [...ENVELOPE_REASONS].sort(),
  );
  expect(verdict(await signed(utf8('{"a":1}')))).toBe('{"a":1}');
});

test("a signature of the wrong length is not put into an envelope", async () => {
  const sign = async () => new Uint8Array(63);
  const made = dsseEnvelope({ payloadType: TYPE, payload: {}, keyid: key.kid, sign });
  await expect(made).rejects.toMatchObject({ code: "attestation-invalid" });
});

test("a public key is written as PEM, and another kind of key is refused", () => {
  expect(publicKeyPem(key)).toMatch(
    /^-----BEGIN PUBLIC KEY-----\n[\w+/=]{60}\n-----END PUBLIC KEY-----\n$/,
  );
  expect(() => publicKeyPem({ ...key, crv: "X25519" })).toThrow(CustodyError);
});

import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { base64url, text, utf8 } from "../../src/lib/bytes.js";
import { compactJws, jwkThumbprint, openJws, type PublicJwk } from "../../src/lib/jws.js";

const TYP = "custody-test+jws";

function keyPair() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { kty, crv, x } = publicKey.export({ format: "jwk" });
  const bare: PublicJwk = { kty: kty!, crv, x };
  const jwk = { ...bare, kid: jwkThumbprint(bare) };
  return { jwk, sign: async (bytes: Uint8Array) => new Uint8Array(sign(null, bytes, privateKey)) };
}

const key = keyPair();
const other = keyPair();
const header = { alg: "EdDSA", kid: key.jwk.kid, typ: TYP } as const;
const payload = { b: [1, 2], a: "é" };
const jws = await compactJws({ header, payload, sign: key.sign });
const [encodedHeader, encodedPayload, encodedSignature] = jws.split(".") as [
  string,
  string,
  string,
];
const failure = (code: string) => expect.objectContaining({ code });

/** A token signed by the right key over any header and payload text whatsoever. */
async function forge(headerText: string, payloadText: string): Promise<string> {
  const input = `${base64url(utf8(headerText))}.${base64url(utf8(payloadText))}`;
  return `${input}.${base64url(await key.sign(utf8(input)))}`;
}
const good = JSON.stringify(header);

test("a token opens with its key and type, and holds canonical JSON", async () => {
  expect(await openJws(jws, [key.jwk], TYP)).toEqual({ header, payload });
  expect(await openJws(jws, [other.jwk, key.jwk], TYP)).toEqual({ header, payload });
  expect(text(Buffer.from(encodedPayload, "base64url"))).toBe('{"a":"é","b":[1,2]}');
  expect(await openJws(await forge(good, "{}"), [key.jwk], TYP)).toEqual({ header, payload: {} });
});

test("a key without kid is known by its thumbprint", async () => {
  const { kid: _, ...bare } = key.jwk;
  expect((await openJws(jws, [bare], TYP)).payload).toEqual(payload);
});

test("every changed, missing or added character makes the token fail", async () => {
  for (let index = 0; index <= jws.length; index += 1) {
    const before = jws.slice(0, index);
    const variants = ["A", "B", "-", "9", "=", " ", "."]
      .filter((character) => character !== jws[index])
      .map((character) => before + character + jws.slice(index + 1));
    const added = ["=", " ", "\n", "."].map((character) => before + character + jws.slice(index));
    const dropped = index < jws.length ? [before + jws.slice(index + 1)] : [];
    for (const changed of [...variants, ...added, ...dropped]) {
      await expect(openJws(changed, [key.jwk], TYP), `at ${index}`).rejects.toMatchObject({
        name: "CustodyError",
        code: expect.stringMatching(/^certificate-/),
      });
    }
  }
});

describe("the algorithm", () => {
  test.each(["none", "None", "HS256", "ES256", "Ed25519", "eddsa", ""])(
    "%s is refused as unsigned",
    async (alg) => {
      const token = await forge(JSON.stringify({ ...header, alg }), "{}");
      await expect(openJws(token, [key.jwk], TYP)).rejects.toThrow(failure("certificate-unsigned"));
    },
  );

  test("a missing algorithm and an empty signature are refused", async () => {
    const none = await forge(JSON.stringify({ kid: header.kid, typ: TYP }), "{}");
    await expect(openJws(none, [key.jwk], TYP)).rejects.toThrow(failure("certificate-unsigned"));
    const empty = `${encodedHeader}.${encodedPayload}.`;
    await expect(openJws(empty, [key.jwk], TYP)).rejects.toThrow(failure("certificate-invalid"));
  });

  test("a public key is never taken for a shared secret, nor another curve for ours", async () => {
    for (const wrong of [
      { ...key.jwk, kty: "oct", k: key.jwk.x },
      { ...key.jwk, crv: "X25519" },
      { ...key.jwk, crv: "Ed448" },
      { ...key.jwk, x: `${key.jwk.x}=` },
      { ...key.jwk, x: undefined },
    ]) {
      await expect(openJws(jws, [wrong], TYP)).rejects.toThrow(failure("certificate-invalid"));
    }
  });
});

describe("the key", () => {
  test("a token of another key is refused, whether it says so or not", async () => {
    const wrong = failure("certificate-wrong-key");
    await expect(openJws(jws, [other.jwk], TYP)).rejects.toThrow(wrong);
    await expect(openJws(jws, [], TYP)).rejects.toThrow(wrong);
    const claimed = await compactJws({ header, payload, sign: other.sign });
    const invalid = failure("certificate-invalid");
    await expect(openJws(claimed, [key.jwk, other.jwk], TYP)).rejects.toThrow(invalid);
    const swapped = { ...other.jwk, kid: key.jwk.kid };
    await expect(openJws(jws, [swapped], TYP)).rejects.toThrow(invalid);
  });

  test("a key inside the token is not looked at", async () => {
    const kid = other.jwk.kid;
    const bringing = JSON.stringify({ alg: "EdDSA", jwk: key.jwk, kid, typ: TYP });
    const token = await forge(bringing, "{}");
    await expect(openJws(token, [other.jwk], TYP)).rejects.toThrow(failure("certificate-invalid"));
  });
});

describe("the text, signed by the right key", () => {
  const bad: [string, string, string][] = [
    ["a payload in another order", good, '{"b":1,"a":2}'],
    ["white space in the payload", good, '{"a": 1}'],
    ["white space around the payload", good, "{} "],
    ["a repeated member", good, '{"a":1,"a":1}'],
    ["a number written otherwise", good, '{"a":1.0}'],
    ["an escape that need not be", good, '{"a":"\\u0041"}'],
    ["no JSON", good, "{"],
    ["an empty payload", good, ""],
    ["a byte order mark", good, "\ufeff{}"],
    ["a header in another order", `{"kid":"${header.kid}","alg":"EdDSA","typ":"${TYP}"}`, "{}"],
    ["white space in the header", `${good} `, "{}"],
    ["another type", JSON.stringify({ ...header, typ: "other" }), "{}"],
    ["no type", JSON.stringify({ alg: "EdDSA", kid: header.kid }), "{}"],
    ["no kid", JSON.stringify({ alg: "EdDSA", typ: TYP }), "{}"],
    ["a kid that is no text", JSON.stringify({ ...header, kid: 1 }), "{}"],
    ["crit", `{"alg":"EdDSA","crit":["b64"],"kid":"${header.kid}","typ":"${TYP}"}`, "{}"],
    ["b64", `{"alg":"EdDSA","b64":true,"kid":"${header.kid}","typ":"${TYP}"}`, "{}"],
    ["a header that is an array", "[]", "{}"],
    ["a header that is null", "null", "{}"],
  ];
  test.each(bad)("%s is refused", async (_, headerText, payloadText) => {
    const token = await forge(headerText, payloadText);
    await expect(openJws(token, [key.jwk], TYP)).rejects.toThrow(failure("certificate-invalid"));
  });

  test("bytes that are no UTF-8 are refused", async () => {
    const input = `${encodedHeader}.${base64url(Uint8Array.of(0x22, 0xff, 0x22))}`;
    const token = `${input}.${base64url(await key.sign(utf8(input)))}`;
    await expect(openJws(token, [key.jwk], TYP)).rejects.toThrow(failure("certificate-invalid"));
  });

  test("parts of two tokens do not make a third", async () => {
    const second = (await compactJws({ header, payload: {}, sign: key.sign })).split(".");
    const mixed = `${encodedHeader}.${second[1]}.${encodedSignature}`;
    await expect(openJws(mixed, [key.jwk], TYP)).rejects.toThrow(failure("certificate-invalid"));
    await expect(openJws(`${jws}.${encodedSignature}`, [key.jwk], TYP)).rejects.toThrow(
      failure("certificate-invalid"),
    );
  });
});

test("a signer that answers with something else than a signature is refused", async () => {
  const wrong = compactJws({ header, payload, sign: async () => new Uint8Array(63) });
  await expect(wrong).rejects.toThrow(failure("certificate-invalid"));
});

test("the thumbprint is that of RFC 8037 appendix A.3, and other keys have none", () => {
  const jwk = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
  expect(jwkThumbprint(jwk)).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  expect(jwkThumbprint({ ...jwk, kid: "other" })).toBe(jwkThumbprint(jwk));
  for (const wrong of [
    { ...jwk, crv: "X25519" },
    { ...jwk, kty: "EC" },
    { ...jwk, x: "AAAA" },
  ]) {
    expect(() => jwkThumbprint(wrong)).toThrow(failure("option-invalid"));
  }
});

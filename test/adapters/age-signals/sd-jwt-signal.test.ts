import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";
import { beforeAll, describe, expect, test } from "vitest";
import { KEY_BINDING_AGE_MS_MAX, sdJwtSignal } from "../../../src/adapters/age-signals/index.js";
import { isProven } from "../../../src/core/age-signal.js";
import {
  AUDIENCE,
  codeOf,
  ISSUER,
  type Keys,
  keysOf,
  NONCE,
  NOW_MS,
  NOW_S,
  OTHER_NONCE,
  optionsWith,
} from "./issuer.js";

const VCT = "urn:example:age";

let issuer: Keys;
let holder: Keys;
let others: Keys;

beforeAll(async () => {
  issuer = await keysOf("ES256", "k1");
  holder = await keysOf("ES256");
  others = await keysOf("ES256", "k1");
});

const nodeKey = (keys: Keys): KeyObject =>
  createPrivateKey({ key: keys.privateJwk as never, format: "jwk" });
const signing = (keys: Keys) => (data: string) =>
  sign("sha256", Buffer.from(data), {
    key: nodeKey(keys),
    dsaEncoding: "ieee-p1363",
  }).toString("base64url");
const hasher = (data: string | ArrayBuffer) => {
  const bytes = typeof data === "string" ? data : new Uint8Array(data);
  return new Uint8Array(createHash("sha256").update(bytes).digest());
};

interface Made {
  readonly claims?: object;
  readonly by?: Keys;
  readonly kid?: string;
  readonly alg?: string;
  readonly typ?: string;
  readonly heldBy?: Keys;
  readonly bound?: object | false;
  readonly show?: readonly string[];
}

/** A presentation as a wallet makes it; everything holds unless `made` says otherwise. */
async function presentation(made: Made = {}): Promise<string> {
  const { by = issuer, kid = "k1", alg = "ES256", typ = "dc+sd-jwt", heldBy = holder } = made;
  const instance = new SDJwtInstance<Record<string, unknown>>({
    hasher,
    hashAlg: "sha-256",
    saltGenerator: (length) => randomBytes(length).toString("base64url"),
    signer: signing(by),
    signAlg: alg,
    kbSigner: signing(heldBy),
    kbSignAlg: "ES256",
  });
  const payload = {
    iss: ISSUER,
    vct: VCT,
    exp: NOW_S + 86_400,
    cnf: { jwk: holder.publicJwk },
    age_over_18: true,
    age_over_21: false,
    ...made.claims,
  };
  const frame = { _sd: ["age_over_18", "age_over_21"] };
  const issued = await instance.issue(payload, frame as never, { header: { kid, typ } });
  const show = Object.fromEntries((made.show ?? ["age_over_18"]).map((name) => [name, true]));
  const bound = { aud: AUDIENCE, nonce: NONCE, iat: NOW_S, ...made.bound };
  const kb = made.bound === false ? {} : { kb: { payload: bound } };
  return instance.present(issued, show as never, kb);
}

const options = (more: object = {}) => ({ ...optionsWith(issuer), types: [VCT], ...more });

async function outcome(token: string, more: object = {}, nonce = NONCE): Promise<string> {
  return codeOf(sdJwtSignal(options(more)).verify(token, { nonce }), [token]);
}

test("a presentation that holds becomes evidence with its level, its end and its digest", async () => {
  const token = await presentation();
  const signal = await sdJwtSignal(options()).verify(token, { nonce: NONCE });
  expect({ ...signal }).toMatchObject({
    kind: "credential",
    claim: "age-over-18",
    value: true,
    assurance: "enhanced",
    verifiable: true,
    validUntil: "2026-05-02T12:00:00.000Z",
    tokenDigest: createHash("sha256").update(token).digest("base64url"),
  });
  expect(isProven(signal)).toBe(true);
});

test("only what the holder disclosed is read", async () => {
  const nothing = await presentation({ show: [] });
  expect(await sdJwtSignal(options()).verify(nothing, { nonce: NONCE })).toMatchObject({
    kind: "age-range",
    claim: "unsupported",
  });
  const both = await presentation({ show: ["age_over_18", "age_over_21"] });
  expect(await sdJwtSignal(options()).verify(both, { nonce: NONCE })).toMatchObject({
    claim: "age-over-18",
    value: true,
  });
  const failed = await presentation({ claims: { age_over_18: false } });
  expect(await sdJwtSignal(options()).verify(failed, { nonce: NONCE })).toMatchObject({
    claim: "age-over-18",
    value: false,
  });
  const unknown = await presentation({ claims: { age_over_18: "yes" } });
  expect(await sdJwtSignal(options()).verify(unknown, { nonce: NONCE })).toMatchObject({
    claim: "unsupported",
  });
});

describe("each thing that is checked, alone, refuses the presentation", () => {
  test("the issuer's key, its id, its name", async () => {
    expect(await outcome(await presentation())).toBe("accepted");
    expect(await outcome(await presentation({ by: others }))).toBe("signal-invalid");
    expect(await outcome(await presentation({ kid: "k2" }))).toBe("signal-untrusted");
    const claims = { iss: "https://ages.example.evil" };
    expect(await outcome(await presentation({ claims }))).toBe("signal-untrusted");
  });

  test("the type of the credential and of the token", async () => {
    expect(await outcome(await presentation({ claims: { vct: "urn:other" } }))).toBe(
      "signal-invalid",
    );
    expect(await outcome(await presentation({ typ: "JWT" }))).toBe("signal-invalid");
    expect(await outcome(await presentation({ typ: "vc+sd-jwt" }))).toBe("accepted");
  });

  test("its time: expired, not yet valid, without an end", async () => {
    expect(await outcome(await presentation({ claims: { exp: NOW_S } }))).toBe("signal-expired");
    expect(await outcome(await presentation({ claims: { exp: 0 } }))).toBe("signal-expired");
    expect(await outcome(await presentation({ claims: { nbf: NOW_S + 1 } }))).toBe(
      "signal-expired",
    );
    expect(await outcome(await presentation({ claims: { exp: undefined } }))).toBe(
      "signal-invalid",
    );
    expect(await outcome(await presentation({ claims: { exp: "later" } }))).toBe("signal-invalid");
  });

  test("the key binding: another's key, none, another nonce or audience, not of now", async () => {
    expect(await outcome(await presentation({ heldBy: others }))).toBe("signal-invalid");
    expect(await outcome(await presentation({ bound: false }))).toBe("signal-misdirected");
    expect(await outcome(await presentation(), {}, OTHER_NONCE)).toBe("signal-misdirected");
    expect(await outcome(await presentation({ bound: { aud: "other.example" } }))).toBe(
      "signal-misdirected",
    );
    const old = { iat: NOW_S - KEY_BINDING_AGE_MS_MAX / 1_000 };
    expect(await outcome(await presentation({ bound: old }))).toBe("accepted");
    expect(await outcome(await presentation({ bound: { iat: old.iat - 1 } }))).toBe(
      "signal-expired",
    );
    const ahead = { iat: NOW_S + KEY_BINDING_AGE_MS_MAX / 1_000 + 1 };
    expect(await outcome(await presentation({ bound: ahead }))).toBe("signal-expired");
    expect(await outcome(await presentation({ claims: { cnf: undefined } }))).toBe(
      "signal-misdirected",
    );
  });

  test("a disclosure changed, exchanged for one of the holder's own making, or taken away", async () => {
    const forged = Buffer.from(JSON.stringify(["salt", "age_over_18", true])).toString("base64url");
    const token = await presentation({ claims: { age_over_18: false } });
    const [jwt, disclosure, binding] = token.split("~");
    expect(await outcome([jwt, disclosure, binding].join("~"))).toBe("accepted");
    expect(await outcome([jwt, forged, binding].join("~"))).toBe("signal-invalid");
    expect(await outcome([jwt, binding].join("~"))).toBe("signal-invalid");
    // The holder binds a disclosure of their own: signed by their key, asked for by no digest.
    const own = `${jwt}~${disclosure}~${forged}~`;
    const claims = {
      aud: AUDIENCE,
      nonce: NONCE,
      iat: NOW_S,
      sd_hash: createHash("sha256").update(own).digest("base64url"),
    };
    const parts = [{ typ: "kb+jwt", alg: "ES256" }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    const bound = `${parts.join(".")}.${signing(holder)(parts.join("."))}`;
    expect(await outcome(`${own}${bound}`)).toBe("signal-invalid");
  });

  test("alg none, an algorithm that was not allowed, what is no presentation", async () => {
    const [jwt, ...rest] = (await presentation()).split("~");
    const [, payload] = (jwt ?? "").split(".");
    const header = Buffer.from('{"alg":"none","typ":"dc+sd-jwt"}').toString("base64url");
    expect(await outcome([`${header}.${payload}.`, ...rest].join("~"))).toBe("signal-invalid");
    expect(await outcome([`${header}.${payload}.AA`, ...rest].join("~"))).toBe("signal-invalid");
    expect(await outcome(await presentation(), { algorithms: ["ES384"] })).toBe("signal-invalid");
    for (const text of ["~", "a~b~c", "not a token at all"]) {
      expect(await outcome(text)).toBe("signal-invalid");
    }
  });
});

test("a plain clock decides, not the process's", async () => {
  const token = await presentation();
  const later = () => NOW_MS + 2 * 86_400_000;
  expect(await outcome(token, { now: later })).toBe("signal-expired");
});

test("without a type of credential the verifier is not made", () => {
  expect(() => sdJwtSignal(options({ types: [] }))).toThrow(/sdJwtSignal\.types/);
  expect(() => sdJwtSignal(options())).not.toThrow();
});

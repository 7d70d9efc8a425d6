import { createHash } from "node:crypto";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { jwtSignal, TOKEN_CHARACTERS_MAX } from "../../../src/adapters/age-signals/index.js";
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

let keys: Keys;
let others: Keys;

beforeAll(async () => {
  keys = await keysOf("ES256", "k1");
  others = await keysOf("ES256", "k1");
});

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, nonce: NONCE, exp: NOW_S + 300, age_over_18: true };

const signed = (claims: JWTPayload, by: Keys = keys, kid = "k1"): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid }).sign(by.privateKey);

async function outcome(token: string, more = {}, nonce = NONCE): Promise<string> {
  return codeOf(jwtSignal(optionsWith(keys, more)).verify(token, { nonce }), [token]);
}

test("a token that holds becomes evidence with its level, its end and its digest", async () => {
  const token = await signed(CLAIMS);
  const signal = await jwtSignal(optionsWith(keys)).verify(token, { nonce: NONCE });
  expect({ ...signal }).toMatchObject({
    kind: "credential",
    source: "estimation",
    claim: "age-over-18",
    value: true,
    assurance: "enhanced",
    verifiable: true,
    validUntil: "2026-05-01T12:05:00.000Z",
    tokenDigest: createHash("sha256").update(token).digest("base64url"),
  });
  expect(isProven(signal)).toBe(true);
  expect(JSON.stringify(signal)).not.toContain(token.split(".")[1]);
});

describe("each thing that is checked, alone, refuses the token", () => {
  test("another key under the same id, and an id that nobody gave", async () => {
    expect(await outcome(await signed(CLAIMS))).toBe("accepted");
    expect(await outcome(await signed(CLAIMS, others))).toBe("signal-invalid");
    expect(await outcome(await signed(CLAIMS, keys, "k2"))).toBe("signal-untrusted");
  });

  test("a key that the token brings along is not looked at", async () => {
    const header = { alg: "ES256", jwk: others.publicJwk };
    const token = await new SignJWT(CLAIMS).setProtectedHeader(header).sign(others.privateKey);
    expect(await outcome(token)).toBe("signal-invalid");
  });

  test("another issuer, another audience, another nonce, no nonce", async () => {
    expect(await outcome(await signed({ ...CLAIMS, iss: "https://ages.example.evil" }))).toBe(
      "signal-untrusted",
    );
    expect(await outcome(await signed({ ...CLAIMS, aud: "other.example" }))).toBe(
      "signal-misdirected",
    );
    expect(await outcome(await signed(CLAIMS), {}, OTHER_NONCE)).toBe("signal-misdirected");
    const { nonce: _, ...without } = CLAIMS;
    expect(await outcome(await signed(without))).toBe("signal-misdirected");
  });

  test("expired, not yet valid, without an end, with an end that is no time", async () => {
    expect(await outcome(await signed({ ...CLAIMS, exp: NOW_S }))).toBe("signal-expired");
    expect(await outcome(await signed({ ...CLAIMS, exp: NOW_S + 1 }))).toBe("accepted");
    expect(await outcome(await signed({ ...CLAIMS, nbf: NOW_S + 1 }))).toBe("signal-expired");
    expect(await outcome(await signed({ ...CLAIMS, nbf: NOW_S }))).toBe("accepted");
    const { exp: _, ...without } = CLAIMS;
    expect(await outcome(await signed(without))).toBe("signal-invalid");
    expect(await outcome(await signed({ ...CLAIMS, exp: 1e15 }))).toBe("signal-invalid");
    const later = () => NOW_MS + 600_000;
    expect(await outcome(await signed(CLAIMS), { now: later })).toBe("signal-expired");
  });

  test("alg none, a shared secret, an algorithm that was not allowed", async () => {
    expect(await outcome(new UnsecuredJWT(CLAIMS).encode())).toBe("signal-invalid");
    const secret = new TextEncoder().encode(JSON.stringify(keys.publicJwk));
    const hmac = new SignJWT(CLAIMS).setProtectedHeader({ alg: "HS256", kid: "k1" });
    expect(await outcome(await hmac.sign(secret))).toBe("signal-invalid");
    expect(await outcome(await signed(CLAIMS), { algorithms: ["ES384"] })).toBe("signal-invalid");
  });

  test("a claim changed after signing, half a token, no token", async () => {
    const token = await signed({ ...CLAIMS, age_over_18: false });
    const [header, , signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify(CLAIMS)).toString("base64url");
    expect(await outcome(`${header}.${forged}.${signature}`)).toBe("signal-invalid");
    expect(await outcome(token.slice(0, -20))).toBe("signal-invalid");
    expect(await outcome("not a token at all")).toBe("signal-invalid");
    expect(await outcome("")).toBe("option-invalid");
    expect(await outcome("a".repeat(TOKEN_CHARACTERS_MAX + 1))).toBe("limit-exceeded");
  });

  test("a nonce that could be guessed is the caller's mistake", async () => {
    expect(await outcome(await signed(CLAIMS), {}, "12345")).toBe("option-invalid");
  });
});

describe("what the claims say", () => {
  const { age_over_18: _, ...BARE } = CLAIMS;
  const bounds = { lower: "ageLow", upper: "ageHigh" };

  async function said(claims: object): Promise<object> {
    const token = await signed({ ...BARE, ...claims });
    const signal = await jwtSignal(optionsWith(keys, { bounds })).verify(token, { nonce: NONCE });
    const { kind, value, claim, lower, upper } = signal;
    return JSON.parse(JSON.stringify({ kind, value, claim, lower, upper }));
  }

  test.each([
    [{ age_over_21: true }, { kind: "credential", claim: "age-over-18", value: true }],
    [{ age_over_18: false }, { kind: "credential", claim: "age-over-18", value: false }],
    [{ age_over_16: false }, { kind: "credential", claim: "age-over-18", value: false }],
    [{ age_over_13: false }, { kind: "age-range", lower: 0, upper: 12 }],
    [
      { age_over_13: true, age_over_18: false },
      { kind: "age-range", lower: 13, upper: 17 },
    ],
    [
      { age_equal_or_over: { "16": true, "18": false } },
      { kind: "age-range", lower: 16, upper: 17 },
    ],
    [
      { ageLow: 13, ageHigh: 15 },
      { kind: "age-range", lower: 13, upper: 15 },
    ],
    [{ ageLow: 18 }, { kind: "credential", claim: "age-over-18", value: true }],
    [{ age_over_18: "true" }, { kind: "age-range", claim: "unsupported" }],
    [{ age_over_18: 1 }, { kind: "age-range", claim: "unsupported" }],
    [{ ageLow: "18" }, { kind: "age-range", claim: "unsupported" }],
    [{ adult: true }, { kind: "age-range", claim: "unsupported" }],
  ])("%j", async (claims, expected) => {
    expect(await said(claims)).toEqual(expected);
  });

  test("claims that contradict each other are refused", async () => {
    expect(await outcome(await signed({ ...BARE, age_over_18: true, age_over_16: false }))).toBe(
      "signal-invalid",
    );
  });
});

describe("the options", () => {
  const made = (more: object) => () => jwtSignal({ ...optionsWith(keys), ...more } as never);

  test("a private key, a shared secret, no key at all are refused", () => {
    expect(made({})).not.toThrow();
    for (const one of [keys.privateJwk, { kty: "oct", k: "c2VjcmV0" }]) {
      expect(made({ jwks: { keys: [one] } })).toThrow(/jwtSignal\.jwks/);
    }
    expect(made({ jwks: { keys: [] } })).toThrow(/jwtSignal\.jwks/);
  });

  test("a weak algorithm, an own answer as source, an unknown level or key are refused", () => {
    expect(made({ algorithms: ["HS256"] })).toThrow(/algorithms/);
    expect(made({ algorithms: ["none"] })).toThrow(/algorithms/);
    expect(made({ source: "sign-up-screen" })).toThrow(/source/);
    expect(made({ assurance: "perfect" })).toThrow(/assurance/);
    expect(made({ verified: true })).toThrow(/jwtSignal\.verified/);
  });
});

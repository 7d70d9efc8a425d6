import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import {
  formText,
  type PrintableForm,
  type PrivateJwk,
  type ReviewerStatement,
  type SignedFormOptions,
  signedForm,
  signReviewerStatement,
} from "../../src/adapters/signed-form.js";
import { compactJws } from "../../src/lib/jws.js";
import type { Challenge, VerifierState } from "../../src/ports/parent-verifier.js";
import { verifierContract } from "../../src/testing/verifier-contract.js";

const NOW_MS = Date.UTC(2026, 10, 25, 12);
const MOMENT = { nowMs: NOW_MS };
const SECRET = new Uint8Array(32).fill(5);
const CHALLENGE: Challenge = {
  request: "req_01jdhx0000000000000000000a",
  contact: "Planted Parent, 7 Elm Street",
  purposes: [
    { name: "coaching", separate: false },
    { name: "research", separate: false },
    { name: "advertising", separate: true },
  ],
  noticeText: "We keep weights.\n[x] forged box",
  lapsesAt: NOW_MS + 14 * 86_400_000,
};
const ALICE = newKey();
const BOB = newKey();

function newKey(): PrivateJwk {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as PrivateJwk;
}

function publicOf({ kty, crv, x }: PrivateJwk) {
  return { kty, crv, x };
}

function newVerifier(options: Partial<SignedFormOptions> = {}) {
  const reviewers = [
    { id: "alice", publicJwk: publicOf(ALICE) },
    { id: "bob", publicJwk: publicOf(BOB) },
  ];
  return signedForm({ secret: SECRET, reviewers, ...options });
}

async function statement(
  state: VerifierState,
  claims: Partial<ReviewerStatement> = {},
  key = ALICE,
) {
  return await signReviewerStatement(key, {
    req: CHALLENGE.request,
    code: String(state.code),
    "returned-by": "post",
    outcome: "signed",
    grants: ["coaching"],
    reviewer: "alice",
    iat: NOW_MS / 1_000,
    ...claims,
  });
}

const REFUSAL = { outcome: "refused", grants: [] } as const;

async function judged(claims: Partial<ReviewerStatement>, posted = {}, key = ALICE) {
  const verifier = newVerifier();
  const state = await verifier.start(CHALLENGE, MOMENT);
  const token = await statement(state, claims, key);
  return await verifier.respond(CHALLENGE, state, { token, ...posted }, MOMENT);
}

describe("the contract of parent verifiers", () => {
  const rules = verifierContract(async () => ({
    verifier: newVerifier(),
    challenge: CHALLENGE,
    otherChallenge: { ...CHALLENGE, request: "req_other", contact: "Another Parent" },
    nowMs: NOW_MS,
    stepsToYes: 1,
    offered: async ({ state }) => [String(state.code)],
    answerYes: async ({ challenge, state }) => ({
      token: await statement(state, { req: challenge.request }),
    }),
    answerNo: async ({ challenge, state }) => ({
      token: await statement(state, { req: challenge.request, ...REFUSAL }),
    }),
    dispose: async () => {},
  }));
  for (const rule of rules) test(rule.name, rule.run);
});

describe("the form", () => {
  it("has an empty box for each purpose, the separate ones apart, and the way back", async () => {
    const { form, code } = await newVerifier().start(CHALLENGE, MOMENT);
    expect(form).toBe(formText(CHALLENGE, String(code)));
    expect(form).toContain(String(code));
    expect(form).toContain(CHALLENGE.request);
    const apart = String(form).indexOf("## Asked separately");
    expect(String(form).indexOf("- [ ] coaching")).toBeLessThan(apart);
    expect(String(form).indexOf("- [ ] advertising")).toBeGreaterThan(apart);
    expect(form).toMatch(/by post, by fax, or as a scan/);
    expect(form).toContain("Signature: ____");
  });

  it("cannot be given a ticked box by the notice, and does not name the contact", async () => {
    const { form } = await newVerifier().start(CHALLENGE, MOMENT);
    expect(form).not.toContain("[x]");
    expect(form).toContain("forged box");
    expect(form).not.toContain(CHALLENGE.contact);
  });

  it("has a code that only the secret's holder can make, for this paper only", async () => {
    const codeOf = async (verifier: ReturnType<typeof newVerifier>, challenge = CHALLENGE) =>
      (await verifier.start(challenge, MOMENT)).code;
    const code = await codeOf(newVerifier());
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(await codeOf(newVerifier())).toBe(code);
    const others = [
      await codeOf(newVerifier({ secret: new Uint8Array(32).fill(6) })),
      await codeOf(newVerifier({ name: "paper" })),
      await codeOf(newVerifier(), { ...CHALLENGE, request: "req_other" }),
      await codeOf(newVerifier(), { ...CHALLENGE, noticeText: "We keep nothing." }),
    ];
    expect(new Set([code, ...others]).size).toBe(5);
  });

  it("is handed to `deliver`, whose failure is reported without what it said", async () => {
    const forms: PrintableForm[] = [];
    const state = await newVerifier({ deliver: async (form) => void forms.push(form) }).start(
      CHALLENGE,
      MOMENT,
    );
    expect(forms).toEqual([
      {
        request: CHALLENGE.request,
        contact: CHALLENGE.contact,
        code: state.code,
        text: state.form,
      },
    ]);
    const failing = newVerifier({
      deliver: async ({ contact }) => Promise.reject(new Error(`no such street: ${contact}`)),
    });
    const error: unknown = await failing.start(CHALLENGE, MOMENT).catch((e: unknown) => e);
    expect(error).toMatchObject({
      code: "verifier-failed",
      details: { reason: "delivery-failed" },
    });
    expect(error).not.toHaveProperty("cause");
    expect(JSON.stringify(error) + String(error)).not.toContain("Elm Street");
  });

  it("is not printed for a request that asks nothing or has lapsed", async () => {
    const bad = [{ purposes: [] }, { noticeText: " " }, { lapsesAt: NOW_MS }, { lapsesAt: NaN }];
    for (const change of bad) {
      await expect(newVerifier().start({ ...CHALLENGE, ...change }, MOMENT)).rejects.toMatchObject({
        details: { reason: "challenge-invalid" },
      });
    }
  });
});

describe("a reviewer's statement", () => {
  it("is reported with the way the form came back and the boxes that were ticked", async () => {
    for (const way of ["post", "fax", "scan", "in-app"] as const) {
      const { outcome } = await judged({ "returned-by": way, grants: ["advertising", "coaching"] });
      expect(outcome).toEqual({
        state: "answered",
        verdict: "verified",
        method: "signed-form",
        conditions: { "returned-by": way },
        grants: ["coaching", "advertising"],
        refuses: ["research"],
      });
    }
    expect((await judged({ ...REFUSAL })).outcome).toMatchObject({
      verdict: "refused",
      grants: [],
    });
    expect((await judged({ outcome: "not-a-parent", grants: [] })).outcome).toMatchObject({
      verdict: "not-a-parent",
    });
  });

  it("after an in-app form a returned one is still taken, after a returned one none", async () => {
    const verifier = newVerifier();
    let state = await verifier.start(CHALLENGE, MOMENT);
    const inApp = { token: await statement(state, { "returned-by": "in-app" }) };
    ({ state } = await verifier.respond(CHALLENGE, state, inApp, MOMENT));
    await expect(verifier.respond(CHALLENGE, state, inApp, MOMENT)).rejects.toMatchObject({
      code: "token-used",
    });
    const posted = { token: await statement(state) };
    ({ state } = await verifier.respond(CHALLENGE, state, posted, MOMENT));
    const another = { token: await statement(state, { reviewer: "bob" }, BOB) };
    await expect(verifier.respond(CHALLENGE, state, another, MOMENT)).rejects.toMatchObject({
      code: "token-used",
    });
  });

  it("is narrowed by what the page posts, never widened", async () => {
    const grants = ["coaching", "research"];
    const { outcome } = await judged({ grants }, { grants: ["coaching"] });
    expect(outcome).toMatchObject({ grants: ["coaching"], refuses: ["research", "advertising"] });
    expect((await judged({ grants }, { refuses: grants })).outcome).toMatchObject({
      verdict: "refused",
    });
    await expect(judged({ grants }, { grants: ["advertising"] })).rejects.toMatchObject({
      code: "token-invalid",
    });
  });

  it("of an unlisted key, in another's name, or from the future is token-invalid", async () => {
    const invalid = { code: "token-invalid" };
    await expect(judged({}, {}, newKey())).rejects.toMatchObject(invalid);
    await expect(judged({ reviewer: "bob" }, {}, ALICE)).rejects.toMatchObject(invalid);
    const state = await newVerifier().start(CHALLENGE, MOMENT);
    const [, payload = ""] = (await statement(state, { reviewer: "bob" })).split(".");
    const token = await compactJws({
      header: { alg: "EdDSA", kid: "alice", typ: "custody-reviewer-statement" },
      payload: JSON.parse(Buffer.from(payload, "base64url").toString()),
      sign: async (bytes) =>
        sign(null, bytes, createPrivateKey({ key: { ...ALICE }, format: "jwk" })),
    });
    await expect(newVerifier().respond(CHALLENGE, state, { token }, MOMENT)).rejects.toMatchObject(
      invalid,
    );
    await expect(judged({ reviewer: "mallory" })).rejects.toMatchObject(invalid);
    await expect(judged({ iat: NOW_MS / 1_000 + 301 })).rejects.toMatchObject(invalid);
    expect(await judged({ iat: NOW_MS / 1_000 + 300 })).toBeDefined();
    expect(await judged({ reviewer: "bob" }, {}, BOB)).toBeDefined();
  });

  it("about another code, or a purpose that is not on the form, is token-invalid", async () => {
    for (const claims of [{ code: "0000-0000-0000-0000" }, { grants: ["coaching", "resale"] }]) {
      await expect(judged(claims)).rejects.toMatchObject({ code: "token-invalid" });
    }
  });

  it("does not hold once the purposes or the notice of the request were changed", async () => {
    const verifier = newVerifier();
    const state = await verifier.start(CHALLENGE, MOMENT);
    const response = { token: await statement(state) };
    const changed = { ...CHALLENGE, noticeText: "We sell weights." };
    await expect(verifier.respond(changed, state, response, MOMENT)).rejects.toMatchObject({
      code: "token-invalid",
    });
    expect(await verifier.respond(CHALLENGE, state, response, MOMENT)).toBeDefined();
  });

  it("is not signed when it contradicts itself or has a misspelt claim", async () => {
    const state = await newVerifier().start(CHALLENGE, MOMENT);
    const bad = [
      { grants: [] },
      { outcome: "refused", grants: ["coaching"] },
      { "returned-by": "pigeon" },
      { parent: "a name" },
    ] as unknown as Partial<ReviewerStatement>[];
    for (const claims of bad) {
      await expect(statement(state, claims)).rejects.toMatchObject({
        code: expect.stringMatching(/^option-/),
      });
    }
  });
});

describe("options", () => {
  it("are refused with a private key, a doubled id, a short secret or an unknown key", () => {
    const reviewer = { id: "alice", publicJwk: publicOf(ALICE) };
    const bad = [
      { reviewers: [{ id: "alice", publicJwk: ALICE }] },
      { reviewers: [reviewer, reviewer] },
      { reviewers: [] },
      { secret: new Uint8Array(31) },
      { name: "Signed Form" },
      { secrets: [] },
    ];
    for (const change of bad) {
      expect(() => newVerifier(change as Partial<SignedFormOptions>)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^option-/) }),
      );
    }
    expect(newVerifier().name).toBe("signed-form");
  });

  it("refuses a state that it did not make", async () => {
    const verifier = newVerifier();
    const state = await verifier.start(CHALLENGE, MOMENT);
    const response = { token: await statement(state) };
    await expect(verifier.respond(CHALLENGE, {}, response, MOMENT)).rejects.toMatchObject({
      code: "verifier-failed",
      details: { reason: "state-invalid" },
    });
  });
});

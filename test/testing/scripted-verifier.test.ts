import { describe, expect, it, test } from "vitest";
import type { Challenge } from "../../src/ports/parent-verifier.js";
import { type ParentScript, scriptedVerifier } from "../../src/testing/scripted-verifier.js";
import { verifierContract } from "../../src/testing/verifier-contract.js";

const NOW_MS = Date.UTC(2026, 10, 25, 12);
const CHALLENGE: Challenge = {
  request: "req_01jdhx0000000000000000000a",
  contact: "planted.parent@example.test",
  purposes: [
    { name: "coaching", separate: false },
    { name: "advertising", separate: true },
  ],
  noticeText: "We keep weights.",
  lapsesAt: NOW_MS + 1_000,
};
const YES: ParentScript = {
  outcome: "verified",
  reported: "video-conference",
  conditions: { "trained-staff": true },
};

async function judged(script: ParentScript, posted = {}) {
  const verifier = scriptedVerifier({ method: "video-conference" });
  const moment = { nowMs: NOW_MS };
  const state = await verifier.start(CHALLENGE, moment);
  const response = { ...verifier.answer(CHALLENGE.request, script), ...posted };
  return (await verifier.respond(CHALLENGE, state, response, moment)).outcome;
}

describe("the contract of parent verifiers", () => {
  const rules = verifierContract(async () => {
    const verifier = scriptedVerifier({ method: "video-conference" });
    return {
      verifier,
      challenge: CHALLENGE,
      otherChallenge: { ...CHALLENGE, request: "req_other", contact: "other@example.test" },
      nowMs: NOW_MS,
      stepsToYes: 1,
      offered: async () => [],
      answerYes: async ({ challenge }) => verifier.answer(challenge.request, YES),
      answerNo: async ({ challenge }) => verifier.answer(challenge.request, { outcome: "refused" }),
      dispose: async () => {},
    };
  });
  for (const rule of rules) test(rule.name, rule.run);

  it("has rules with different names", () => {
    expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
  });
});

describe("a script", () => {
  it("reports a method only when the script names one", async () => {
    expect(await judged(YES)).toMatchObject({ method: "video-conference" });
    expect(await judged({ outcome: "verified" })).not.toHaveProperty("method");
    expect(await judged({ outcome: "verified", reported: "unlisted" })).toMatchObject({
      method: "unlisted",
    });
  });

  it("reports unmet conditions as they are, and none that it was not given", async () => {
    const conditions = { "plus-step-done": false, attempts: "unlimited", questions: 3 };
    expect(await judged({ ...YES, conditions })).toMatchObject({ verdict: "verified", conditions });
    expect(await judged({ outcome: "verified" })).toMatchObject({ conditions: {} });
  });

  it("can be undelivered, refused, or from somebody who is no parent", async () => {
    expect(await judged({ outcome: "bounced" })).toEqual({
      state: "undelivered",
      reason: "bounced",
    });
    expect(await judged({ outcome: "no-answer" })).toEqual({
      state: "undelivered",
      reason: "no-answer",
    });
    expect(await judged({ outcome: "refused" })).toMatchObject({ verdict: "refused" });
    expect(await judged({ outcome: "not-a-parent" })).toMatchObject({ verdict: "not-a-parent" });
  });

  it("says nothing of purposes when neither script nor page does", async () => {
    const outcome = await judged(YES);
    expect(outcome).not.toHaveProperty("grants");
    expect(outcome).not.toHaveProperty("refuses");
    expect(await judged({ ...YES, grants: ["advertising"] })).toMatchObject({
      grants: ["advertising"],
    });
  });

  it("can be narrowed by the page and not widened", async () => {
    const grants = ["coaching", "advertising"];
    expect(await judged({ ...YES, grants }, { grants: ["coaching"] })).toMatchObject({
      grants: ["coaching"],
      refuses: ["advertising"],
    });
    await expect(judged(YES, { grants })).rejects.toMatchObject({ code: "token-invalid" });
  });

  it("with a misspelt member is refused when it is written", () => {
    const verifier = scriptedVerifier({ method: "email-plus" });
    const script = { outcome: "verified", condition: {} } as unknown as ParentScript;
    expect(() => verifier.answer("req_a", script)).toThrow(
      expect.objectContaining({ code: "option-unknown" }),
    );
  });
});

describe("a request", () => {
  it("can be answered several times, each response once", async () => {
    const verifier = scriptedVerifier({ method: "email-plus" });
    const moment = { nowMs: NOW_MS };
    let state = await verifier.start(CHALLENGE, moment);
    const undone = { ...YES, conditions: { "plus-step-done": false } };
    const responses = [undone, undone, YES].map((s) => verifier.answer(CHALLENGE.request, s));
    for (const response of responses) {
      ({ state } = await verifier.respond(CHALLENGE, state, response, moment));
    }
    for (const response of responses) {
      await expect(verifier.respond(CHALLENGE, state, response, moment)).rejects.toMatchObject({
        code: "token-used",
      });
    }
  });

  it("is not answered by the script of another instance, unless they share a secret", async () => {
    const secret = new Uint8Array(32).fill(7);
    const [a, b, stranger] = [
      scriptedVerifier({ method: "email-plus", secret }),
      scriptedVerifier({ method: "email-plus", secret }),
      scriptedVerifier({ method: "email-plus" }),
    ];
    const moment = { nowMs: NOW_MS };
    const state = await b.start(CHALLENGE, moment);
    const response = a.answer(CHALLENGE.request, YES);
    expect(await b.respond(CHALLENGE, state, response, moment)).toBeDefined();
    await expect(stranger.respond(CHALLENGE, state, response, moment)).rejects.toMatchObject({
      code: "token-invalid",
    });
  });
});

describe("options", () => {
  it("are checked: an unknown key and an unknown method are refused", () => {
    const given = { method: "email-plus", nmae: "x" } as const;
    expect(() => scriptedVerifier(given)).toThrow(
      expect.objectContaining({ code: "option-unknown" }),
    );
    expect(() => scriptedVerifier({ method: "telepathy" as "unlisted" })).toThrow(
      expect.objectContaining({ code: "option-invalid" }),
    );
    expect(scriptedVerifier({ method: "email-plus" }).name).toBe("scripted-email-plus");
  });
});

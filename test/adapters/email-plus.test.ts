import { inspect } from "node:util";
import { SignJWT, UnsecuredJWT } from "jose";
import { createTransport } from "nodemailer";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { type EmailPlusOptions, emailPlus } from "../../src/adapters/email-plus.js";
import type { Challenge, ParentResponse, VerifierState } from "../../src/ports/parent-verifier.js";
import { verifierContract } from "../../src/testing/verifier-contract.js";
import { type MailServer, mailServer, type Replies } from "./mail-server.js";

const NOW_MS = Date.UTC(2026, 10, 25, 12);
const MOMENT = { nowMs: NOW_MS };
const SECRET = new Uint8Array(32).fill(9);
const CONTACT = "planted.parent@example.test";
const CHALLENGE: Challenge = {
  request: "req_01jdhx0000000000000000000a",
  contact: CONTACT,
  purposes: [
    { name: "coaching", separate: false },
    { name: "research", separate: false },
    { name: "advertising", separate: true },
  ],
  noticeText: "We keep weights.\nWe do not <b>sell</b> them & never will.",
  lapsesAt: NOW_MS + 14 * 86_400_000,
};

let server: MailServer;
beforeAll(async () => {
  server = await mailServer();
});
afterAll(async () => await server.close());
beforeEach(() => {
  server.mails.length = 0;
});

function newVerifier(options: Partial<EmailPlusOptions> = {}) {
  return emailPlus({
    transport: { host: "127.0.0.1", port: server.port },
    from: { name: "Fit & Co", address: "consent@fit.example" },
    linkBase: "https://fit.example/parents?lang=en",
    secret: SECRET,
    ...options,
  });
}

function tokens(contact = CONTACT): string[] {
  return server.links(contact).map((link) => new URL(link).searchParams.get("token") ?? "");
}

/**
 * The token of the link whose place in the letter is known from what the parent reads beside it.
 */
function tokenBeside(words: string, contact = CONTACT): string {
  const [, after] = (server.newest(contact).text ?? "").split(words);
  const link = after?.match(/https?:\/\/\S+/)?.[0];
  return new URL(link ?? "").searchParams.get("token") ?? "";
}

async function asked(options: Partial<EmailPlusOptions> = {}, challenge = CHALLENGE) {
  const verifier = newVerifier(options);
  const state = await verifier.start(challenge, MOMENT);
  const respond = (from: VerifierState, response: ParentResponse, nowMs = NOW_MS) =>
    verifier.respond(challenge, from, response, { nowMs });
  return { verifier, state, respond };
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: Error) => error,
  );
}

function expectNoContact(error: Error, contact = CONTACT): void {
  const seen = [inspect(error, { depth: null, showHidden: true }), JSON.stringify(error)].join();
  for (const part of [contact, contact.split("@")[0] ?? contact]) expect(seen).not.toContain(part);
}

describe("the contract of parent verifiers", () => {
  const rules = verifierContract(async () => ({
    verifier: newVerifier(),
    challenge: CHALLENGE,
    otherChallenge: { ...CHALLENGE, request: "req_other", contact: "other@example.test" },
    nowMs: NOW_MS,
    stepsToYes: 2,
    offered: async ({ challenge }) => server.links(challenge.contact),
    answerYes: async ({ challenge }, step) => ({
      token: tokenBeside(["Yes, but without", "I confirm this"][step] ?? "", challenge.contact),
    }),
    answerNo: async ({ challenge }) => ({ token: tokenBeside("No, I do not", challenge.contact) }),
    dispose: async () => {
      server.mails.length = 0;
    },
  }));
  for (const rule of rules) test(rule.name, rule.run);
});

describe("the first letter", () => {
  it("carries the notice, lists separate purposes apart and never chooses them", async () => {
    await asked();
    const { text = "", html, subject, from } = server.newest(CONTACT);
    expect(subject).toBe("Please decide: may we use your child's information?");
    expect(from?.value).toEqual([{ name: "Fit & Co", address: "consent@fit.example" }]);
    expect(text).toContain(CHALLENGE.noticeText);
    const apart = text.indexOf("separately");
    expect(text.indexOf("- coaching")).toBeLessThan(apart);
    expect(text.indexOf("- advertising")).toBeGreaterThan(apart);
    expect(text).toContain("Yes, but without: advertising");
    expect(text).toContain("Yes, including: advertising");
    expect(server.links(CONTACT)).toHaveLength(4);
    expect(server.links(CONTACT)[0]).toMatch(/^https:\/\/fit\.example\/parents\?lang=en&token=/);
    expect(html).toContain("We do not &lt;b&gt;sell&lt;/b&gt; them &amp; never will.");
    expect(html).toContain("Fit &amp; Co asks");
    expect(html).not.toMatch(/<script|<img|checked/);
  });

  it("says the same in HTML: the same links, in the same order", async () => {
    await asked();
    const hrefs = [...String(server.newest(CONTACT).html).matchAll(/href="([^"]+)"/g)];
    expect(hrefs.map(([, href]) => href?.replaceAll("&amp;", "&"))).toEqual(server.links(CONTACT));
  });

  it("offers no yes that would agree to nothing", async () => {
    const [plain, , separate] = CHALLENGE.purposes;
    await asked({}, { ...CHALLENGE, purposes: [separate!] });
    expect(server.newest(CONTACT).text).not.toContain("but without");
    expect(server.links(CONTACT)).toHaveLength(3);
    await asked({}, { ...CHALLENGE, purposes: [plain!] });
    expect(server.newest(CONTACT).text).toContain("Yes, I agree");
    expect(server.links(CONTACT)).toHaveLength(3);
  });

  it("cannot be given a line, a header or markup by the name of a purpose", async () => {
    const name = 'x"><script>\r\nBcc: all@example.test\r\n\r\nhttps://evil.example/?token=a';
    await asked({}, { ...CHALLENGE, purposes: [{ name, separate: false }] });
    const { html, headers, text } = server.newest(CONTACT);
    expect(html).not.toContain("<script");
    expect(headers.has("bcc")).toBe(false);
    expect(text).not.toMatch(/^https:\/\/evil/m);
  });

  it("has tokens of five claims and no person in them", async () => {
    await asked();
    for (const token of tokens()) {
      const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
      expect(Object.keys(claims).sort()).toEqual(["choice", "exp", "jti", "req", "step"]);
      expect(claims).toMatchObject({ req: CHALLENGE.request, step: 1 });
      expect(claims.exp * 1_000).toBe(CHALLENGE.lapsesAt);
    }
    expect(new Set(tokens()).size).toBe(4);
  });
});

describe("a first yes", () => {
  it("is pending, and brings a letter that says what was agreed and how to revoke", async () => {
    const { state, respond } = await asked();
    const first = await respond(state, { token: tokenBeside("Yes, but without") });
    expect(first.outcome).toEqual({ state: "pending" });
    expect(server.mails).toHaveLength(2);
    const { text = "", subject } = server.newest(CONTACT);
    expect(subject).toBe("Please confirm your permission");
    expect(text).toMatch(
      /You agreed to:\s+- coaching\s+- research\s+You did not agree to:\s+- adv/,
    );
    expect(text).toContain("take your permission back at any time");
    expect(text).toContain("write to consent@fit.example");
    expect(JSON.stringify(first.state)).not.toContain("planted");
  });

  it("confirmed is verified by e-mail plus with both of its conditions", async () => {
    const { state, respond } = await asked({ revocation: "Open Family and press Stop." });
    const first = await respond(state, { token: tokenBeside("Yes, including") });
    expect(server.newest(CONTACT).text).toContain("Open Family and press Stop.");
    const { outcome } = await respond(first.state, { token: tokenBeside("I confirm this") });
    expect(outcome).toEqual({
      state: "answered",
      verdict: "verified",
      method: "email-plus",
      conditions: { "plus-step-done": true, "revocation-notice": true },
      grants: ["coaching", "research", "advertising"],
      refuses: [],
    });
  });

  it("without the separate purposes refuses them by name", async () => {
    const { state, respond } = await asked();
    const first = await respond(state, { token: tokenBeside("Yes, but without") });
    const { outcome } = await respond(first.state, { token: tokenBeside("I confirm this") });
    expect(outcome).toMatchObject({ grants: ["coaching", "research"], refuses: ["advertising"] });
  });

  it("is narrowed by the page at either step, and an empty choice is a refusal", async () => {
    const { state, respond } = await asked();
    const yes = tokenBeside("Yes, but without");
    const first = await respond(state, { token: yes, refuses: ["research"] });
    const confirm = tokenBeside("I confirm this");
    expect((await respond(first.state, { token: confirm })).outcome).toMatchObject({
      grants: ["coaching"],
      refuses: ["research", "advertising"],
    });
    expect((await respond(first.state, { token: confirm, grants: [] })).outcome).toMatchObject({
      verdict: "refused",
      conditions: { "plus-step-done": false, "revocation-notice": true },
    });
    const none = await respond(state, { token: yes, grants: [] });
    expect(none.outcome).toMatchObject({ verdict: "refused", grants: [] });
  });

  it("is not widened by the page, at neither step", async () => {
    const { state, respond } = await asked();
    const yes = tokenBeside("Yes, but without");
    const wide = { grants: ["coaching", "advertising"] };
    const invalid = { code: "token-invalid" };
    await expect(respond(state, { token: yes, ...wide })).rejects.toMatchObject(invalid);
    const first = await respond(state, { token: yes, grants: ["coaching"] });
    const token = tokenBeside("I confirm this");
    await expect(
      respond(first.state, { token, grants: ["coaching", "research"] }),
    ).rejects.toMatchObject(invalid);
    const refuses = ["resale"];
    await expect(respond(first.state, { token, refuses })).rejects.toMatchObject(invalid);
    expect(server.mails).toHaveLength(2);
  });

  it("taken back in the second letter is a refusal, and then nothing more is taken", async () => {
    const { state, respond } = await asked();
    const first = await respond(state, { token: tokenBeside("Yes, but without") });
    const { outcome, state: after } = await respond(first.state, {
      token: tokenBeside("I take it back"),
    });
    expect(outcome).toMatchObject({ verdict: "refused", grants: [] });
    await expect(respond(after, { token: tokenBeside("I confirm this") })).rejects.toMatchObject({
      code: "token-used",
    });
  });
});

describe("somebody who is not the parent", () => {
  it("can say so in either letter", async () => {
    const { state, respond } = await asked();
    const words = "I am not the parent";
    const early = await respond(state, { token: tokenBeside(words) });
    expect(early.outcome).toMatchObject({ verdict: "not-a-parent" });
    expect(early.outcome).not.toHaveProperty("grants");
    const first = await respond(state, { token: tokenBeside("Yes, but without") });
    const late = await respond(first.state, { token: tokenBeside(words) });
    expect(late.outcome).toMatchObject({ verdict: "not-a-parent" });
  });
});

describe("a token", () => {
  it("of a passed step is used, whichever of its links comes", async () => {
    const { state, respond } = await asked();
    const [yes = "", ...others] = tokens();
    const first = await respond(state, { token: yes });
    for (const token of [yes, ...others]) {
      await expect(respond(first.state, { token })).rejects.toMatchObject({ code: "token-used" });
    }
  });

  it("of the second step is invalid before the first, and after another first answer", async () => {
    const { state, respond } = await asked();
    const [plain = "", separate = ""] = tokens();
    await respond(state, { token: plain });
    const confirm = tokenBeside("I confirm this");
    const invalid = { code: "token-invalid" };
    await expect(respond(state, { token: confirm })).rejects.toMatchObject(invalid);
    const other = await respond(state, { token: separate });
    await expect(respond(other.state, { token: confirm })).rejects.toMatchObject(invalid);
  });

  it("with algorithm none, another key, another name or another algorithm is invalid", async () => {
    const { state, respond, verifier } = await asked();
    const [yes = ""] = tokens();
    const claims = JSON.parse(Buffer.from(yes.split(".")[1]!, "base64url").toString());
    const stranger = async (options: Partial<EmailPlusOptions>) => {
      await newVerifier(options).start(CHALLENGE, MOMENT);
      return tokens()[0] ?? "";
    };
    const forged = [
      new UnsecuredJWT(claims).encode(),
      await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", typ: "custody-link" })
        .sign(SECRET),
      await new SignJWT(claims).setProtectedHeader({ alg: "HS512" }).sign(new Uint8Array(64)),
      await stranger({ secret: new Uint8Array(32).fill(8) }),
      await stranger({ name: "other-mail" }),
    ];
    for (const token of forged) {
      await expect(respond(state, { token })).rejects.toMatchObject({ code: "token-invalid" });
    }
    expect(await stranger({ name: verifier.name })).toBe(yes);
  });

  it("does not hold once the purposes or the notice of the request were changed", async () => {
    const { state, verifier } = await asked();
    const [token = ""] = tokens();
    const wider = [...CHALLENGE.purposes, { name: "resale", separate: false }];
    for (const change of [{ purposes: wider }, { noticeText: "We sell weights." }]) {
      await expect(
        verifier.respond({ ...CHALLENGE, ...change }, state, { token }, MOMENT),
      ).rejects.toMatchObject({ code: "token-invalid" });
    }
  });

  it("dies with its own expiry even when the request was prolonged", async () => {
    const { state, verifier } = await asked();
    const [token = ""] = tokens();
    const longer = { ...CHALLENGE, lapsesAt: CHALLENGE.lapsesAt + 1_000 };
    const at = (nowMs: number) => verifier.respond(longer, state, { token }, { nowMs });
    await expect(at(CHALLENGE.lapsesAt)).rejects.toMatchObject({ code: "token-expired" });
    expect((await at(CHALLENGE.lapsesAt - 1)).outcome).toEqual({ state: "pending" });
  });
});

describe("a confirmation delay", () => {
  it("leaves an early confirmation pending, and takes the same link later", async () => {
    const { state, respond } = await asked({ confirmDelayMs: 60_000 });
    const first = await respond(state, { token: tokenBeside("Yes, but without") });
    expect(server.newest(CONTACT).text).toContain("You can confirm from 2026-11-25 12:01 UTC on.");
    const response = { token: tokenBeside("I confirm this") };
    const early = await respond(first.state, response, NOW_MS + 59_999);
    expect(early).toEqual({ state: first.state, outcome: { state: "pending" } });
    const late = await respond(early.state, response, NOW_MS + 60_000);
    expect(late.outcome).toMatchObject({ verdict: "verified" });
  });

  it("does not delay a withdrawal", async () => {
    const { state, respond } = await asked({ confirmDelayMs: 60_000 });
    const first = await respond(state, { token: tokenBeside("Yes, but without") });
    const { outcome } = await respond(first.state, { token: tokenBeside("I take it back") });
    expect(outcome).toMatchObject({ verdict: "refused" });
  });
});

describe("a contact that is not one mailbox", () => {
  const BAD = [
    "planted.parent@example.test\r\nBcc: all@example.test",
    "planted.parent@example.test\nSubject: hello",
    "planted.parent@example.test, second@example.test",
    "Planted Parent <planted.parent@example.test>",
    '"planted.parent@evil.example x"@example.test',
    "planted.parent@example.test ",
    "planted.parent",
    "planted.parent@@example.test",
    "planted.parent@example.test@evil.example",
    "planted.parent@-example.test",
    `planted.parent@${"a".repeat(250)}.test`,
    "",
  ];

  it("is refused before anything is sent, and not repeated in the error", async () => {
    for (const contact of BAD) {
      const error = await errorOf(newVerifier().start({ ...CHALLENGE, contact }, MOMENT));
      expect(error).toMatchObject({
        code: "verifier-failed",
        details: { verifier: "email-plus", id: CHALLENGE.request, reason: "contact-invalid" },
      });
      if (contact !== "") expectNoContact(error, contact);
    }
    expect(server.mails).toHaveLength(0);
  });

  it("is not what a plus sign, an apostrophe or a hyphen makes it", async () => {
    for (const contact of ["a+b@example.test", "o'neil@ex-ample.test", "a_b.c@sub.example.test"]) {
      await asked({}, { ...CHALLENGE, contact });
      expect(server.links(contact)).toHaveLength(4);
    }
  });
});

describe("a mail server that says no", () => {
  async function failure(replies: Replies, challenge = CHALLENGE) {
    const refusing = await mailServer(replies);
    try {
      const transport = { host: "127.0.0.1", port: refusing.port };
      const error = await errorOf(newVerifier({ transport }).start(challenge, MOMENT));
      expectNoContact(error);
      expect(error).not.toHaveProperty("cause");
      expect(error).toMatchObject({ code: "verifier-failed" });
      return (error as Error & { details: { reason: string } }).details.reason;
    } finally {
      await refusing.close();
    }
  }

  it("for good to the recipient is recipient-rejected; for now, it is smtp-refused", async () => {
    expect(await failure({ recipient: () => 550 })).toBe("recipient-rejected");
    expect(await failure({ recipient: () => 553 })).toBe("recipient-rejected");
    expect(await failure({ recipient: () => 450 })).toBe("smtp-refused");
    expect(await failure({ recipient: () => 451 })).toBe("smtp-refused");
  });

  it("to the sender or the message is smtp-refused: it is not the parent's mailbox", async () => {
    expect(await failure({ mail: 550 })).toBe("smtp-refused");
    expect(await failure({ data: 554 })).toBe("smtp-refused");
  });

  it("by not being there is smtp-unreachable", async () => {
    const gone = await mailServer();
    await gone.close();
    const transport = { host: "127.0.0.1", port: gone.port };
    const error = await errorOf(newVerifier({ transport }).start(CHALLENGE, MOMENT));
    expect(error).toMatchObject({ details: { reason: "smtp-unreachable" } });
    expectNoContact(error);
  });

  it("by offering no TLS, off this machine, is not given the letter", async () => {
    // This address reaches the loopback server too, but it does not say so.
    const transport = { host: "0.0.0.0", port: server.port };
    const error = await errorOf(newVerifier({ transport }).start(CHALLENGE, MOMENT));
    expect(error).toMatchObject({ details: { reason: "smtp-refused" } });
    expect(server.mails).toHaveLength(0);
    const own = createTransport(transport);
    await asked({ transport: own });
    expect(server.mails).toHaveLength(1);
  });

  it("to the second letter leaves the first yes open, to be given again", async () => {
    let down = false;
    const flaky = await mailServer({ recipient: () => (down ? 451 : undefined) });
    try {
      const transport = { host: "127.0.0.1", port: flaky.port };
      const { state, respond } = await asked({ transport });
      const token = new URL(flaky.links(CONTACT)[0]!).searchParams.get("token")!;
      down = true;
      const error = await errorOf(respond(state, { token }));
      expect(error).toMatchObject({ details: { reason: "smtp-refused" } });
      expectNoContact(error);
      down = false;
      expect((await respond(state, { token })).outcome).toEqual({ state: "pending" });
    } finally {
      await flaky.close();
    }
  });
});

describe("a transport of one's own", () => {
  it("may be a nodemailer transporter", async () => {
    const transport = createTransport({ host: "127.0.0.1", port: server.port, ignoreTLS: true });
    await asked({ transport });
    expect(server.links(CONTACT)).toHaveLength(4);
  });

  it("that fails in its own words is smtp-error, and its words are dropped", async () => {
    const sendMail = () => {
      throw new Error(`cannot send to ${CONTACT}`);
    };
    const error = await errorOf(newVerifier({ transport: { sendMail } }).start(CHALLENGE, MOMENT));
    expect(error).toMatchObject({ details: { reason: "smtp-error" } });
    expectNoContact(error);
  });

  it("that resolves with the recipient rejected has not sent anything", async () => {
    const sendMail = async () => ({ accepted: [], rejected: [CONTACT] });
    const error = await errorOf(newVerifier({ transport: { sendMail } }).start(CHALLENGE, MOMENT));
    expect(error).toMatchObject({ details: { reason: "recipient-rejected" } });
    expectNoContact(error);
  });
});

describe("what cannot be asked", () => {
  it("is refused before anything is sent", async () => {
    const twice = [CHALLENGE.purposes[0]!, CHALLENGE.purposes[0]!];
    const bad = [
      { purposes: [] },
      { purposes: twice },
      { noticeText: "  " },
      { noticeText: "half a pair: \ud800" },
      { lapsesAt: NOW_MS },
      { lapsesAt: Number.NaN },
      { lapsesAt: Number.POSITIVE_INFINITY },
    ];
    for (const change of bad) {
      await expect(newVerifier().start({ ...CHALLENGE, ...change }, MOMENT)).rejects.toMatchObject({
        code: "verifier-failed",
        details: { reason: "challenge-invalid" },
      });
    }
    const noticeText = "a".repeat(100_001);
    await expect(newVerifier().start({ ...CHALLENGE, noticeText }, MOMENT)).rejects.toMatchObject({
      code: "limit-exceeded",
    });
    expect(server.mails).toHaveLength(0);
  });

  it("and a state that was not made here are told apart", async () => {
    const { respond } = await asked();
    const [token = ""] = tokens();
    const states = [{}, { version: 1, step: "confirmed" }, { version: 2, step: "asked" }];
    for (const state of states) {
      await expect(respond(state, { token })).rejects.toMatchObject({
        details: { reason: "state-invalid" },
      });
    }
  });
});

describe("options", () => {
  it("are refused when unknown, too weak or ambiguous, and never repeated", () => {
    const bad = [
      { secret: new Uint8Array(31) },
      { secrets: SECRET },
      { from: "Fit <consent@fit.example>" },
      { from: { name: "Fit\r\nBcc: x@example.test", address: "consent@fit.example" } },
      { linkBase: "ftp://fit.example/" },
      { linkBase: "https://user:hunter2@fit.example/" },
      { linkBase: "https://fit.example/#here" },
      { linkBase: "parents" },
      { transport: { host: "127.0.0.1", port: 0 } },
      { transport: { host: "127.0.0.1", port: 25, auth: { user: "u", password: "hunter2" } } },
      { confirmDelayMs: -1 },
      { confirmDelayMs: 8 * 86_400_000 },
      { name: "E-mail" },
    ] as unknown as Partial<EmailPlusOptions>[];
    for (const change of bad) {
      let error: unknown;
      try {
        newVerifier(change);
      } catch (thrown) {
        error = thrown;
      }
      expect(error, Object.keys(change)[0]).toMatchObject({
        code: expect.stringMatching(/^option-(unknown|invalid)$/),
      });
      expect(inspect(error, { depth: null })).not.toContain("hunter2");
    }
    expect(newVerifier({ from: "consent@fit.example" })).toMatchObject({
      name: "email-plus",
      method: "email-plus",
    });
  });
});

describe("a parent's own act (16 CFR 312.6)", () => {
  const ACT: Challenge = {
    ...CHALLENGE,
    act: "review",
    purposes: [{ name: "show me what is held about my child", separate: false }],
    noticeText: "Somebody has asked to be shown what is held.",
  };

  test("is asked in its own words and proven by one yes, without a second letter", async () => {
    const { state, respond } = await asked({}, ACT);
    expect(server.newest(CONTACT).text).toContain("Was it you who asked?");
    expect(server.newest(CONTACT).text).not.toContain("asks for your permission");
    const token = tokenBeside("Yes, I am the parent and I asked for this");
    const { outcome } = await respond(state, { token });
    expect(outcome).toMatchObject({ state: "answered", verdict: "verified", method: "email-plus" });
    expect(server.mails).toHaveLength(1);
  });

  test("an answer to one act is no answer to another, nor to a consent", async () => {
    const { verifier, state } = await asked({}, ACT);
    const token = tokenBeside("Yes, I am the parent and I asked for this");
    const others = [{ ...ACT, act: "delete", noticeText: "Deleted." } as const, CHALLENGE];
    for (const other of others) {
      const error = await errorOf(verifier.respond(other, state, { token }, MOMENT));
      expect(error).toMatchObject({ code: "token-invalid" });
    }
  });
});

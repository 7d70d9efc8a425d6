/** The examination of the parent verifier port. */
import { CONSENT_METHODS } from "../core/consent.js";
import { base64url, utf8 } from "../lib/bytes.js";
import { canonical } from "../lib/canonical.js";
import type { VerifierState } from "../ports/parent-verifier.js";
import type { ContractRule } from "./contract.js";
import { check, equal } from "./expectation.js";
import {
  answer,
  answerAll,
  decoded,
  misspellings,
  refused,
  requireAbsent,
  respond,
  start,
  type VerifierUnderTest,
} from "./verifier-under-test.js";

export type { SentChallenge, VerifierUnderTest } from "./verifier-under-test.js";

/** The rules, each opening a verifier of its own and disposing of it either way. */
export function verifierContract(open: () => Promise<VerifierUnderTest>): readonly ContractRule[] {
  return Object.entries(RULES).map(([name, run]) => ({
    name,
    run: async () => {
      const subject = await open();
      try {
        await run(subject);
      } finally {
        await subject.dispose();
      }
    },
  }));
}

type Rule = (subject: VerifierUnderTest) => Promise<void>;

/** A name that no policy declares, and a token that nobody issued. */
const UNASKED = "a-purpose-that-nobody-asked-for";
const INVENTED = ["", "verified", "true", "..", `${"a".repeat(100_000)}.a.a`];

const RULES: Readonly<Record<string, Rule>> = {
  "the name is kebab-case and the method is one that can be recorded": async ({ verifier }) => {
    check(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(verifier.name), "the name is not kebab-case");
    check(CONSENT_METHODS.includes(verifier.method), "the method is not a consent method");
  },

  "starting twice gives the parent the same links, and custody the same state": async (subject) => {
    const first = await start(subject);
    const links = await subject.offered(first);
    const second = await start(subject);
    equal(await subject.offered(second), links);
    equal(second.state, first.state);
    await answerAll(subject, { ...second, state: first.state });
  },

  "every state is JSON and survives being written down": async (subject) => {
    let sent = await start(subject);
    for (let step = 0; step < subject.stepsToYes; step += 1) {
      const read = JSON.parse(canonical(sent.state)) as VerifierState;
      equal(canonical(read), canonical(sent.state));
      sent = (await answer(subject, { ...sent, state: read }, step)).sent;
    }
    canonical(sent.state);
  },

  "before the last step the answer is pending, and at the last it is verified": async (subject) => {
    const outcomes = await answerAll(subject, await start(subject));
    const last = outcomes.pop();
    for (const outcome of outcomes) equal(outcome.state, "pending");
    equal(last?.state === "answered" && last.verdict, "verified");
  },

  "a verified answer says which method ran, and its conditions": async (subject) => {
    const last = (await answerAll(subject, await start(subject))).at(-1);
    check(last?.state === "answered", "the last step is not an answer");
    if (last?.state !== "answered") return;
    equal(last.method, subject.verifier.method);
    check(Object.keys(last.conditions).length > 0, "no condition is reported");
  },

  "a verified answer grants only what was asked, and nothing twice": async (subject) => {
    const last = (await answerAll(subject, await start(subject))).at(-1);
    const asked = subject.challenge.purposes.map((purpose) => purpose.name);
    const named =
      last?.state === "answered" ? [...(last.grants ?? []), ...(last.refuses ?? [])] : [];
    check(
      named.every((name) => asked.includes(name)),
      "it names a purpose that was not asked",
    );
    equal(new Set(named).size, named.length);
  },

  "a refusal is answered as refused and grants nothing": async (subject) => {
    const sent = await start(subject);
    const { outcome } = await respond(subject, sent, await subject.answerNo(sent));
    equal(outcome.state === "answered" && outcome.verdict, "refused");
    equal(outcome.state === "answered" ? (outcome.grants ?? []) : undefined, []);
  },

  "a token that nobody issued is token-invalid": async (subject) => {
    const sent = await start(subject);
    for (const token of INVENTED) await refused("token-invalid", subject, sent, { token });
    await answerAll(subject, sent);
  },

  "a token with any one character changed is token-invalid": async (subject) => {
    const sent = await start(subject);
    const response = await subject.answerYes(sent, 0);
    for (const token of misspellings(response.token)) {
      await refused("token-invalid", subject, sent, { ...response, token });
    }
    await respond(subject, sent, response);
  },

  "a token that names no signature algorithm is token-invalid": async (subject) => {
    const sent = await start(subject);
    const response = await subject.answerYes(sent, 0);
    const [, payload = "", signature = ""] = response.token.split(".");
    for (const alg of ["none", "None", "HS256", "EdDSA"]) {
      const header = base64url(utf8(JSON.stringify({ alg })));
      for (const proof of ["", signature]) {
        const token = `${header}.${payload}.${proof}`;
        await refused("token-invalid", subject, sent, { ...response, token });
      }
    }
    await respond(subject, sent, response);
  },

  "a token of another request is token-invalid here, and good there": async (subject) => {
    const sent = await start(subject);
    const other = await start(subject, subject.otherChallenge);
    const response = await subject.answerYes(other, 0);
    await refused("token-invalid", subject, sent, response);
    await respond(subject, other, response);
  },

  "a step cannot be taken before the one that leads to it": async (subject) => {
    const first = await start(subject);
    let sent = first;
    for (let step = 1; step < subject.stepsToYes; step += 1) {
      sent = (await answer(subject, sent, step - 1)).sent;
      await refused("token-invalid", subject, first, await subject.answerYes(sent, step));
    }
  },

  "from the moment the request lapses a token is token-expired, until then it is good": async (
    subject,
  ) => {
    const { lapsesAt } = subject.challenge;
    let sent = await start(subject);
    for (let step = 0; step < subject.stepsToYes; step += 1) {
      const response = await subject.answerYes(sent, step);
      for (const nowMs of [lapsesAt, lapsesAt + 1, Number.POSITIVE_INFINITY, Number.NaN]) {
        await refused("token-expired", subject, sent, response, nowMs);
      }
      sent = { ...sent, state: (await respond(subject, sent, response, lapsesAt - 1)).state };
    }
  },

  "the same response twice is token-used, at each step": async (subject) => {
    let sent = await start(subject);
    for (let step = 0; step < subject.stepsToYes; step += 1) {
      const taken = await answer(subject, sent, step);
      sent = taken.sent;
      await refused("token-used", subject, sent, taken.response);
    }
  },

  "a grant that the token does not allow is token-invalid": async (subject) => {
    const sent = await start(subject);
    const response = await subject.answerYes(sent, 0);
    const grants = [...(response.grants ?? []), UNASKED];
    await refused("token-invalid", subject, sent, { ...response, grants });
    const no = await subject.answerNo(sent);
    const [asked] = subject.challenge.purposes;
    await refused("token-invalid", subject, sent, { ...no, grants: [asked?.name ?? UNASKED] });
    await respond(subject, sent, response);
  },

  "the outcome depends on the state handed in: a step lost in a crash can be taken again": async (
    subject,
  ) => {
    let sent = await start(subject);
    for (let step = 0; step < subject.stepsToYes; step += 1) {
      const response = await subject.answerYes(sent, step);
      const lost = await respond(subject, sent, response);
      const taken = await respond(subject, sent, response);
      equal(taken, lost);
      sent = { ...sent, state: taken.state };
    }
  },

  "no token and no link holds the contact": async (subject) => {
    let sent = await start(subject);
    for (let step = 0; step < subject.stepsToYes; step += 1) {
      const taken = await answer(subject, sent, step);
      const texts = [...(await subject.offered(sent)), taken.response.token];
      for (const text of texts) requireAbsent(subject.challenge.contact, decoded(text));
      sent = taken.sent;
    }
  },
};

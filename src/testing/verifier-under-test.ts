/**
 * A verifier and its parent as the contract handles them: what is started, answered, refused and
 * looked through.
 */
import { inspect } from "node:util";
import type { ErrorCode } from "../errors.js";
import { fromBase64url } from "../lib/bytes.js";
import type {
  Challenge,
  ParentResponse,
  ParentVerifier,
  VerifierOutcome,
  VerifierState,
} from "../ports/parent-verifier.js";
import { check, rejectsWith } from "./expectation.js";

/** A challenge that was started, and the state that custody holds for it now. */
export interface SentChallenge {
  readonly challenge: Challenge;
  readonly state: VerifierState;
}

/** A verifier with a parent at the other end, who reads what was sent and nothing else. */
export interface VerifierUnderTest {
  readonly verifier: ParentVerifier;
  /**
   * Its contact must be a text that occurs nowhere else; with at least one purpose that is not
   * separate.
   */
  readonly challenge: Challenge;
  /** The same request to another parent: another request id, contact and nothing else. */
  readonly otherChallenge: Challenge;
  /** Epoch milliseconds, before `challenge.lapsesAt`. */
  readonly nowMs: number;
  /** How many responses lead to a verified answer: 1, or 2 where a confirming step follows. */
  readonly stepsToYes: number;
  /**
   * What the parent can act on now: the link tokens of the newest letter, a form's code. May be
   * empty.
   */
  readonly offered: (sent: SentChallenge) => Promise<readonly string[]>;
  /**
   * The response of this step (from 0) on the way to yes. Asked for only when the step before is
   * judged.
   */
  readonly answerYes: (sent: SentChallenge, step: number) => Promise<ParentResponse>;
  /** The response that refuses at the first step. */
  readonly answerNo: (sent: SentChallenge) => Promise<ParentResponse>;
  readonly dispose: () => Promise<void>;
}

/** Starts the subject's challenge, or another with the same verifier. */
export async function start(
  { verifier, challenge, nowMs }: VerifierUnderTest,
  asked = challenge,
): Promise<SentChallenge> {
  return { challenge: asked, state: await verifier.start(asked, { nowMs }) };
}

/** Hands in a frozen copy: a verifier that writes into the caller's state fails here. */
export async function respond(
  { verifier, nowMs }: VerifierUnderTest,
  { challenge, state }: SentChallenge,
  response: ParentResponse,
  at = nowMs,
): Promise<{ readonly state: VerifierState; readonly outcome: VerifierOutcome }> {
  return await verifier.respond(challenge, frozen(state), response, { nowMs: at });
}

/** Takes one step towards yes. */
export async function answer(
  subject: VerifierUnderTest,
  sent: SentChallenge,
  step: number,
): Promise<{ sent: SentChallenge; response: ParentResponse; outcome: VerifierOutcome }> {
  const response = await subject.answerYes(sent, step);
  const { state, outcome } = await respond(subject, sent, response);
  return { sent: { ...sent, state }, response, outcome };
}

/** Takes every step to yes; the outcomes in order. */
export async function answerAll(
  subject: VerifierUnderTest,
  first: SentChallenge,
): Promise<VerifierOutcome[]> {
  const outcomes: VerifierOutcome[] = [];
  let sent = first;
  for (let step = 0; step < subject.stepsToYes; step += 1) {
    const taken = await answer(subject, sent, step);
    outcomes.push(taken.outcome);
    sent = taken.sent;
  }
  return outcomes;
}

/** Fails unless the response is refused with `code`, by an error that does not hold the contact. */
export async function refused(
  code: ErrorCode,
  subject: VerifierUnderTest,
  sent: SentChallenge,
  response: ParentResponse,
  nowMs = subject.nowMs,
): Promise<void> {
  const error = await rejectsWith(code, respond(subject, sent, response, nowMs));
  // `inspect` prints what a log would: message, stack, details and every cause.
  requireAbsent(sent.challenge.contact, inspect(error, { depth: null, showHidden: true }));
  requireAbsent(sent.challenge.contact, JSON.stringify(error));
}

/** Fails when the contact can be read in the text, in any case. */
export function requireAbsent(contact: string, text: string): void {
  check(!text.toLowerCase().includes(contact.toLowerCase()), "the contact can be read");
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * The token with one character changed, each place once. The change is of the lowest bit: in the
 * last character of a part that is a bit which a careless decoder drops.
 */
export function misspellings(token: string): readonly string[] {
  return [...token].map((character, at) => {
    const value = BASE64URL.indexOf(character);
    const changed = value === -1 ? "A" : BASE64URL.charAt(value ^ 1);
    return token.slice(0, at) + changed + token.slice(at + 1);
  });
}

/** The text, and whatever of it is base64url, opened. */
export function decoded(text: string): string {
  const parts = text.split(/[^\w-]/).map((part) => fromBase64url(part) ?? new Uint8Array());
  return [text, ...parts.map((bytes) => Buffer.from(bytes).toString("latin1"))].join("\n");
}

function frozen<T>(value: T): T {
  const copy = structuredClone(value);
  const freeze = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    for (const member of Object.values(part)) freeze(member);
    Object.freeze(part);
  };
  freeze(copy);
  return copy;
}

/**
 * E-mail plus, 16 CFR 312.5(b)(2)(viii): a question by e-mail, and after a yes a second e-mail that
 * confirms it and says how to revoke.
 *
 * The law allows this method only to an operator that discloses no child's data to anybody. That is
 * the consent core's question, not this adapter's. Nor does it know who reads a mailbox: the
 * confirming step is all there is.
 */
import { z } from "zod";
import { narrowChoice, type ParentChoice } from "../core/parent-choice.js";
import { CustodyError } from "../errors.js";
import type { Json } from "../lib/canonical.js";
import type {
  Challenge,
  ParentResponse,
  ParentVerifier,
  VerifierMoment,
  VerifierState,
} from "../ports/parent-verifier.js";
import { actLetter } from "./mail/act-letter.js";
import { confirmationLetter, questionLetter } from "./mail/consent-letter.js";
import {
  type Courier,
  courier,
  type Mailbox,
  type MailTransport,
  SenderSchema,
  type SmtpOptions,
  TransportSchema,
} from "./mail/courier.js";
import {
  allowedBy,
  answered,
  confirmationOffer,
  confirmed,
  EMAIL_PLUS_ASKED,
  EMAIL_PLUS_METHOD,
  type EmailPlusState,
  type Judged,
  offerOf,
  questionOffer,
  readEmailPlusState,
  requireTurn,
} from "./mail/email-plus-state.js";
import type { Letter } from "./mail/letter.js";
import { type LinkChoice, type LinkTokens, linkTokens } from "./mail/link-token.js";
import { isMailbox } from "./mail/mailbox.js";
import { readOptions } from "./option-reading.js";

export type { Mailbox, MailMessage, MailTransport, SmtpOptions } from "./mail/courier.js";

export const EMAIL_PLUS_SECRET_BYTES_MIN = 32;
export const CONFIRM_DELAY_MS_MAX = 7 * 24 * 60 * 60 * 1_000;
export const CONSENT_NOTICE_CHARACTERS_MAX = 100_000;
export const CONSENT_PURPOSES_MAX = 100;
export const REVOCATION_CHARACTERS_MAX = 500;

/** The last moment that ECMAScript can write down. */
const EPOCH_MS_MAX = 8_640_000_000_000_000;

export interface EmailPlusOptions {
  /**
   * Written into consents. Default `email-plus`. Part of the links' keys: renaming ends all open
   * links.
   */
  readonly name?: string | undefined;
  /**
   * A nodemailer transporter or the address of an SMTP server. Given an address, this adapter
   * insists on TLS unless the host is this machine.
   */
  readonly transport: MailTransport | SmtpOptions;
  /** The sender: a bare address, or a name with one. */
  readonly from: string | Mailbox;
  /**
   * The application's page, http or https. Its links get `?token=`. The page must show the choice
   * and send the token on only when a button is pressed: mail scanners open every link they see.
   */
  readonly linkBase: string | URL;
  /** At least 32 unpredictable bytes, the same in every process that answers for this verifier. */
  readonly secret: Uint8Array;
  /**
   * Milliseconds between the first yes and the earliest confirmation, at most 7 days. Default 0.
   * The second e-mail is sent at once and names the time; a link pressed earlier leaves the request
   * pending and can be pressed again.
   */
  readonly confirmDelayMs?: number | undefined;
  /**
   * One sentence on how to take a standing permission back. Default: by writing to the sender's
   * address.
   */
  readonly revocation?: string | undefined;
}

const OptionsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/)
    .default("email-plus"),
  transport: TransportSchema,
  from: SenderSchema,
  linkBase: z
    .union([z.string(), z.instanceof(URL)])
    .transform(String)
    .refine(isLinkBase),
  secret: z.instanceof(Uint8Array).refine((secret) => secret.length >= EMAIL_PLUS_SECRET_BYTES_MIN),
  confirmDelayMs: z.int().min(0).max(CONFIRM_DELAY_MS_MAX).default(0),
  revocation: z.string().min(1).max(REVOCATION_CHARACTERS_MAX).optional(),
});

/** The parts of one verifier, made once from its options. */
interface Parts {
  readonly name: string;
  readonly tokens: LinkTokens;
  readonly post: Courier;
  readonly sender: string;
  readonly linkBase: string;
  readonly confirmDelayMs: number;
  readonly revocation: string;
}

/**
 * A verifier that asks by e-mail. Both its steps are idempotent: the same challenge gives the same
 * links.
 *
 * `start` and `respond` throw `verifier-failed` with one of these reasons: `challenge-invalid`,
 * `contact-invalid`, `recipient-rejected`, `smtp-refused`, `smtp-unreachable`, `smtp-error`,
 * `state-invalid`. After any of them the state is what it was, and the same call can be made again.
 *
 * @throws `option-unknown`, `option-invalid`
 */
export function emailPlus(options: EmailPlusOptions): ParentVerifier {
  const { secret, transport, from, ...read } = readOptions(OptionsSchema, options, "emailPlus");
  const parts: Parts = {
    ...read,
    tokens: linkTokens(secret, read.name),
    post: courier(transport, from),
    sender: from.name === "" ? from.address : from.name,
    revocation: read.revocation ?? `To do so, write to ${from.address}.`,
  };
  return Object.freeze({
    name: parts.name,
    method: EMAIL_PLUS_METHOD,
    start: (challenge: Challenge, moment: VerifierMoment) => ask(parts, challenge, moment),
    respond: (
      challenge: Challenge,
      state: VerifierState,
      response: ParentResponse,
      moment: VerifierMoment,
    ) => judge(parts, challenge, state, response, moment),
  });
}

async function ask(
  parts: Parts,
  challenge: Challenge,
  { nowMs }: VerifierMoment,
): Promise<VerifierState> {
  requireChallenge(parts, challenge, nowMs);
  const offer = questionOffer(challenge);
  const to = (choice: LinkChoice) => linkTo(parts, challenge, 1, choice, offer);
  const plain = challenge.purposes.some((purpose) => !purpose.separate);
  const separate = challenge.purposes.some((purpose) => purpose.separate);
  const letter = (challenge.act === undefined ? questionLetter : actLetter)(
    challenge,
    parts.sender,
    {
      yes: plain ? await to("yes") : undefined,
      yesSeparate: separate ? await to("yes-separate") : undefined,
      no: await to("no"),
      notAParent: await to("not-a-parent"),
    },
  );
  await deliver(parts, challenge, letter);
  return EMAIL_PLUS_ASKED;
}

async function judge(
  parts: Parts,
  challenge: Challenge,
  given: VerifierState,
  response: ParentResponse,
  { nowMs }: VerifierMoment,
): Promise<Judged> {
  const state = readEmailPlusState(given);
  if (state === undefined) throw failed(parts, challenge, "state-invalid");
  const claims = await parts.tokens.open(response.token, challenge.request);
  if (!parts.tokens.matches(claims, offerOf(claims, challenge, state))) throw invalid(challenge);
  // Written so that a clock that is not a number ends the link instead of keeping it alive.
  const ends = Math.min(challenge.lapsesAt, Math.round(claims.exp * 1_000));
  if (!(nowMs < ends)) throw new CustodyError("token-expired", { id: challenge.request });
  requireTurn(claims, challenge, state);

  const choice = narrowChoice({
    asked: challenge.purposes.map((purpose) => purpose.name),
    allowed: allowedBy(claims.choice, challenge, state),
    posted: response,
  });
  if (choice === undefined) throw invalid(challenge);
  if (claims.choice === "not-a-parent") return answered(state, "not-a-parent");
  if (choice.grants.length === 0) return answered(state, "refused", choice);
  // A parent's own act is proven by one step: asking twice would burden a right (16 CFR 312.6).
  if (challenge.act !== undefined) return answered(state, "verified", choice);
  if (state.step !== "confirming") return await askAgain(parts, challenge, choice, nowMs);
  const early = nowMs < state.agreedAtMs + parts.confirmDelayMs;
  return early ? { state: given, outcome: { state: "pending" } } : confirmed(state, choice);
}

/**
 * A first yes: nothing is agreed yet, and the second letter goes out before the step counts as
 * passed.
 */
async function askAgain(
  parts: Parts,
  challenge: Challenge,
  choice: ParentChoice,
  nowMs: number,
): Promise<Judged> {
  const offer = confirmationOffer(challenge, choice.grants);
  const to = (link: LinkChoice) => linkTo(parts, challenge, 2, link, offer);
  const letter = confirmationLetter({
    challenge,
    sender: parts.sender,
    choice,
    revocation: parts.revocation,
    confirmFrom: parts.confirmDelayMs === 0 ? undefined : nowMs + parts.confirmDelayMs,
    links: {
      confirm: await to("confirm"),
      no: await to("no"),
      notAParent: await to("not-a-parent"),
    },
  });
  await deliver(parts, challenge, letter);
  const state: EmailPlusState = {
    version: 1,
    step: "confirming",
    grants: [...choice.grants],
    agreedAtMs: nowMs,
  };
  return { state, outcome: { state: "pending" } };
}

async function linkTo(
  { tokens, linkBase }: Parts,
  { request, lapsesAt }: Challenge,
  step: 1 | 2,
  choice: LinkChoice,
  offer: Json,
): Promise<string> {
  const url = new URL(linkBase);
  url.searchParams.set("token", await tokens.issue({ request, step, choice, offer, lapsesAt }));
  return url.href;
}

/** The contact is looked at here too, so that a bad one is refused before any link is made. */
function requireChallenge(parts: Parts, challenge: Challenge, nowMs: number): void {
  const { contact, lapsesAt, noticeText, purposes } = challenge;
  if (!isMailbox(contact)) throw failed(parts, challenge, "contact-invalid");
  requireAtMost(noticeText.length, "CONSENT_NOTICE_CHARACTERS_MAX", CONSENT_NOTICE_CHARACTERS_MAX);
  requireAtMost(purposes.length, "CONSENT_PURPOSES_MAX", CONSENT_PURPOSES_MAX);
  const open = nowMs < lapsesAt && Math.abs(lapsesAt) <= EPOCH_MS_MAX;
  const names = new Set(purposes.map((purpose) => purpose.name));
  const asks = names.size > 0 && names.size === purposes.length;
  const readable = noticeText.trim() !== "" && ![noticeText, ...names].some(isTornText);
  if (!open || !asks || !readable) throw failed(parts, challenge, "challenge-invalid");
}

/**
 * Half a surrogate pair cannot be sent as UTF-8, nor hashed: the parent would read something else
 * than we.
 */
function isTornText(text: string): boolean {
  return /\p{Cs}/u.test(text);
}

function requireAtMost(found: number, limit: string, max: number): void {
  if (found > max) throw new CustodyError("limit-exceeded", { limit, max });
}

async function deliver(parts: Parts, challenge: Challenge, letter: Letter): Promise<void> {
  const { contact: address, request } = challenge;
  await parts.post.deliver(letter, { address, request, verifier: parts.name });
}

function isLinkBase(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  const bare = username === "" && password === "" && hash === "";
  return bare && (protocol === "https:" || protocol === "http:");
}

function failed(parts: Parts, { request }: Challenge, reason: string): CustodyError {
  return new CustodyError("verifier-failed", { verifier: parts.name, id: request, reason });
}

function invalid({ request }: Challenge): CustodyError {
  return new CustodyError("token-invalid", { id: request });
}

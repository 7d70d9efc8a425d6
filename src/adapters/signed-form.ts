/**
 * A consent form signed by the parent and returned by post, fax or scan, 16 CFR 312.5(b)(2)(i).
 *
 * The one who opened the envelope reports what is on the paper, in a statement signed with a key of
 * their own. The application passes it on and can neither write nor change one.
 */
import { z } from "zod";
import { narrowChoice } from "../core/parent-choice.js";
import { CustodyError } from "../errors.js";
import { equalBytes, hmacSha256, sha256Hex, utf8 } from "../lib/bytes.js";
import { canonicalBytes } from "../lib/canonical.js";
import type { PublicJwk } from "../lib/jws.js";
import type {
  Challenge,
  ParentResponse,
  ParentVerifier,
  VerifierMoment,
  VerifierOutcome,
  VerifierState,
} from "../ports/parent-verifier.js";
import { formText } from "./form/form-text.js";
import { openReviewerStatement, type ReviewerStatement } from "./form/reviewer-statement.js";
import { readOptions } from "./option-reading.js";

export { formText } from "./form/form-text.js";
export type { PrivateJwk, ReturnWay, ReviewerStatement } from "./form/reviewer-statement.js";
export { signReviewerStatement } from "./form/reviewer-statement.js";

export const SIGNED_FORM_SECRET_BYTES_MIN = 32;
export const REVIEWERS_MAX = 100;
/**
 * Statements kept as used for one request. More than this many returned forms is not a parent
 * answering.
 */
export const STATEMENTS_MAX = 100;
/** A reviewer's clock may be this far ahead of ours. */
export const REVIEWER_CLOCK_AHEAD_MS_MAX = 5 * 60 * 1_000;

/** One human who opens the envelopes. */
export interface Reviewer {
  /** The id that statements carry. It ends up in errors and logs of others: no name, no address. */
  readonly id: string;
  /** The reviewer's Ed25519 key. A private one is refused. */
  readonly publicJwk: PublicJwk;
}

/** One form, ready to be printed. */
export interface PrintableForm {
  readonly request: string;
  /** Personal data: where the caller wants it sent. */
  readonly contact: string;
  readonly code: string;
  /** Markdown. */
  readonly text: string;
}

export interface SignedFormOptions {
  /**
   * Written into consents. Default `signed-form`. Part of the codes: renaming invalidates forms
   * that are out.
   */
  readonly name?: string | undefined;
  /** At least 32 unpredictable bytes, the same in every process that answers for this verifier. */
  readonly secret: Uint8Array;
  readonly reviewers: readonly Reviewer[];
  /**
   * Prints or sends the form. Called by each `start`, with the same form for the same request; a
   * rejection is `verifier-failed` with reason `delivery-failed`. Default: nothing is sent, and the
   * form is in the state.
   */
  readonly deliver?: ((form: PrintableForm) => Promise<void>) | undefined;
}

const Id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);

const OptionsSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/)
    .default("signed-form"),
  secret: z
    .instanceof(Uint8Array)
    .refine((secret) => secret.length >= SIGNED_FORM_SECRET_BYTES_MIN),
  reviewers: z
    .array(
      z.strictObject({
        id: Id,
        publicJwk: z
          .looseObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() })
          .refine((jwk) => !("d" in jwk)),
      }),
    )
    .min(1)
    .max(REVIEWERS_MAX)
    .refine((reviewers) => new Set(reviewers.map(({ id }) => id)).size === reviewers.length),
  deliver: z
    .custom<(form: PrintableForm) => Promise<void>>((given) => typeof given === "function")
    .optional(),
});

const State = z.strictObject({
  version: z.literal(1),
  code: z.string(),
  form: z.string(),
  /** SHA-256 of each statement that was judged. */
  used: z.array(z.string()),
  /** True after an answer that no further form can change. */
  closed: z.boolean(),
});

interface Parts {
  readonly name: string;
  readonly codeKey: Uint8Array;
  readonly keys: readonly PublicJwk[];
  readonly deliver: ((form: PrintableForm) => Promise<void>) | undefined;
}

/**
 * A verifier that prints a form and waits for a reviewer's statement about it.
 *
 * A form that came back `in-app` is reported as signed with that condition, which the consent core
 * finds unmet; the request then still takes a form that is returned properly. Every other statement
 * is final.
 *
 * `start` throws `verifier-failed` (`challenge-invalid`, `delivery-failed`), `respond` also
 * `state-invalid`.
 * @throws `option-unknown`, `option-invalid`
 */
export function signedForm(options: SignedFormOptions): ParentVerifier {
  const { name, secret, reviewers, deliver } = readOptions(OptionsSchema, options, "signedForm");
  const parts: Parts = {
    name,
    codeKey: hmacSha256(secret, utf8(`custody/form-code/1/${name}`)),
    keys: reviewers.map(({ id, publicJwk: { kty, crv, x } }) => ({ kty, crv, x, kid: id })),
    deliver,
  };
  return Object.freeze({
    name,
    method: "signed-form",
    start: (challenge: Challenge, moment: VerifierMoment) => print(parts, challenge, moment),
    respond: (
      challenge: Challenge,
      state: VerifierState,
      response: ParentResponse,
      moment: VerifierMoment,
    ) => judge(parts, challenge, state, response, moment),
  });
}

async function print(
  parts: Parts,
  challenge: Challenge,
  { nowMs }: VerifierMoment,
): Promise<VerifierState> {
  const { contact, lapsesAt, noticeText, purposes, request } = challenge;
  const open = nowMs < lapsesAt && Math.abs(lapsesAt) <= EPOCH_MS_MAX;
  const torn = [noticeText, ...purposes.map(({ name }) => name)].some((t) => /\p{Cs}/u.test(t));
  if (!open || torn || purposes.length === 0 || noticeText.trim() === "") {
    throw failed(parts, challenge, "challenge-invalid");
  }
  const code = formCode(parts, challenge);
  const text = formText(challenge, code);
  try {
    await parts.deliver?.({ request, contact, code, text });
  } catch {
    // No cause: what a printer or a mail library says may quote the contact.
    throw failed(parts, challenge, "delivery-failed");
  }
  return { version: 1, code, form: text, used: [], closed: false };
}

async function judge(
  parts: Parts,
  challenge: Challenge,
  given: VerifierState,
  response: ParentResponse,
  { nowMs }: VerifierMoment,
): Promise<{ state: VerifierState; outcome: VerifierOutcome }> {
  const parsed = State.safeParse(given);
  if (!parsed.success) throw failed(parts, challenge, "state-invalid");
  const state = parsed.data;
  const statement = await openReviewerStatement(response.token, parts.keys, challenge.request);
  // Made again instead of read from the state: the code also binds the purposes and the notice on
  // the paper.
  const code = utf8(formCode(parts, challenge));
  const known = equalBytes(code, utf8(statement.code)) && equalBytes(code, utf8(state.code));
  if (!known) throw invalid(challenge);
  // Written so that a clock that is not a number ends the form instead of keeping it open.
  if (!(nowMs < challenge.lapsesAt)) {
    throw new CustodyError("token-expired", { id: challenge.request });
  }
  if (statement.iat * 1_000 > nowMs + REVIEWER_CLOCK_AHEAD_MS_MAX) throw invalid(challenge);
  const hash = sha256Hex(response.token);
  if (state.closed || state.used.includes(hash)) {
    throw new CustodyError("token-used", { id: challenge.request });
  }
  if (state.used.length >= STATEMENTS_MAX) {
    throw new CustodyError("limit-exceeded", { limit: "STATEMENTS_MAX", max: STATEMENTS_MAX });
  }
  const outcome = outcomeOf(statement, challenge, response);
  const again = outcome.verdict === "verified" && statement["returned-by"] === "in-app";
  return { state: { ...state, used: [...state.used, hash], closed: !again }, outcome };
}

function outcomeOf(
  statement: ReviewerStatement,
  challenge: Challenge,
  response: ParentResponse,
): Extract<VerifierOutcome, { state: "answered" }> {
  const asked = challenge.purposes.map((purpose) => purpose.name);
  const onPaper = narrowChoice({
    asked,
    allowed: asked,
    posted: { grants: statement.grants ?? [], refuses: statement.refuses },
  });
  const choice = onPaper && narrowChoice({ asked, allowed: onPaper.grants, posted: response });
  if (choice === undefined) throw invalid(challenge);
  const reported = {
    state: "answered",
    method: "signed-form",
    conditions: { "returned-by": statement["returned-by"] },
  } as const;
  if (statement.outcome === "not-a-parent") return { ...reported, verdict: "not-a-parent" };
  const verdict = choice.grants.length > 0 ? "verified" : "refused";
  return { ...reported, verdict, ...choice };
}

/**
 * 80 bits in groups of four, in letters and digits that survive handwriting and a fax (no I, L, O,
 * U).
 */
function formCode({ codeKey }: Parts, challenge: Challenge): string {
  const { noticeText, purposes, request } = challenge;
  const mac = hmacSha256(
    codeKey,
    canonicalBytes([request, noticeText, purposes.map(({ name, separate }) => [name, separate])]),
  );
  const characters = [...mac.subarray(0, CODE_CHARACTERS)].map((byte) => CODE_ALPHABET[byte % 32]);
  return (characters.join("").match(/.{4}/g) ?? []).join("-");
}

const CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_CHARACTERS = 16;
/** The last moment that ECMAScript can write down. */
const EPOCH_MS_MAX = 8_640_000_000_000_000;

function failed(parts: Parts, { request }: Challenge, reason: string): CustodyError {
  return new CustodyError("verifier-failed", { verifier: parts.name, id: request, reason });
}

function invalid({ request }: Challenge): CustodyError {
  return new CustodyError("token-invalid", { id: request });
}

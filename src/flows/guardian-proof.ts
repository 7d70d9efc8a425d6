/**
 * Is it the parent who asks? Proven by an answer to a fresh challenge at the contact that gave the
 * consent, for one act and no other (16 CFR 312.6(a)(3)(i): reasonable, and not unduly burdensome).
 *
 * Nobody learns from here whether a person is known, has a parent, or has another one: whatever is
 * wrong, the answer is `guardian-unverified` with the same details, and nothing is sent to anybody
 * but the contact that once gave consent. Only the time it takes may differ, by the sending of a
 * message: an application that shows a page to a stranger answers before it calls.
 */
import { CONSENT_METHODS, type ConsentMethod, type ConsentState } from "../core/consent.js";
import {
  GUARDIAN_ACTS,
  GUARDIAN_WORDS,
  type GuardianAct,
  parentalConsent,
} from "../core/guardian.js";
import { judgeMethod } from "../core/method-conditions.js";
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError, type ErrorCode, isCustodyError } from "../errors.js";
import { addDuration } from "../lib/duration.js";
import { type RequestId, requireId, type SubjectId } from "../lib/id.js";
import { instantText, parseInstant } from "../lib/instant.js";
import type { Challenge, ParentResponse, VerifierState } from "../ports/parent-verifier.js";
import { giverOf, openMember, type RequestBody, sealMember, verifierFor } from "./challenge.js";
import type { Context } from "./context.js";
import type { SubjectBody } from "./person.js";
import { changed, commit, created, type Loaded, load, nowText, retrying } from "./rows.js";

export interface GuardianAskInput {
  readonly subject: SubjectId;
  /** The one act that the answer will prove. */
  readonly act: GuardianAct;
  /** Where the parent says they are reached: compared with who gave consent, and not kept. */
  readonly contact: string;
  /** How they are asked: a verifier must be configured for it. */
  readonly method: ConsentMethod;
}

/** What came back to a challenge, as received: there is no field for a verdict. */
export interface GuardianProof {
  readonly request: RequestId;
  readonly response: ParentResponse;
}

/** Kept sealed, so that no row tells a request that was sent from one that was not. */
interface Kept {
  readonly consent: string;
  readonly state: VerifierState;
}

const RULE = "16 CFR 312.6(a)";
/** Whatever of these happens on the way, the caller learns only that the parent is not proven. */
const HIDDEN: readonly ErrorCode[] = [
  "challenge-unknown",
  "key-destroyed",
  "limit-exceeded",
  "not-found",
  "payload-damaged",
  "token-expired",
  "token-invalid",
  "token-used",
  "verifier-failed",
];

/**
 * Asks whoever once gave a verified consent at this contact to confirm one act. For an unknown
 * person, one without a parent, and another contact, the answer is the same and nothing is sent.
 * Where the message could not be sent the caller is not told either; the ledger's
 * `guardian-challenge-failed` is for the operator.
 *
 * @throws `verifier-unknown`, `option-invalid`, `id-invalid`, for whomever it is asked alike
 */
export async function askGuardian(ctx: Context, input: GuardianAskInput): Promise<RequestId> {
  requireKnown(input, ["subject", "act", "contact", "method"], "guardian");
  const subject = requireId("subject", input.subject, "guardian.subject");
  const contact = requireText(input.contact, "guardian.contact", 320);
  if (!GUARDIAN_ACTS.includes(input.act)) {
    throw new CustodyError("option-invalid", { path: "guardian.act", reason: "unknown" });
  }
  if (!CONSENT_METHODS.includes(input.method)) {
    throw new CustodyError("option-invalid", { path: "guardian.method", reason: "not a method" });
  }
  const verifier = verifierFor(ctx, input.method);
  const known = await load<SubjectBody>(ctx, "subject", subject);
  const consent = parentalConsent(known?.body.consents ?? [], await giverOf(ctx, contact));
  const id = ctx.newId("request");
  const lapsesAt = instantText(addDuration(ctx.now(), ctx.policy.lapse));
  const kept = await sent(ctx, { ...input, id, lapsesAt }, consent);
  const body: RequestBody = {
    subject,
    purposes: [],
    method: input.method,
    from: "parent",
    verifier: verifier.name,
    notice: "",
    regime: "",
    status: "requested",
    requestedAt: nowText(ctx),
    lapsesAt,
    contactSealed: "",
    stateSealed: await sealMember(ctx, id, "state", JSON.stringify(kept)),
    consent: "",
    act: input.act,
  };
  const about = { request: id, subject, act: input.act, method: input.method };
  const where = { owner: subject, due: lapsesAt };
  await commit(ctx, "guardian-asked", about, [created("request", id, body, where)]);
  return id;
}

interface Sending extends Pick<GuardianAskInput, "act" | "method"> {
  readonly id: string;
  readonly lapsesAt: string;
}

async function sent(
  ctx: Context,
  sending: Sending,
  consent: ConsentState | undefined,
): Promise<Kept> {
  const challenge = await challengeFor(ctx, sending, consent?.request ?? "");
  if (consent === undefined || challenge === undefined) return { consent: "", state: {} };
  const verifier = verifierFor(ctx, sending.method);
  try {
    const state = await verifier.start(challenge, { nowMs: ctx.now() });
    return { consent: consent.id, state };
  } catch (error) {
    if (!isCustodyError(error, "verifier-failed")) throw error;
    const { reason = "unknown" } = error.details;
    const about = { request: sending.id, verifier: verifier.name, reason };
    await commit(ctx, "guardian-challenge-failed", about, []);
    return { consent: "", state: {} };
  }
}

/** To the contact kept with the consent; undefined where it is not held any more. */
async function challengeFor(
  ctx: Context,
  { id, act, lapsesAt }: Sending,
  consentRequest: string,
): Promise<Challenge | undefined> {
  const request =
    consentRequest === "" ? undefined : await load<RequestBody>(ctx, "request", consentRequest);
  if (request === undefined || request.body.contactSealed === "") return undefined;
  const { purpose, text } = GUARDIAN_WORDS[act];
  return {
    request: id,
    act,
    contact: await openMember(ctx, consentRequest, "contact", request.body.contactSealed),
    purposes: [{ name: purpose, separate: false }],
    noticeText: text,
    lapsesAt: parseInstant(lapsesAt) ?? 0,
  };
}

export interface Guardian {
  /** The keyed hash of the contact, as in the consents. */
  readonly giver: string;
  readonly consent: string;
}

/**
 * The parent who answered, or `pending` while the verifier wants another step. An answer is good
 * once, for its own act and its own person.
 * @throws `guardian-unverified`, whatever is wrong
 */
export async function provenGuardian(
  ctx: Context,
  act: GuardianAct,
  input: { readonly subject: SubjectId; readonly proof: GuardianProof },
): Promise<Guardian | "pending"> {
  const subject = requireId("subject", input.subject, "guardian.subject");
  requireKnown(input.proof, ["request", "response"], "guardian.proof");
  const { response } = input.proof;
  const request = requireId("request", input.proof.request, "guardian.proof.request");
  requireKnown(response, ["token", "grants", "refuses"], "guardian.proof.response");
  requireText(response.token, "guardian.proof.response.token", 100_000);
  const unverified = () =>
    new CustodyError("guardian-unverified", { id: request, subject, rule: RULE });
  try {
    const found = await retrying(() => prove(ctx, act, subject, { request, response }));
    if (found === undefined) throw unverified();
    return found;
  } catch (error) {
    if (!isCustodyError(error, ...HIDDEN)) throw error;
    // No cause: what a verifier says may tell that there was one to ask.
    throw unverified();
  }
}

async function prove(
  ctx: Context,
  act: GuardianAct,
  subject: SubjectId,
  { request: id, response }: GuardianProof,
): Promise<Guardian | "pending" | undefined> {
  const request = await load<RequestBody>(ctx, "request", id);
  const known = await load<SubjectBody>(ctx, "subject", subject);
  if (request === undefined || known === undefined) return undefined;
  const { body } = request;
  const meant = body.act === act && body.subject === subject && body.status === "requested";
  if (!meant || body.stateSealed === "" || nowText(ctx) >= body.lapsesAt) return undefined;
  const kept = JSON.parse(await openMember(ctx, id, "state", body.stateSealed)) as Kept;
  const consent = known.body.consents.find((one) => one.id === kept.consent);
  // Asked again: the consent may have been found to be nobody's parent's in the meantime.
  if (consent === undefined || parentalConsent([consent], consent.giver) === undefined) {
    return undefined;
  }
  const sending = { id, act, method: body.method === "" ? "unlisted" : body.method } as const;
  const challenge = await challengeFor(
    ctx,
    { ...sending, lapsesAt: body.lapsesAt },
    consent.request,
  );
  if (challenge === undefined) return undefined;
  const verifier = verifierFor(ctx, body.method);
  const moment = { nowMs: ctx.now() };
  const { outcome, state } = await verifier.respond(challenge, kept.state, response, moment);
  if (outcome.state !== "answered") {
    const next = await sealMember(ctx, id, "state", JSON.stringify({ ...kept, state }));
    await taken(ctx, request, { ...body, stateSealed: next }, outcome.state);
    return outcome.state === "pending" ? "pending" : undefined;
  }
  const { method, conditions } = outcome;
  // Who discloses does not matter here: no consent is given. One step at the contact is enough.
  const judged = judgeMethod({
    asked: sending.method,
    method,
    conditions,
    discloses: false,
    also: undefined,
  });
  const yes = outcome.verdict === "verified" && judged.ok !== false;
  const done: RequestBody = { ...body, status: yes ? "given" : "refused", stateSealed: "" };
  await taken(ctx, request, done, yes ? "verified" : "refused");
  return yes ? { giver: consent.giver, consent: consent.id } : undefined;
}

async function taken(
  ctx: Context,
  request: Loaded<RequestBody>,
  next: RequestBody,
  verdict: string,
): Promise<void> {
  const { subject, act } = next;
  const about = { request: request.row.id, subject, act, verdict };
  const due = next.status === "requested" ? undefined : "";
  await commit(ctx, "guardian-answered", about, [changed(request, next, due)]);
}

/**
 * The parent's answer: judged by the verifier that issued the challenge, recorded only as it
 * reports.
 */
import {
  type ConsentState,
  type ConsentStatus,
  judgeMethod,
  type PurposeDecision,
  statusOf,
  supersede,
} from "../core/consent.js";
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import { utf8 } from "../lib/bytes.js";
import { type ConsentId, type RequestId, requireId } from "../lib/id.js";
import type { ParentResponse, VerifierOutcome, VerifierState } from "../ports/parent-verifier.js";
import { challengeOf, openMember, type RequestBody, sealMember, verifierFor } from "./challenge.js";
import type { Context } from "./context.js";
import { person } from "./person.js";
import { changed, commit, created, type Loaded, need, nowText, retrying } from "./rows.js";

export interface ConfirmInput {
  readonly request: RequestId;
  /** What came back, as received. The verifier judges it: there is no field for a verdict. */
  readonly response: ParentResponse;
}

export interface ConfirmResult {
  readonly state: "requested" | "given" | "refused";
  readonly consent?: ConsentId;
}

type Answered = Extract<VerifierOutcome, { state: "answered" }>;

/**
 * Hands a parent's response to the verifier and records its outcome. Purposes granted here are not
 * collected for yet; `collect` decides again. While a second step is missing the state stays
 * `requested`.
 *
 * @throws `token-invalid`, `token-expired`, `token-used`, `request-lapsed`, `challenge-unknown`,
 * `guardian-unverified` (not the parent), `method-unreported`, `method-insufficient` (the request
 * stays open)
 */
export async function confirmConsent(ctx: Context, input: ConfirmInput): Promise<ConfirmResult> {
  requireKnown(input, ["request", "response"], "confirm");
  requireId("request", input.request, "confirm.request");
  requireKnown(input.response, ["token", "grants", "refuses"], "confirm.response");
  requireText(input.response.token, "confirm.response.token", 100_000);
  return retrying(() => confirmOnce(ctx, input));
}

async function confirmOnce(ctx: Context, input: ConfirmInput): Promise<ConfirmResult> {
  const request = await need<RequestBody>(ctx, "request", input.request);
  const { body } = request;
  if (body.status === "expired" || nowText(ctx) >= body.lapsesAt) {
    throw new CustodyError("request-lapsed", { id: input.request, subject: body.subject });
  }
  if (body.contactSealed === "" || body.stateSealed === "") {
    throw new CustodyError("challenge-unknown", { id: input.request });
  }
  const verifier = verifierFor(ctx, body.method);
  const challenge = await challengeOf(ctx, input.request, body);
  const kept = JSON.parse(await openMember(ctx, input.request, "state", body.stateSealed));
  const moment = { nowMs: ctx.now() };
  const step = await verifier.respond(challenge, kept as VerifierState, input.response, moment);
  const stateSealed = await sealMember(ctx, input.request, "state", JSON.stringify(step.state));
  const next: RequestBody = { ...body, stateSealed };
  if (step.outcome.state === "answered")
    return answered(ctx, request, next, step.outcome, challenge.contact);
  await commit(ctx, "consent-step-done", { request: input.request, state: step.outcome.state }, [
    changed(request, next),
  ]);
  return { state: "requested" };
}

async function answered(
  ctx: Context,
  request: Loaded<RequestBody>,
  next: RequestBody,
  outcome: Answered,
  contact: string,
): Promise<ConfirmResult> {
  const id = request.row.id;
  if (outcome.verdict === "verified") {
    const judged = judgeMethod(outcome.method, outcome.conditions, ctx.policy.discloses);
    if (judged.ok !== true) {
      await commit(ctx, "consent-step-done", { request: id, verdict: "not-sufficient" }, [
        changed(request, next),
      ]);
      if (judged.ok === "not-yet") return { state: "requested" };
      throw new CustodyError(judged.code, {
        id,
        subject: next.subject,
        path: judged.condition,
        rule: "16 CFR 312.5(b)(2)",
      });
    }
  }
  if (outcome.verdict === "not-a-parent") {
    await commit(ctx, "consent-step-done", { request: id, verdict: "not-a-parent" }, [
      changed(request, next),
    ]);
    throw new CustodyError("guardian-unverified", { id, subject: next.subject });
  }
  return record(ctx, request, next, outcome, contact);
}

async function record(
  ctx: Context,
  request: Loaded<RequestBody>,
  next: RequestBody,
  outcome: Answered,
  contact: string,
): Promise<ConfirmResult> {
  const at = nowText(ctx);
  const { loaded } = await person(ctx, next.subject);
  const decisions = decide(next.purposes, outcome, at);
  const id = ctx.newId("consent");
  const consent: ConsentState = {
    id,
    request: request.row.id,
    regime: next.regime,
    giver: await ctx.keyring.index("giver", utf8(contact.trim().toLowerCase())),
    from: "parent",
    notice: next.notice,
    method: outcome.method ?? "",
    verifier: next.verifier,
    answeredAt: at,
    status: statusOf(decisions),
    decisions,
  };
  const consents = [...supersede(loaded.body.consents, consent), consent];
  const status: ConsentStatus = consent.status === "given" ? "given" : "refused";
  // Answered: the request falls due no more. Its contact stays: the parent must be reachable for
  // 312.6 and 312.4(b).
  const about = {
    request: request.row.id,
    subject: next.subject,
    consent: id,
    status,
    method: consent.method,
    verifier: next.verifier,
  };
  await commit(ctx, "consent-answered", about, [
    changed(request, { ...next, status, consent: id }, ""),
    changed(loaded, { ...loaded.body, consents }),
    created(
      "consent",
      id,
      { subject: next.subject, request: request.row.id },
      { owner: next.subject },
    ),
  ]);
  return { state: status === "given" ? "given" : "refused", consent: id };
}

/**
 * One decision per purpose asked. No grants and no refusals: one yes to the request as a whole,
 * none by name.
 */
function decide(
  purposes: readonly string[],
  outcome: Answered,
  at: string,
): readonly PurposeDecision[] {
  const { grants, refuses } = outcome;
  return purposes.map((purpose) => {
    const named = grants?.includes(purpose) ?? false;
    const whole = grants === undefined && !(refuses?.includes(purpose) ?? false);
    const yes = outcome.verdict === "verified" && (named || whole);
    return { purpose, verdict: yes ? ("given" as const) : ("refused" as const), at, named };
  });
}

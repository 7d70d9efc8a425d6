/**
 * The parent's answer: judged by the verifier that issued the challenge, recorded only as it
 * reports.
 */
import { conditionsKept, judgeMethod } from "../core/method-conditions.js";
import { requireKnown, requireText } from "../core/options.js";
import { isRegimeName, REGIMES } from "../core/regimes/index.js";
import type { Regime } from "../core/regimes/regime.js";
import { CustodyError } from "../errors.js";
import { type ConsentId, type RequestId, requireId } from "../lib/id.js";
import type { ParentResponse, VerifierOutcome, VerifierState } from "../ports/parent-verifier.js";
import { recordAnswer } from "./answers.js";
import {
  challengeOf,
  giverOf,
  openMember,
  type RequestBody,
  sealMember,
  verifierFor,
} from "./challenge.js";
import type { Context } from "./context.js";
import { policyNow } from "./policy-now.js";
import { refuseLapsed } from "./requests.js";
import { changed, commit, type Loaded, need, retrying } from "./rows.js";

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
  await refuseLapsed(ctx, request);
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
  const { method, conditions } = outcome;
  const asked = next.method === "" ? "unlisted" : next.method;
  const also = addedBy(next.regime, method ?? asked);
  const verified = outcome.verdict === "verified";
  if (verified) {
    const { discloses } = await policyNow(ctx);
    const judged = judgeMethod({ asked, method, conditions, discloses, also });
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
  return recordAnswer(ctx, request, next, {
    yes: verified,
    grants: outcome.grants,
    refuses: outcome.refuses,
    giver: await giverOf(ctx, contact),
    from: "parent",
    method: method ?? (next.method === "vendor-flow" ? next.method : ""),
    conditions:
      verified && method !== undefined ? conditionsKept(method, conditions, also) : undefined,
  });
}

/** The condition that the law of the request adds to the method that ran. */
function addedBy(regime: string, method: keyof NonNullable<Regime["alsoRequires"]>) {
  const law: Regime | undefined = isRegimeName(regime) ? REGIMES[regime] : undefined;
  return law?.alsoRequires?.[method];
}

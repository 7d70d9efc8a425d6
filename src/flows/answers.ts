/** An answer becomes a consent: one decision for each purpose asked, in one commit. */
import type {
  ConsentMethod,
  ConsentState,
  ConsentStatus,
  Giver,
  KeptConditions,
  PurposeDecision,
} from "../core/consent.js";
import { numbered, statusOf, supersede } from "../core/consent-ending.js";
import { requireKnown } from "../core/options.js";
import { CustodyError } from "../errors.js";
import { type ConsentId, type RequestId, requireId } from "../lib/id.js";
import type { RequestBody } from "./challenge.js";
import type { Context } from "./context.js";
import { person, type SubjectBody } from "./person.js";
import { refuseLapsed } from "./requests.js";
import { changed, commit, created, type Loaded, need, nowText, retrying } from "./rows.js";

export interface Answer {
  /** False for a refusal of everything. */
  readonly yes: boolean;
  readonly grants?: readonly string[] | undefined;
  readonly refuses?: readonly string[] | undefined;
  readonly giver: string;
  readonly from: Giver;
  readonly method: ConsentMethod | "";
  readonly conditions?: KeptConditions | undefined;
}

export interface Recorded {
  readonly state: "given" | "refused";
  readonly consent: ConsentId;
}

/** Records an answer that is judged already. The request falls due no more. */
export async function recordAnswer(
  ctx: Context,
  request: Loaded<RequestBody>,
  next: RequestBody,
  answer: Answer,
): Promise<Recorded> {
  const at = nowText(ctx);
  const { loaded } = await person(ctx, next.subject);
  const decisions = decide(next.purposes, answer, at);
  const id = ctx.newId("consent");
  const consent: ConsentState = {
    id,
    request: request.row.id,
    regime: next.regime,
    giver: answer.giver,
    from: answer.from,
    notice: next.notice,
    method: answer.method,
    verifier: next.verifier,
    ...(answer.conditions === undefined ? {} : { conditions: answer.conditions }),
    answeredAt: at,
    status: statusOf(decisions),
    decisions,
  };
  const { consents: before } = loaded.body;
  const consents = numbered(before, [...supersede(before, consent), consent]);
  const status: ConsentStatus = consent.status === "given" ? "given" : "refused";
  // A parent's contact stays: the parent must be reachable for 312.6 and 312.4(b).
  const about = {
    request: request.row.id,
    subject: next.subject,
    consent: id,
    status,
    from: answer.from,
    method: consent.method,
    verifier: next.verifier,
    ...(answer.conditions === undefined ? {} : { conditions: { ...answer.conditions } }),
  };
  const links = { subject: next.subject, request: request.row.id };
  await commit(ctx, "consent-answered", about, [
    changed(request, { ...next, status, consent: id }, ""),
    changed(loaded, { ...reopened(loaded.body, consent), consents }),
    created("consent", id, links, { owner: next.subject }),
  ]);
  return { state: status === "given" ? "given" : "refused", consent: id };
}

/** A parent's yes to a purpose ends that parent's, or the other's, refusal of anything further. */
function reopened(body: SubjectBody, { from, decisions }: ConsentState): SubjectBody {
  if (from !== "parent" || body.furtherRefused === undefined) return body;
  const yes = decisions.filter(({ verdict }) => verdict === "given").map((one) => one.purpose);
  return { ...body, furtherRefused: body.furtherRefused.filter((name) => !yes.includes(name)) };
}

/**
 * One decision per purpose asked. No grants: one yes to the request as a whole, none by name.
 */
function decide(
  purposes: readonly string[],
  answer: Answer,
  at: string,
): readonly PurposeDecision[] {
  const { grants, refuses } = answer;
  return purposes.map((purpose) => {
    const refused = refuses?.includes(purpose) ?? false;
    const named = (grants?.includes(purpose) ?? false) && !refused;
    const whole = grants === undefined && !refused;
    const yes = answer.yes && (named || whole);
    return { purpose, verdict: yes ? ("given" as const) : ("refused" as const), at, named };
  });
}

export interface AgreeInput {
  readonly request: RequestId;
  /** Purposes said yes to by name. Without any: one yes to the request as a whole. */
  readonly grants?: readonly string[];
  readonly refuses?: readonly string[];
}

/**
 * The person's own answer to a request for their own consent. There is no verifier, for the person
 * is the one who acts; a parent's request cannot be answered here.
 *
 * @throws `guardian-unverified` (the request is a parent's), `request-lapsed`, `state-conflict`
 * (answered already), `option-invalid` (a purpose that was not asked), `not-found`
 */
export async function agree(ctx: Context, input: AgreeInput): Promise<Recorded> {
  requireKnown(input, ["request", "grants", "refuses"], "agree");
  requireId("request", input.request, "agree.request");
  return retrying(async () => {
    const request = await need<RequestBody>(ctx, "request", input.request);
    const { body } = request;
    if (body.from !== "subject") {
      throw new CustodyError("guardian-unverified", { id: input.request, subject: body.subject });
    }
    await refuseLapsed(ctx, request);
    if (body.consent !== "") {
      const state = body.status;
      throw new CustodyError("state-conflict", { id: input.request, state, action: "agree" });
    }
    for (const name of [...(input.grants ?? []), ...(input.refuses ?? [])]) {
      if (body.purposes.includes(name)) continue;
      throw new CustodyError("option-invalid", { path: "agree.grants", reason: "not asked" });
    }
    const { grants, refuses } = input;
    const answer = { yes: true, grants, refuses, giver: "subject", method: "" } as const;
    return recordAnswer(ctx, request, body, { ...answer, from: "subject" });
  });
}

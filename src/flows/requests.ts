/**
 * Consent requests over time: one that nobody answered lapses, swept or not, and takes the parent's
 * contact with it (16 CFR 312.5(c)(1); two weeks as in U.S. v. Microsoft (Xbox), 2023).
 */
import type { ConsentStatus } from "../core/consent.js";
import { type Decision, type Facts, mayHaveLapsed } from "../core/gate.js";
import { CustodyError } from "../errors.js";
import { requireId } from "../lib/id.js";
import type { RequestBody } from "./challenge.js";
import type { Context } from "./context.js";
import type { SubjectBody } from "./person.js";
import { changed, commit, type Loaded, list, need, nowText, retrying } from "./rows.js";

/** True from the moment at which nobody can answer it any more. */
export function isLapsed(ctx: Context, body: RequestBody): boolean {
  const open = body.consent === "" && body.status === "requested";
  return body.status === "expired" || (open && nowText(ctx) >= body.lapsesAt);
}

/**
 * Ends a request that lapsed and erases its contact; it stays due until a sweep has reported it.
 * Doing it again changes nothing.
 */
export async function lapse(ctx: Context, id: string): Promise<void> {
  const before = await retrying(async () => {
    const request = await need<RequestBody>(ctx, "request", id);
    const { body } = request;
    if (body.status === "expired" || !isLapsed(ctx, body)) return body;
    const about = { request: id, subject: body.subject };
    const next: RequestBody = { ...body, status: "expired", contactSealed: "", stateSealed: "" };
    await commit(ctx, "request-lapsed", about, [changed(request, next)]);
    return next;
  });
  if (before.status === "expired") await ctx.keyring.destroy(id);
}

/** @throws `request-lapsed`, once the contact is erased */
export async function refuseLapsed(ctx: Context, request: Loaded<RequestBody>): Promise<void> {
  const { row, body } = request;
  const late = nowText(ctx) >= body.lapsesAt;
  if (!late && body.status !== "expired") return;
  if (isLapsed(ctx, body)) await lapse(ctx, row.id);
  throw new CustodyError("request-lapsed", { id: row.id, subject: body.subject });
}

/**
 * Decides, and where nobody's answer gave the code decides once more, knowing which requests
 * lapsed. What is allowed costs no look at the requests.
 */
export async function decided(
  ctx: Context,
  facts: Facts,
  decide: (facts: Facts) => Decision,
): Promise<Decision> {
  const decision = decide(facts);
  if (!mayHaveLapsed(decision)) return decision;
  return decide(await withLapsed(ctx, facts));
}

/** The facts with the requests that lapsed, swept or not. Looked up once. */
export async function withLapsed(ctx: Context, facts: Facts): Promise<Facts> {
  if (facts.lapsed !== undefined) return facts;
  const requests = await list<RequestBody>(ctx, "request", { owner: facts.subject.id });
  const lapsed = requests
    .filter(({ body }) => isLapsed(ctx, body))
    .map(({ body: { purposes, regime, from = "parent" } }) => ({ purposes, regime, from }));
  return { ...facts, lapsed };
}

export interface RequestView {
  readonly status: ConsentStatus;
  readonly contact: "held" | "erased";
  /** The consent it led to; "" until answered. */
  readonly consent: string;
}

/** Where a request stands, and whether the contact is still held. @throws `not-found` */
export async function getRequest(ctx: Context, id: string): Promise<RequestView> {
  requireId("request", id, "request");
  const seen = await need<RequestBody>(ctx, "request", id);
  if (isLapsed(ctx, seen.body)) await lapse(ctx, id);
  const { status, contactSealed, consent } = (await need<RequestBody>(ctx, "request", id)).body;
  return { status, contact: contactSealed === "" ? "erased" : "held", consent };
}

export interface ConsentView {
  readonly status: ConsentStatus;
  /** As the verifier reported it; "" for a person's own consent and for a school's. */
  readonly method: string;
  readonly regime: string;
  readonly from: string;
  readonly purposes: readonly { readonly purpose: string; readonly verdict: string }[];
}

/** A consent as it is now. @throws `not-found` */
export async function getConsent(ctx: Context, id: string): Promise<ConsentView> {
  requireId("consent", id, "consent");
  const { subject } = (await need<{ subject: string }>(ctx, "consent", id)).body;
  const { consents } = (await need<SubjectBody>(ctx, "subject", subject)).body;
  const consent = consents.find((c) => c.id === id);
  if (consent === undefined) throw new CustodyError("not-found", { kind: "consent", id });
  const { status, method, regime, from } = consent;
  const purposes = consent.decisions.map(({ purpose, verdict }) => ({ purpose, verdict }));
  return { status, method, regime, from, purposes };
}

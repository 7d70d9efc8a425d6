/**
 * Consents: asked for, judged by the verifier that asked, and ended. There is no way to say
 * "verified" from outside.
 */
import {
  CONSENT_METHODS,
  type ConsentMethod,
  type ConsentState,
  type ConsentStatus,
  endConsent,
  INVALIDATION_REASONS,
  type InvalidationReason,
  REVOKED_BY,
  type RevokedBy,
} from "../core/consent.js";
import type { Mark } from "../core/model.js";
import { type Notice, newestNotice } from "../core/notice.js";
import { requireKnown, requireText, requireTexts } from "../core/options.js";
import { REGIMES } from "../core/regimes/index.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { addDuration } from "../lib/duration.js";
import {
  type ConsentId,
  type NoticeId,
  type RequestId,
  requireId,
  type SubjectId,
} from "../lib/id.js";
import { instantText } from "../lib/instant.js";
import { challengeOf, type RequestBody, sealMember, verifierFor } from "./challenge.js";
import type { Context } from "./context.js";
import { markModels } from "./lineage.js";
import { person, type SubjectBody } from "./person.js";
import { changed, commit, created, list, need, nowText, retrying } from "./rows.js";

export interface ConsentRequestInput {
  readonly subject: SubjectId;
  readonly purposes: readonly string[];
  readonly method: ConsentMethod;
  /**
   * Where the parent is reached: collected under 312.5(c)(1), sealed, erased when the request
   * lapses.
   */
  readonly contact: string;
  /** The notice to answer; the newest unless named. */
  readonly notice?: NoticeId;
  readonly regime?: string;
}

const REQUEST_KEYS = ["subject", "purposes", "method", "contact", "notice", "regime"];

/**
 * Sends the direct notice and the question to a parent. Nothing is collected for the purposes yet.
 *
 * @throws `purpose-unknown`, `notice-outdated` (none, an older one, or one that leaves a purpose
 * out), `method-insufficient` (a weak method while the operator discloses), `verifier-unknown`,
 * `verifier-failed`
 */
export async function requestConsent(ctx: Context, input: ConsentRequestInput): Promise<RequestId> {
  requireKnown(input, REQUEST_KEYS, "request");
  requireId("subject", input.subject, "request.subject");
  requireText(input.contact, "request.contact", 320);
  requireTexts(input.purposes, "request.purposes", 1);
  const regime = input.regime ?? ctx.policy.regimes[0] ?? "";
  if (!Object.hasOwn(REGIMES, regime)) {
    throw new CustodyError("option-invalid", { path: "request.regime", reason: "not in force" });
  }
  if (!CONSENT_METHODS.includes(input.method)) {
    throw new CustodyError("option-invalid", { path: "request.method", reason: "not a method" });
  }
  const notice = await noticeFor(ctx, input);
  const verifier = verifierFor(ctx, input.method);
  await need<SubjectBody>(ctx, "subject", input.subject);
  const id = ctx.newId("request");
  const lapses = instantText(addDuration(ctx.now(), ctx.policy.lapse));
  const body: RequestBody = {
    subject: input.subject,
    purposes: [...input.purposes],
    method: input.method,
    verifier: verifier.name,
    notice: notice.id,
    regime,
    status: "requested",
    requestedAt: nowText(ctx),
    lapsesAt: lapses,
    contactSealed: await sealMember(ctx, id, "contact", input.contact),
    stateSealed: "",
    consent: "",
  };
  const where = { owner: input.subject, due: lapses };
  const about = { request: id, subject: input.subject, notice: notice.id, method: input.method };
  await commit(ctx, "consent-requested", about, [created("request", id, body, where)]);
  await sendChallenge(ctx, id);
  return id;
}

/**
 * Sends what was asked for, again if need be: after a crash between request and sending the links
 * are the same.
 */
export async function sendChallenge(ctx: Context, id: RequestId): Promise<void> {
  const request = await need<RequestBody>(ctx, "request", id);
  const verifier = verifierFor(ctx, request.body.method);
  const challenge = await challengeOf(ctx, id, request.body);
  const state = await verifier.start(challenge, { nowMs: ctx.now() });
  const stateSealed = await sealMember(ctx, id, "state", JSON.stringify(state));
  await commit(ctx, "consent-challenge-sent", { request: id, verifier: verifier.name }, [
    changed(request, { ...request.body, stateSealed }),
  ]);
}

async function noticeFor(ctx: Context, input: ConsentRequestInput): Promise<Notice> {
  const all = (await list<Notice>(ctx, "notice")).map(({ body }) => body);
  const newest = newestNotice(all);
  for (const name of input.purposes) {
    if (!ctx.policy.purposes.has(name)) {
      throw new CustodyError("purpose-unknown", { subject: input.subject, path: "purposes" });
    }
  }
  if (input.notice !== undefined) requireId("notice", input.notice, "request.notice");
  const named = newest !== undefined && (input.notice ?? newest.id) === newest.id;
  if (!named || !input.purposes.every((purpose) => newest.covers.includes(purpose))) {
    throw new CustodyError("notice-outdated", {
      subject: input.subject,
      rule: "16 CFR 312.4(c)",
      help: ["Publish a notice that covers every purpose asked for, and ask on that one."],
    });
  }
  return newest;
}

export interface RevokeInput {
  readonly consent: ConsentId;
  readonly by?: RevokedBy;
  readonly purposes?: readonly string[];
}

/**
 * Ends a consent from now on: records under it are restricted, models made from them before are
 * `since-withdrawn`.
 * @throws `not-found`, `option-invalid`, `purpose-unknown` for a purpose that it was not asked for
 */
export async function revokeConsent(
  ctx: Context,
  input: RevokeInput,
): Promise<{ readonly status: ConsentStatus }> {
  requireKnown(input, ["consent", "by", "purposes"], "revoke");
  if (input.purposes !== undefined) requireTexts(input.purposes, "revoke.purposes", 1);
  const by = input.by === undefined ? "parent" : input.by;
  if (!REVOKED_BY.includes(by)) {
    throw new CustodyError("option-invalid", { path: "revoke.by", reason: "not a giver" });
  }
  const verdict = by === "operator" || by === "regulator" ? "revoked" : "withdrawn";
  return end(ctx, input.consent, verdict, by, input.purposes);
}

/**
 * Says that a consent never was one: what came in under it is tainted from the start, models made
 * from it are frozen.
 * @throws `not-found`, `option-invalid`
 */
export async function invalidateConsent(
  ctx: Context,
  input: { readonly consent: ConsentId; readonly reason: InvalidationReason },
): Promise<{ readonly status: ConsentStatus }> {
  requireKnown(input, ["consent", "reason"], "invalidate");
  if (!INVALIDATION_REASONS.includes(input.reason)) {
    throw new CustodyError("option-invalid", { path: "invalidate.reason", reason: "unknown" });
  }
  return end(ctx, input.consent, "invalidated", input.reason);
}

async function end(
  ctx: Context,
  consent: ConsentId,
  verdict: "withdrawn" | "revoked" | "invalidated",
  by: string,
  purposes?: readonly string[],
): Promise<{ readonly status: ConsentStatus }> {
  requireId("consent", consent, "consent");
  return retrying(async () => {
    const { subject } = (await need<{ subject: string }>(ctx, "consent", consent)).body;
    const { loaded } = await person(ctx, subject);
    const at = nowText(ctx);
    const target = loaded.body.consents.find((c) => c.id === consent);
    // A name that the consent does not have would end nothing, and nobody would be told.
    const asked = new Set(target?.decisions.map((decision) => decision.purpose));
    if (purposes?.some((purpose) => !asked.has(purpose))) {
      throw new CustodyError("purpose-unknown", { consent, path: "revoke.purposes" });
    }
    const ending = endingWith(loaded.body.consents, target, verdict);
    const consents = loaded.body.consents.map((c) =>
      ending.includes(c.id) ? endConsent(c, verdict, at, purposes) : c,
    );
    const status = consents.find((c) => c.id === consent)?.status ?? "requested";
    const state = verdict === "invalidated" ? "frozen" : "since-withdrawn";
    const cause = verdict === "invalidated" ? "invalidated" : "withdrawn";
    const mark: Mark = { state, cause, by: consent, at };
    const learned = purposes === undefined || purposes.some((name) => trains(ctx, name));
    const under = learned ? await recordsUnder(ctx, subject, ending) : OrdinalSet.of([]);
    const marked = await markModels(ctx, under, mark);
    const type = verdict === "invalidated" ? "consent-invalidated" : "consent-revoked";
    const about = { consent, subject, verdict, by, models: marked.models.length };
    await commit(ctx, type, about, [
      changed(loaded, { ...loaded.body, consents }),
      ...marked.writes,
    ]);
    return { status };
  });
}

/**
 * The consent, and the older ones whose place it took (same giver, same regime, all their purposes
 * asked again): they end with it. An older one ended by itself ends alone; an invalidation says
 * something of one answer only.
 */
function endingWith(
  consents: readonly ConsentState[],
  target: ConsentState | undefined,
  verdict: "withdrawn" | "revoked" | "invalidated",
): readonly string[] {
  if (target === undefined) return [];
  if (verdict === "invalidated" || target.status !== "given") return [target.id];
  const asked = new Set(target.decisions.map((decision) => decision.purpose));
  const replaced = consents.filter(
    (c) =>
      c.status === "superseded" &&
      c.giver === target.giver &&
      c.regime === target.regime &&
      c.decisions.every((decision) => asked.has(decision.purpose)),
  );
  return [target.id, ...replaced.map((c) => c.id)];
}

function trains(ctx: Context, purpose: string): boolean {
  const use = ctx.policy.purposes.get(purpose)?.use;
  return use === "first-party-training" || use === "research";
}

/**
 * Ordinals of the subject's records that came in while any of the consents stood. Erased ones too:
 * what was made from them is still there.
 */
async function recordsUnder(
  ctx: Context,
  subject: string,
  consents: readonly string[],
): Promise<OrdinalSet> {
  const bases: string[] = [];
  for (const basis of await list<{ consents: string[] }>(ctx, "basis", { owner: subject })) {
    if (basis.body.consents.some((c) => consents.includes(c))) bases.push(basis.row.id);
  }
  if (bases.length === 0) return OrdinalSet.of([]);
  const ordinals: number[] = [];
  for await (const row of ctx.store.scan({ table: "record", subjects: [subject], bases })) {
    ordinals.push(row.ordinal);
  }
  return OrdinalSet.of(ordinals);
}

/**
 * Consents: asked for, judged by the verifier that asked, and ended. There is no way to say
 * "verified" from outside.
 */
import { CONSENT_METHODS, type ConsentMethod, WEAK_METHODS } from "../core/consent.js";
import { type Facts, forbiddenBy, yearsOf } from "../core/gate.js";
import { type Notice, newestNotice } from "../core/notice.js";
import { requireBoolean, requireKnown, requireText, requireTexts } from "../core/options.js";
import type { Policy } from "../core/policy.js";
import { isRegimeName, regimesFor } from "../core/regimes/index.js";
import { asksForConsent } from "../core/regimes/regime.js";
import { CustodyError } from "../errors.js";
import { addDuration } from "../lib/duration.js";
import { type NoticeId, type RequestId, requireId, type SubjectId } from "../lib/id.js";
import { instantText } from "../lib/instant.js";
import { challengeOf, type RequestBody, sealMember, verifierFor } from "./challenge.js";
import type { Context } from "./context.js";
import { person } from "./person.js";
import { changed, commit, created, list, need, nowText } from "./rows.js";

export interface ConsentRequestInput {
  readonly subject: SubjectId;
  readonly purposes: readonly string[];
  /** Whose consent is sought; a parent's unless named. */
  readonly from?: "parent" | "subject";
  /** A parent's consent has one; the person's own has none. */
  readonly method?: ConsentMethod;
  /**
   * Where the parent is reached: collected under 312.5(c)(1), sealed, erased when the request
   * lapses. The person's own consent has none.
   */
  readonly contact?: string;
  /** The notice to answer; the newest unless named. */
  readonly notice?: NoticeId;
  /**
   * The law it is sought under; unless named, the first in force for the person that asks for
   * consents.
   */
  readonly regime?: string;
  /** True when no purpose can be refused alone. */
  readonly allOrNothing?: boolean;
}

const REQUEST_KEYS = [
  "subject",
  "purposes",
  "from",
  "method",
  "contact",
  "notice",
  "regime",
  "allOrNothing",
];

/**
 * Asks a parent (the direct notice and the question are sent) or opens the question to the person.
 * Nothing is collected for the purposes yet.
 *
 * @throws `purpose-unknown`, `purpose-forbidden`, `method-insufficient` (a weak method while the
 * operator discloses, or one that never does), `notice-outdated` (none, an older one, or one that
 * leaves a purpose out), `conditioned-on-disclosure`, `verifier-unknown`, `verifier-failed`
 */
export async function requestConsent(ctx: Context, input: ConsentRequestInput): Promise<RequestId> {
  const from = checkShape(input);
  const { facts } = await person(ctx, requireId("subject", input.subject, "request.subject"));
  const regime = regimeOf(facts, input.regime);
  refuseForbidden(facts, input);
  if (from === "parent") refuseWeak(facts.policy, input);
  const notice = await noticeFor(ctx, input);
  refuseConditioned(facts.policy, input);
  const verifier = from === "parent" ? verifierFor(ctx, input.method ?? "") : undefined;
  const id = ctx.newId("request");
  const lapses = instantText(addDuration(ctx.now(), ctx.policy.lapse));
  const contact = input.contact === undefined ? "" : input.contact;
  const body: RequestBody = {
    subject: input.subject,
    purposes: [...input.purposes],
    method: input.method ?? "",
    from,
    verifier: verifier?.name ?? "",
    notice: notice.id,
    regime,
    status: "requested",
    requestedAt: nowText(ctx),
    lapsesAt: lapses,
    contactSealed: contact === "" ? "" : await sealMember(ctx, id, "contact", contact),
    stateSealed: "",
    consent: "",
  };
  const where = { owner: input.subject, due: lapses };
  const about = { request: id, subject: input.subject, notice: notice.id, method: body.method };
  await commit(ctx, "consent-requested", { ...about, from, regime }, [
    created("request", id, body, where),
  ]);
  if (verifier !== undefined) await sendChallenge(ctx, id);
  return id;
}

function checkShape(input: ConsentRequestInput): "parent" | "subject" {
  requireKnown(input, REQUEST_KEYS, "request");
  const from = input.from === undefined ? "parent" : input.from;
  const refuse = (path: string, reason: string): never => {
    throw new CustodyError("option-invalid", { path: `request.${path}`, reason });
  };
  if (from !== "parent" && from !== "subject") refuse("from", "parent or subject expected");
  requireTexts(input.purposes, "request.purposes", 1);
  requireBoolean(input.allOrNothing, "request.allOrNothing");
  if (from === "subject") {
    if (input.method !== undefined) refuse("method", "a person's own consent has none");
    if (input.contact !== undefined) refuse("contact", "a person's own consent has none");
    return from;
  }
  requireText(input.contact, "request.contact", 320);
  if (input.method === undefined || !CONSENT_METHODS.includes(input.method)) {
    refuse("method", "not a method");
  }
  return from;
}

/**
 * The law named, or the first the policy lists that governs the person and asks for consents (there
 * is none to seek under another), or the first it lists.
 */
function regimeOf(facts: Facts, named: string | undefined): string {
  const { regimes } = facts.policy;
  const governing = regimesFor(regimes, facts.subject.jurisdiction);
  const asking = governing.find(asksForConsent) ?? governing[0];
  const regime = named ?? asking?.name ?? regimes[0] ?? "";
  if (!isRegimeName(regime) || !regimes.includes(regime)) {
    throw new CustodyError("option-invalid", { path: "request.regime", reason: "not in force" });
  }
  return regime;
}

function refuseForbidden(facts: Facts, input: ConsentRequestInput): void {
  const { subject } = input;
  const years = yearsOf(facts, facts.nowMs);
  for (const name of input.purposes) {
    if (!facts.policy.purposes.has(name)) {
      throw new CustodyError("purpose-unknown", { subject, path: "purposes" });
    }
  }
  for (const name of input.purposes) {
    const purpose = facts.policy.purposes.get(name);
    const rule = purpose === undefined ? undefined : forbiddenBy(facts, purpose, years);
    if (rule === undefined) continue;
    const { section, regime } = rule;
    throw new CustodyError("purpose-forbidden", { subject, purpose: name, rule: section, regime });
  }
}

/** A method that cannot do is not begun: nobody is asked for an answer that would count nothing. */
function refuseWeak(policy: Policy, input: ConsentRequestInput): void {
  const { method, subject } = input;
  const weak = method !== undefined && WEAK_METHODS.includes(method) && policy.discloses;
  if (!weak && method !== "unlisted") return;
  throw new CustodyError("method-insufficient", {
    subject,
    method,
    rule: "16 CFR 312.5(b)(2)",
    help: ["Ask by one of the other methods of 312.5(b)(2)."],
  });
}

/** 312.5(a)(2), 312.7: a disclosure that is not integral can be refused alone. */
function refuseConditioned(policy: Policy, input: ConsentRequestInput): void {
  if (input.allOrNothing !== true || input.purposes.length < 2) return;
  const tied = input.purposes.find((name) => policy.purposes.get(name)?.separate === true);
  if (tied === undefined) return;
  throw new CustodyError("conditioned-on-disclosure", {
    subject: input.subject,
    purpose: tied,
    rule: "16 CFR 312.5(a)(2), 312.7",
  });
}

/**
 * Sends what was asked for, again if need be: after a crash between request and sending the links
 * are the same.
 */
export async function sendChallenge(ctx: Context, id: RequestId): Promise<void> {
  const request = await need<RequestBody>(ctx, "request", id);
  // A parent's own act is asked for again, not sent again: a fresh challenge has a fresh life.
  if (request.body.act !== undefined) throw new CustodyError("challenge-unknown", { id });
  const verifier = verifierFor(ctx, request.body.method);
  const challenge = await challengeOf(ctx, id, request.body);
  const state = await verifier.start(challenge, { nowMs: ctx.now() });
  const stateSealed = await sealMember(ctx, id, "state", JSON.stringify(state));
  await commit(ctx, "consent-challenge-sent", { request: id, verifier: verifier.name }, [
    changed(request, { ...request.body, stateSealed }),
  ]);
}

/** The newest notice, where it is the one named and covers every purpose. */
export async function noticeFor(
  ctx: Context,
  input: Pick<ConsentRequestInput, "subject" | "purposes" | "notice">,
): Promise<Notice> {
  const all = (await list<Notice>(ctx, "notice")).map(({ body }) => body);
  const newest = newestNotice(all);
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

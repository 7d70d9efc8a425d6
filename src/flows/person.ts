/**
 * The subject row opened: folded state with its sealed evidence, and the notices its consents rest
 * on.
 */
import type { Band, Evidence } from "../core/age.js";
import type { ConsentState } from "../core/consent.js";
import type { Facts } from "../core/gate.js";
import type { Notice } from "../core/notice.js";
import { memberBinding } from "../core/seal.js";
import type { NoticeOutcome, SubjectState } from "../core/subject.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { base64url, fromBase64url, text } from "../lib/bytes.js";
import { canonicalBytes, type Json } from "../lib/canonical.js";
import type { SubjectId } from "../lib/id.js";
import type { Context } from "./context.js";
import { policyNow } from "./policy-now.js";
import { type Loaded, load, need } from "./rows.js";

/** As stored: what speaks for the age is sealed under a key of the subject's own. */
export interface SubjectBody {
  readonly jurisdiction: string;
  readonly zone: string;
  readonly consents: readonly ConsentState[];
  readonly suppressedSince: string;
  readonly deletionRequestedAt: string;
  /** See `SubjectState.deletionReaches`. */
  readonly deletionReaches?: number;
  /** base64url of the sealed evidence list; "" when there is none or it was erased. */
  readonly evidenceSealed: string;
  /** See `SubjectState.bandsKept`; absent while the evidence is there. */
  readonly bandsKept?: { readonly [record: string]: Band };
  /** True when a deletion was asked for and the account is to stay; absent for false. */
  readonly keepAccount?: boolean;
  /** Purposes that ended for this person; absent for none. */
  readonly endedPurposes?: readonly string[];
  /** See `SubjectState.furtherRefused`; absent for none. */
  readonly furtherRefused?: readonly string[];
  /** Outcomes of the parent notices of exceptions (c)(4) and (c)(5), by record. */
  readonly parentNotices?: { readonly [record: string]: NoticeOutcome };
}

export function withEnded(body: SubjectBody, purpose: string): SubjectBody {
  const ended = new Set([...(body.endedPurposes ?? []), purpose]);
  return { ...body, endedPurposes: [...ended].sort() };
}

export interface Person {
  readonly loaded: Loaded<SubjectBody>;
  readonly state: SubjectState;
  readonly facts: Facts;
}

const EVIDENCE = "age-evidence";

/** @throws `not-found`; `key-destroyed` when the person was erased */
export async function person(ctx: Context, subject: string): Promise<Person> {
  const { loaded, evidence } = await withEvidence(ctx, subject);
  const body = loaded.body;
  const state: SubjectState = {
    id: subject as SubjectId,
    jurisdiction: body.jurisdiction,
    zone: body.zone === "" ? undefined : body.zone,
    evidence,
    consents: body.consents,
    suppressedSince: body.suppressedSince,
    deletionRequestedAt: body.deletionRequestedAt,
    ...(body.deletionReaches === undefined ? {} : { deletionReaches: body.deletionReaches }),
    ...(body.bandsKept === undefined ? {} : { bandsKept: body.bandsKept }),
    endedPurposes: body.endedPurposes ?? [],
    parentNotices: body.parentNotices ?? {},
    ...(body.furtherRefused === undefined ? {} : { furtherRefused: body.furtherRefused }),
  };
  const notices = await noticesOf(ctx, body.consents);
  const policy = await policyNow(ctx);
  return { loaded, state, facts: { policy, nowMs: ctx.now(), notices, subject: state } };
}

async function noticesOf(
  ctx: Context,
  consents: readonly ConsentState[],
): Promise<ReadonlyMap<string, Notice>> {
  const notices = new Map<string, Notice>();
  for (const { notice } of consents) {
    if (notices.has(notice)) continue;
    const found = await load<Notice>(ctx, "notice", notice);
    if (found !== undefined) notices.set(notice, found.body);
  }
  return notices;
}

/** @returns base64url, to be stored in the subject row */
export async function sealEvidence(
  ctx: Context,
  subject: string,
  evidence: readonly Evidence[],
): Promise<string> {
  const plain = canonicalBytes(evidence as unknown as Json);
  const scope = { basis: subject, category: EVIDENCE };
  return base64url(await ctx.keyring.seal(scope, plain, memberBinding(subject, EVIDENCE)));
}

/**
 * An erasure says in the row that the evidence is gone before its key goes. Whoever read the row
 * before that and asks for the key after it reads the row again, and is told what it says now.
 */
async function withEvidence(
  ctx: Context,
  subject: string,
): Promise<{ readonly loaded: Loaded<SubjectBody>; readonly evidence: readonly Evidence[] }> {
  const loaded = await need<SubjectBody>(ctx, "subject", subject);
  const { evidenceSealed } = loaded.body;
  try {
    return { loaded, evidence: await openEvidence(ctx, subject, evidenceSealed) };
  } catch (error) {
    if (!isCustodyError(error, "key-destroyed")) throw error;
    const now = await need<SubjectBody>(ctx, "subject", subject);
    if (now.body.evidenceSealed === evidenceSealed) throw error;
    return { loaded: now, evidence: await openEvidence(ctx, subject, now.body.evidenceSealed) };
  }
}

async function openEvidence(
  ctx: Context,
  subject: string,
  sealed: string,
): Promise<readonly Evidence[]> {
  if (sealed === "") return [];
  const bytes = fromBase64url(sealed);
  if (bytes === undefined) {
    throw new CustodyError("payload-damaged", { id: subject, category: EVIDENCE });
  }
  const scope = { basis: subject, category: EVIDENCE };
  const plain = await ctx.keyring.open(scope, bytes, memberBinding(subject, EVIDENCE));
  return JSON.parse(text(plain)) as readonly Evidence[];
}

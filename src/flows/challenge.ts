/**
 * One consent request's challenge: its contact and its verifier's state, sealed with the request.
 */
import type { ConsentMethod, ConsentStatus, Giver } from "../core/consent.js";
import type { GuardianAct } from "../core/guardian.js";
import type { Notice } from "../core/notice.js";
import { memberBinding } from "../core/seal.js";
import { CustodyError } from "../errors.js";
import { base64url, fromBase64url, text, utf8 } from "../lib/bytes.js";
import { parseInstant } from "../lib/instant.js";
import type { Challenge, ParentVerifier } from "../ports/parent-verifier.js";
import type { Context } from "./context.js";
import { policyNow } from "./policy-now.js";
import { need } from "./rows.js";

export interface RequestBody {
  readonly subject: string;
  readonly purposes: readonly string[];
  /** "" where the person or a school's representative answers: no verifier stands between. */
  readonly method: ConsentMethod | "";
  /** Absent in a request written before there were others: a parent's. */
  readonly from?: Giver;
  readonly verifier: string;
  readonly notice: string;
  readonly regime: string;
  readonly status: ConsentStatus;
  readonly requestedAt: string;
  readonly lapsesAt: string;
  /** base64url; "" once erased: with a lapse, or with the person. */
  readonly contactSealed: string;
  readonly stateSealed: string;
  /** The consent it led to; "" until answered. */
  readonly consent: string;
  /** A parent's own act (16 CFR 312.6), which leads to no consent; absent for a consent. */
  readonly act?: GuardianAct;
}

/** The keyed hash of a contact, by which two parents are told apart. */
export async function giverOf(ctx: Context, contact: string): Promise<string> {
  return ctx.keyring.index("giver", utf8(contact.trim().toLowerCase()));
}

/** @throws `verifier-unknown` */
export function verifierFor(ctx: Context, method: ConsentMethod | ""): ParentVerifier {
  const verifier = ctx.verifiers.find((v) => v.method === method);
  if (verifier === undefined) throw new CustodyError("verifier-unknown", { method });
  return verifier;
}

export async function sealMember(
  ctx: Context,
  document: string,
  member: string,
  plain: string,
): Promise<string> {
  const scope = { basis: document, category: member };
  return base64url(await ctx.keyring.seal(scope, utf8(plain), memberBinding(document, member)));
}

export async function openMember(
  ctx: Context,
  document: string,
  member: string,
  sealed: string,
): Promise<string> {
  const bytes = fromBase64url(sealed);
  if (bytes === undefined || sealed === "") {
    throw new CustodyError("payload-damaged", { id: document, category: member });
  }
  const scope = { basis: document, category: member };
  return text(await ctx.keyring.open(scope, bytes, memberBinding(document, member)));
}

export async function challengeOf(ctx: Context, id: string, body: RequestBody): Promise<Challenge> {
  const notice = await need<Notice>(ctx, "notice", body.notice);
  const policy = await policyNow(ctx);
  return {
    request: id,
    contact: await openMember(ctx, id, "contact", body.contactSealed),
    purposes: body.purposes.map((name) => ({
      name,
      separate: policy.purposes.get(name)?.separate ?? true,
    })),
    noticeText: notice.body.text,
    lapsesAt: parseInstant(body.lapsesAt) ?? 0,
  };
}

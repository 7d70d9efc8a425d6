/**
 * Consent receipts: a signed JWT for the parent, with the fields of ISO/IEC TS 27560 that custody
 * knows.
 */
import type { ConsentState } from "../core/consent.js";
import type { Notice } from "../core/notice.js";
import { CustodyError } from "../errors.js";
import { type ConsentId, requireId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";
import { compactJws } from "../lib/jws.js";
import type { Context } from "./context.js";
import type { SubjectBody } from "./person.js";
import { need, nowText } from "./rows.js";

/**
 * What was agreed, on which notice, by which method, and what became of it by now. No contact and
 * no value is in it.
 * @throws `not-found`, `id-invalid`
 */
export async function receiptFor(ctx: Context, id: ConsentId): Promise<string> {
  requireId("consent", id, "consent");
  const { subject } = (await need<{ subject: string }>(ctx, "consent", id)).body;
  const { consents } = (await need<SubjectBody>(ctx, "subject", subject)).body;
  const consent = consents.find((c) => c.id === id);
  if (consent === undefined) throw new CustodyError("not-found", { kind: "consent", id });
  const notice = (await need<Notice>(ctx, "notice", consent.notice)).body;
  const jwk = await ctx.signer.publicJwk();
  return compactJws({
    header: { alg: "EdDSA", kid: jwk.kid, typ: "custody-receipt+jwt" },
    payload: receipt(ctx, subject, consent, notice),
    sign: (bytes) => ctx.signer.sign(bytes),
  });
}

function receipt(ctx: Context, subject: string, consent: ConsentState, notice: Notice) {
  const answered = parseInstant(consent.answeredAt) ?? 0;
  return {
    iss: ctx.signer.name,
    iat: Math.floor(answered / 1000),
    jti: consent.id,
    sub: subject,
    schema_version: "ISO/IEC TS 27560:2023",
    record_id: consent.id,
    pii_principal_id: subject,
    privacy_notice: {
      version: notice.version,
      sha256: notice.textHash,
      // Of the text together with its items, where a form was declared.
      ...(notice.contentHash === undefined ? {} : { content_sha256: notice.contentHash }),
      published: notice.published,
    },
    consent_status: consent.status,
    consent_method: consent.method,
    verifier: consent.verifier,
    jurisdiction_regime: consent.regime,
    purposes: consent.decisions.map(({ purpose, verdict, at }) => ({
      purpose,
      use: notice.uses[purpose],
      status: verdict,
      event_time: at,
    })),
    pii_categories: notice.categories,
    recipients: notice.recipients,
    issued_at: nowText(ctx),
  };
}

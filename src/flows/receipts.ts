/**
 * Consent receipts: a signed JWT for the parent, with the fields of ISO/IEC TS 27560 that custody
 * knows. `verifyReceipt` of `custody/verify` reads it without custody.
 */
import type { ConsentState } from "../core/consent.js";
import type { Notice } from "../core/notice.js";
import type { Policy } from "../core/policy.js";
import { RECEIPT_SCHEMA, RECEIPT_TYPE, type Receipt } from "../core/receipt.js";
import { CustodyError } from "../errors.js";
import type { Json } from "../lib/canonical.js";
import { type ConsentId, requireId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";
import { compactJws } from "../lib/jws.js";
import type { Context } from "./context.js";
import type { SubjectBody } from "./person.js";
import { policyNow } from "./policy-now.js";
import { need, nowText } from "./rows.js";

/**
 * What was agreed, on which notice, by which method, and what became of it by now. No contact and
 * no value is in it.
 * @throws `not-found`, `id-invalid`
 */
export async function receiptFor(ctx: Context, id: ConsentId): Promise<string> {
  requireId("consent", id, "consent");
  const { subject } = (await need<{ subject: string }>(ctx, "consent", id)).body;
  const person = (await need<SubjectBody>(ctx, "subject", subject)).body;
  const consent = person.consents.find((c) => c.id === id);
  if (consent === undefined) throw new CustodyError("not-found", { kind: "consent", id });
  const notice = (await need<Notice>(ctx, "notice", consent.notice)).body;
  const jwk = await ctx.signer.publicJwk();
  const policy = await policyNow(ctx);
  const receipt: Receipt = {
    ...partiesOf(ctx, policy),
    ...contentOf(policy, consent, notice),
    sub: subject,
    pii_principal_id: subject,
    jurisdiction: person.jurisdiction,
    issued_at: nowText(ctx),
  };
  return compactJws({
    header: { alg: "EdDSA", kid: jwk.kid, typ: RECEIPT_TYPE },
    payload: JSON.parse(JSON.stringify(receipt)) as Json,
    sign: (bytes) => ctx.signer.sign(bytes),
  });
}

function partiesOf({ signer }: Context, { definition }: Policy) {
  const { service } = definition;
  return {
    iss: signer.name,
    pii_controllers: [{ party_id: signer.name, party_name: service }],
    service,
  };
}

function contentOf(policy: Policy, consent: ConsentState, notice: Notice) {
  const { version, textHash, contentHash, published } = notice;
  // Of the text together with its items, where a form was declared.
  const content = contentHash === undefined ? {} : { content_sha256: contentHash };
  return {
    iat: Math.floor((parseInstant(consent.answeredAt) ?? 0) / 1000),
    jti: consent.id,
    schema_version: RECEIPT_SCHEMA,
    receipt_id: consent.id,
    record_id: consent.id,
    lawful_basis: "consent" as const,
    jurisdiction_regime: consent.regime,
    privacy_notice: { version, sha256: textHash, ...content, published },
    consent_status: consent.status,
    collection_method: consent.method,
    ...(consent.conditions === undefined ? {} : { method_conditions: { ...consent.conditions } }),
    verifier: consent.verifier,
    purposes: consent.decisions.map(({ purpose, verdict, at, named }) => {
      const use = notice.uses[purpose];
      const type = use === undefined ? {} : { purpose_type: use };
      return { purpose, ...type, status: verdict, event_time: at, separately: named };
    }),
    pii_information: notice.categories.map((category) => ({
      pii_type: category,
      retention_period: retentionOf(policy, category),
    })),
    recipient_third_parties: [...notice.recipients],
    privacy_rights: RIGHTS[consent.from],
    events: eventsOf(consent),
  };
}

/** What whoever agreed can do by the law of the consent, by the client's own words. */
const RIGHTS: { readonly [F in ConsentState["from"]]: string[] } = {
  parent: ["review", "refuse-further", "delete", "withdraw"],
  subject: ["delete", "withdraw"],
  school: ["withdraw"],
};

function retentionOf(policy: Policy, category: string): string[] {
  const found = new Set<string>();
  for (const { name, categories } of policy.collections.values()) {
    const retain = policy.definition.collections[name]?.retain;
    if (retain !== undefined && categories.some((one) => one === category)) found.add(retain);
  }
  return [...found].sort();
}

/** The answer, then each later moment at which something in it changed. */
function eventsOf({ from, answeredAt, decisions }: ConsentState): Receipt["events"] {
  const asAnswered = decisions.filter(({ at }) => at === answeredAt);
  const yes = asAnswered.length < decisions.length || asAnswered.some((d) => d.verdict === "given");
  const event = (at: string, state: string, entity: string, purposes: readonly string[]) => ({
    event_time: at,
    event_type: "explicit" as const,
    event_state: state,
    entity_id: entity,
    purposes: [...purposes],
  });
  const names = decisions.map(({ purpose }) => purpose);
  const later = decisions.filter(({ at }) => at > answeredAt);
  const moments = [...new Set(later.map(({ at, verdict }) => `${at} ${verdict}`))].sort();
  return [
    event(answeredAt, yes ? "given" : "refused", from, names),
    ...moments.map((moment) => {
      const [at = "", verdict = ""] = moment.split(" ");
      const of = later.filter((one) => one.at === at && one.verdict === verdict);
      const by = verdict === "withdrawn" ? from : "controller";
      return event(
        at,
        verdict,
        by,
        of.map(({ purpose }) => purpose),
      );
    }),
  ];
}

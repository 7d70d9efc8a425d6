/**
 * A consent receipt: what was agreed, on which notice, by which method, and what has become of it,
 * with the fields of ISO/IEC TS 27560:2023 that custody has (docs/receipts.md maps them). It holds
 * ids, names of the policy's and instants; no contact, no giver and no value.
 */
import { z } from "zod";
import { kindOfId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";

/** The `typ` of the JWT, so that no other token of the same key passes for a receipt. */
export const RECEIPT_TYPE = "custody-receipt+jwt";
export const RECEIPT_SCHEMA = "ISO/IEC TS 27560:2023" as const;
export const RECEIPT_ENTRIES_MAX = 10_000;
const TEXT_CHARACTERS_MAX = 1_000;

const text = z.string().min(1).max(TEXT_CHARACTERS_MAX);
const maybe = z.string().max(TEXT_CHARACTERS_MAX);
const instant = z.string().refine((given) => parseInstant(given) !== undefined, "not an instant");
const id = (kind: string) =>
  z.string().refine((given) => kindOfId(given) === kind, `not a ${kind}`);
const many = <T extends z.ZodType>(of: T) => z.array(of).max(RECEIPT_ENTRIES_MAX);

const Purpose = z.strictObject({
  purpose: text,
  /** What the notice said it is used for; absent where the notice does not name the purpose. */
  purpose_type: text.optional(),
  status: text,
  event_time: instant,
  /** True when it was agreed to by name, apart from the rest. */
  separately: z.boolean(),
});

const Information = z.strictObject({
  pii_type: text,
  /** ISO 8601 durations of the collections that hold it; none where none does any more. */
  retention_period: many(text),
});

const Event = z.strictObject({
  event_time: instant,
  /** `explicit`: a statement or a clear act; there is no other consent here. */
  event_type: z.literal("explicit"),
  event_state: text,
  /** Who acted, as a role: nobody is named. */
  entity_id: text,
  purposes: many(text),
});

export const Receipt = z.strictObject({
  iss: text,
  iat: z.int(),
  jti: id("consent"),
  sub: id("subject"),
  schema_version: z.literal(RECEIPT_SCHEMA),
  receipt_id: id("consent"),
  record_id: id("consent"),
  pii_principal_id: id("subject"),
  issued_at: instant,
  pii_controllers: many(z.strictObject({ party_id: text, party_name: text })).min(1),
  service: text,
  jurisdiction: text,
  lawful_basis: z.literal("consent"),
  /** The law under which it was sought, by the name of its regime. */
  jurisdiction_regime: maybe,
  privacy_notice: z.strictObject({
    version: text,
    sha256: text,
    content_sha256: text.optional(),
    published: instant,
  }),
  consent_status: text,
  /** "" for a person's own consent and for a school's. */
  collection_method: maybe,
  /** The method's conditions as its verifier reported them; absent where none was reported. */
  method_conditions: z.record(text, z.union([text, z.number(), z.boolean()])).optional(),
  verifier: maybe,
  purposes: many(Purpose),
  pii_information: many(Information),
  recipient_third_parties: many(text),
  privacy_rights: many(text),
  events: many(Event).min(1),
});

export type Receipt = z.output<typeof Receipt>;

/** Undefined for a receipt that does not contradict itself; else what does not fit, as a word. */
export function contradiction(receipt: Receipt): string | undefined {
  const { jti, record_id, receipt_id, sub, pii_principal_id, iss, pii_controllers } = receipt;
  if (jti !== record_id || jti !== receipt_id) return "record-id";
  if (sub !== pii_principal_id) return "principal-id";
  if (!pii_controllers.some(({ party_id }) => party_id === iss)) return "issuer";
  const given = receipt.events[0]?.event_time ?? "";
  if (Math.floor((parseInstant(given) ?? Number.NaN) / 1000) !== receipt.iat) return "issued-at";
  const last = parseInstant(receipt.issued_at) ?? Number.NaN;
  const ahead = receipt.events.some(
    ({ event_time }) => !((parseInstant(event_time) ?? last) <= last),
  );
  return ahead ? "event-ahead" : undefined;
}

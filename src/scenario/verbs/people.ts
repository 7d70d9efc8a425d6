/** What people and their parents do: who somebody is, how old, and what was agreed. */
import { z } from "zod";
import { BANDS, EVIDENCE_KINDS, EVIDENCE_SOURCES, OCCASIONS } from "../../core/age.js";
import {
  CONSENT_METHODS,
  CONSENT_STATES,
  INVALIDATION_REASONS,
  REVOKED_BY,
} from "../../core/consent.js";
import { CATEGORIES, DISCLOSED_FOR, USES } from "../../core/vocabulary.js";
import { CONFIG_CODES } from "../../errors.js";
import { isTimeZone } from "../../lib/zone.js";
import { conditions, jurisdiction, recipients, regime } from "../service-text.js";
import { dues, mayRefuse, refused, text, texts, verb } from "../words.js";

const nothing = z.strictObject({});
const consentOnly = z.strictObject({ consent: z.enum(CONSENT_STATES).optional() });
const consent = consentOnly.extend({ refused: refused.optional() });

export const register = verb(
  z.strictObject({
    subject: text,
    timeZone: text.refine(isTimeZone, "expected a zone such as America/Chicago").optional(),
    jurisdiction: jurisdiction.optional(),
  }),
  nothing,
);

export const screen = verb(
  z.strictObject({
    neutral: z.boolean(),
    default: z.union([text, z.int()], "expected a day or a number").optional(),
    text: text.optional(),
    latestYear: z.int().optional(),
  }),
  z.strictObject({ "config-error": z.enum(CONFIG_CODES).optional() }),
);

export const evidence = verb(
  z.strictObject({
    subject: text,
    kind: z.enum(EVIDENCE_KINDS),
    /** A year of birth is written as a number and meant as text. */
    value: z
      .union([z.string(), z.boolean(), z.int()], "expected text, a year, true or false")
      .optional(),
    claim: text.optional(),
    lower: z.number().optional(),
    upper: z.number().optional(),
    source: z.enum(EVIDENCE_SOURCES).optional(),
    session: text.optional(),
    confirmed: z.boolean().optional(),
    occasion: z.enum(OCCASIONS).optional(),
  }),
  z.strictObject({
    band: z.enum(BANDS).optional(),
    knowledge: z.enum(["actual", "none"]).optional(),
    refused: refused.optional(),
  }),
  { names: { subject: ["subject"] } },
);

export const notice = verb(
  z.strictObject({
    version: text,
    covers: texts,
    material: z.boolean().optional(),
    categories: z.array(z.enum(CATEGORIES)).optional(),
    recipients: texts.optional(),
    reviewer: text.optional(),
  }),
  nothing,
);

export const practice = verb(
  z.strictObject({
    purpose: text,
    recipients: recipients.optional(),
    use: z.enum(USES).optional(),
    for: z.enum(DISCLOSED_FOR).optional(),
    ended: z.literal(true).optional(),
    subject: text.optional(),
  }),
  z.strictObject({ invalidated: texts.optional() }),
  { names: { subject: ["subject"] }, expected: { invalidated: ["consent"] } },
);

export const request = verb(
  z.strictObject({
    subject: text,
    purposes: texts,
    method: z.enum(CONSENT_METHODS).optional(),
    notice: text.optional(),
    contact: text.optional(),
    from: z.enum(["parent", "subject"]).optional(),
    regime: regime.optional(),
    "all-or-nothing": z.boolean().optional(),
    as: text.optional(),
  }),
  z.strictObject({ refused: refused.optional(), request: z.literal("requested").optional() }),
  { names: { subject: ["subject"] }, makes: "request" },
);

export const answer = verb(
  z.strictObject({
    request: text,
    outcome: z.enum(["verified", "refused", "bounced", "no-answer", "not-a-parent"]),
    grants: texts.optional(),
    refuses: texts.optional(),
    /** `absent`: the provider does not say. */
    reported: z.enum([...CONSENT_METHODS, "absent"]).optional(),
    conditions: conditions.optional(),
    as: text.optional(),
  }),
  consent,
  { names: { request: ["request", "record"] }, makes: "consent" },
);

export const authorizeSchool = verb(
  z.strictObject({
    subject: text,
    school: text,
    representative: z
      .strictObject({
        name: text.optional(),
        title: text.optional(),
        attests: z.boolean().optional(),
      })
      .optional(),
    purposes: texts,
    as: text.optional(),
  }),
  consent,
  { names: { subject: ["subject"] }, makes: "consent" },
);

export const revoke = verb(
  z.strictObject({
    consent: text,
    by: z.enum(REVOKED_BY).optional(),
    purposes: texts.optional(),
  }),
  consentOnly,
  { names: { consent: ["consent"] } },
);

export const invalidate = verb(
  z.strictObject({ consent: text, reason: z.enum(INVALIDATION_REASONS) }),
  consentOnly,
  { names: { consent: ["consent"] } },
);

export const requestDeletion = verb(
  z.strictObject({
    subject: text,
    by: z.enum(["parent", "subject", "unverified"]),
    "keep-account": z.boolean().optional(),
    as: text.optional(),
  }),
  mayRefuse.extend({ due: dues.optional() }),
  { names: { subject: ["subject"] }, makes: "deletion" },
);

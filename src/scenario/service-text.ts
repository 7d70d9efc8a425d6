/** The `service` part of a scenario file: a privacy policy, its notices and its places. */
import { z } from "zod";
import { CONSENT_METHODS } from "../core/consent.js";
import { REGIMES, type RegimeName } from "../core/regimes/index.js";
import { isJurisdiction } from "../core/regimes/regime.js";
import { AUDIENCES, CATEGORIES, DISCLOSED_FOR, USES } from "../core/vocabulary.js";
import { CONFIG_CODES } from "../errors.js";
import { duration, moment, text, texts } from "./words.js";

/** The packs that the format names are the laws that this version has. */
const REGIME_NAMES = Object.keys(REGIMES) as readonly RegimeName[];
export const regime = z.enum(REGIME_NAMES);

export const jurisdiction = text.refine(isJurisdiction, "expected an ISO 3166 code");

export const FIELD_TYPES = ["string", "number", "integer", "boolean", "date", "bytes"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

const recipient = z.strictObject({
  name: text.optional(),
  role: z.literal("processor").optional(),
  category: text.optional(),
});
export const recipients = z.array(
  z.union([text, recipient], "expected a name, or a map with a name"),
);

const purpose = z.strictObject({
  use: z.enum(USES),
  recipients: recipients.optional(),
  integral: z.boolean().optional(),
  reason: text.optional(),
  for: z.enum(DISCLOSED_FOR).optional(),
});

/** What the service must be refused for at start (`retain`, `category`) may be absent here. */
const collection = z.strictObject({
  retain: text.optional(),
  from: z.enum(["collection", "last-use"]).optional(),
  fields: z.record(
    text,
    z.strictObject({ type: z.enum(FIELD_TYPES), category: z.enum(CATEGORIES).optional() }),
  ),
});

const place = z.strictObject({
  kind: z.enum(["replica", "backup", "key-escrow"]),
  keys: z.literal("apart").optional(),
  keeps: duration.optional(),
});

const notice = z.strictObject({
  version: text,
  published: moment,
  covers: texts,
  categories: z.array(z.enum(CATEGORIES)).optional(),
  recipients: texts.optional(),
  material: z.boolean().optional(),
  reviewer: text.optional(),
});

/**
 * Of a verification method, by the words of 16 CFR 312.5(b)(2). A word written wrong would count as
 * met, for a condition left out does.
 */
export const conditions = z.strictObject({
  "returned-by": z.enum(["post", "fax", "scan", "in-app"]).optional(),
  "holder-notified": z.boolean().optional(),
  monetary: z.boolean().optional(),
  "trained-staff": z.boolean().optional(),
  "id-deleted-after": duration.optional(),
  dynamic: z.boolean().optional(),
  questions: z.int().min(0).optional(),
  options: z.int().min(0).optional(),
  attempts: z
    .union([z.int().min(1), z.literal("unlimited")], "expected a number, or unlimited")
    .optional(),
  "plus-step-done": z.boolean().optional(),
  "revocation-notice": z.boolean().optional(),
});

export const Service = z.strictObject({
  audience: z.enum(AUDIENCES),
  jurisdiction,
  regimes: z.array(regime),
  purposes: z.record(text, purpose),
  collections: z.record(text, collection),
  places: z.record(text, place).optional(),
  notices: z.array(notice),
  methods: z.partialRecord(z.enum(CONSENT_METHODS), conditions).optional(),
  expect: z.strictObject({ "config-error": z.enum(CONFIG_CODES) }).optional(),
});
export type Service = z.infer<typeof Service>;

/** Everything of a file but its steps. */
export const Head = z.strictObject({
  scenario: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "expected a kebab-case id"),
  title: text,
  rule: text,
  firmness: z.enum(["order", "rule", "guidance", "design"]),
  service: Service,
  steps: z.array(z.unknown()),
});
export type Head = z.infer<typeof Head>;

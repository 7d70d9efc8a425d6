/** How things end: orders, purges, certificates, sweeps, and what state is left. */
import { z } from "zod";
import { BANDS } from "../../core/age.js";
import { CONSENT_METHODS, CONSENT_STATES } from "../../core/consent.js";
import { MODEL_STATES } from "../../core/model.js";
import { BASIS_KINDS } from "../../core/record.js";
import {
  day,
  dues,
  duration,
  KINDS,
  type Kind,
  mayRefuse,
  moment,
  text,
  texts,
  verb,
} from "../words.js";
import { dataStatus } from "./data.js";

const DATA: readonly Kind[] = ["record", "dataset", "artifact"];
const nothing = z.strictObject({});
const human = z.strictObject({
  name: text,
  title: text.optional(),
  human: z.boolean(),
  principal: z.boolean().optional(),
});
const oneOrMany = <T extends z.ZodType>(of: T) =>
  z.union([of, z.array(of).min(1)], "expected a known word, or a list of them").optional();
const covers = z.array(z.enum(["data", "models", "software"]));
const COUNTS = [
  "noticed",
  "consented",
  "school-authorised",
  "declined",
  "no-answer",
  "deletion-requested",
  "asked",
] as const;
const counts = z.partialRecord(z.enum(COUNTS), z.int().min(0));

const select = z.strictObject({
  subject: oneOrMany(text),
  consent: oneOrMany(text),
  notice: oneOrMany(text),
  method: oneOrMany(z.enum(CONSENT_METHODS)),
  provider: oneOrMany(text),
  source: oneOrMany(text),
  collection: oneOrMany(text),
  category: oneOrMany(text),
  purpose: oneOrMany(text),
  basis: oneOrMany(z.enum(BASIS_KINDS)),
  "band-at-collection": oneOrMany(z.enum(BANDS)),
  "consent-state": oneOrMany(z.enum(CONSENT_STATES)),
  collected: z.strictObject({ from: day.optional(), to: day.optional() }).optional(),
});

const DERIVED = ["embeddings", "labels", "generated", "copies", "joins", "aggregates"] as const;

const remedy = z.strictObject({
  data: z
    .union([
      z.literal("keep"),
      z.strictObject({
        destroy: duration,
        deidentified: z.literal("allowed").optional(),
        unless: z.literal("consent").optional(),
      }),
    ])
    .optional(),
  derived: z.partialRecord(z.enum(DERIVED), z.union([z.literal("keep"), duration])).optional(),
  models: z
    .union([
      z.literal("keep"),
      z.strictObject({
        relation: z.literal("in-whole-or-in-part"),
        destroy: duration,
        infeasible: z.literal("allowed").optional(),
      }),
    ])
    .optional(),
  recipients: z
    .strictObject({
      instruct: duration.optional(),
      forward: duration.optional(),
      list: duration.optional(),
      scope: covers.optional(),
    })
    .optional(),
  attest: z
    .strictObject({ due: duration, form: z.literal("28-usc-1746"), counts: z.boolean().optional() })
    .optional(),
  freeze: z.literal("immediately").optional(),
});

export const order = verb(
  z.strictObject({
    as: text.optional(),
    opened: day,
    select,
    remedy,
    "clock-starts": z.record(text, z.record(text, day)).optional(),
  }),
  z.strictObject({ due: dues.optional() }),
  { names: { "select.subject": ["subject"], "select.consent": ["consent"] }, makes: "order" },
);

const cause = z
  .strictObject({ order: text.optional(), request: text.optional(), as: text.optional() })
  .refine(
    ({ order: of, request }) => (of === undefined) !== (request === undefined),
    "expected one of order and request",
  );
const purging = mayRefuse.extend({
  steps: z.union([z.int(), texts]).optional(),
  purge: z.enum(["complete", "incomplete"]).optional(),
});
const CAUSES = { order: ["order"], request: ["deletion"] } as const;

export const plan = verb(cause, purging, { names: CAUSES, makes: "plan" });
export const approve = verb(cause, purging, { names: CAUSES });
export const run = verb(cause, purging, { names: CAUSES, makes: "purge" });

const ofPlace = () => verb(z.strictObject({ place: text }), nothing);
export const losePlace = ofPlace();
export const unreachable = ofPlace();
export const reachable = ofPlace();

const modelOrRefused = mayRefuse.extend({ model: z.enum(MODEL_STATES).optional() });

export const clear = verb(
  z.strictObject({ model: text, reason: text, by: human }),
  modelOrRefused,
  { names: { model: ["model"] } },
);

export const infeasible = verb(
  z.strictObject({
    model: text,
    order: text,
    product: text,
    reason: text,
    signer: human,
    statement: text.optional(),
  }),
  modelOrRefused,
  { names: { model: ["model"], order: ["order"] } },
);

export const sweep = verb(
  nothing,
  z.strictObject({ erased: texts.optional(), lapsed: texts.optional() }),
  { expected: { erased: DATA, lapsed: ["request"] } },
);

export const certify = verb(
  z.strictObject({
    purge: text,
    signer: human.optional(),
    statement: z.literal("28-usc-1746").optional(),
    retained: texts.optional(),
    counts: counts.optional(),
  }),
  mayRefuse.extend({
    certificate: z.literal("issued").optional(),
    retained: texts.optional(),
    "not-proven": texts.optional(),
    counts: counts.optional(),
  }),
  { names: { purge: ["purge"], retained: DATA }, expected: { retained: DATA } },
);

export const restore = verb(
  z.strictObject({ "backup-of": moment }),
  z.strictObject({ present: texts.optional(), absent: texts.optional() }),
  { expected: { present: DATA, absent: DATA } },
);

export const state = verb(
  z.strictObject({ of: text }),
  z.strictObject({
    status: dataStatus.optional(),
    band: z.enum(BANDS).optional(),
    consent: z.enum(CONSENT_STATES).optional(),
    model: z.enum(MODEL_STATES).optional(),
    contact: z.enum(["held", "erased"]).optional(),
    knowledge: z.enum(["actual", "none"]).optional(),
    method: z.enum(CONSENT_METHODS).optional(),
  }),
  { names: { of: KINDS } },
);

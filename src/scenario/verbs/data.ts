/** What becomes of data: taken, read, passed on, kept, sealed, derived, trained on, traced. */
import { z } from "zod";
import { MODEL_STATES } from "../../core/model.js";
import { EXCEPTIONS } from "../../core/record.js";
import { DERIVE_RELATIONS } from "../../core/relation.js";
import { REFUSAL_CODES } from "../../errors.js";
import { dues, type Kind, mayRefuse, moment, refused, text, texts, verb } from "../words.js";

const DATA: readonly Kind[] = ["record", "dataset", "artifact"];
const values = z.record(z.string(), z.unknown());
export const dataStatus = z.enum(["admitted", "restricted", "tainted", "held", "erased"]);

export const collect = verb(
  z.strictObject({
    subject: text,
    collection: text,
    purpose: text,
    values,
    exception: z.enum(EXCEPTIONS).optional(),
    consent: text.optional(),
    taken: moment.optional(),
    source: text.optional(),
    as: text.optional(),
  }),
  z.strictObject({ stored: z.literal(true).optional(), refused: refused.optional() }),
  { names: { subject: ["subject"], consent: ["consent"] }, makes: "record" },
);

export const read = verb(
  z
    .strictObject({ record: text.optional(), subject: text.optional(), purpose: text })
    .refine(
      ({ record, subject }) => (record === undefined) !== (subject === undefined),
      "expected one of record and subject",
    ),
  z.strictObject({ values: values.optional(), refused: refused.optional() }),
  { names: { record: ["record"], subject: ["subject"] } },
);

export const disclose = verb(
  z
    .strictObject({
      records: texts.optional(),
      dataset: text.optional(),
      recipient: text,
      purpose: text,
      form: z.enum(["plain", "hashed", "encrypted"]),
    })
    .refine(
      ({ records, dataset }) => (records === undefined) !== (dataset === undefined),
      "expected one of records and dataset",
    ),
  mayRefuse,
  { names: { records: ["record"], dataset: ["dataset", "artifact"] } },
);

export const acknowledge = verb(
  z
    .strictObject({
      recipient: text.optional(),
      place: text.optional(),
      outcome: z.enum(["deleted", "refused", "no-answer"]),
      covers: z.array(z.enum(["data", "models", "software"])).optional(),
      onward: texts.optional(),
    })
    .refine(
      ({ recipient, place }) => (recipient === undefined) !== (place === undefined),
      "expected one of recipient and place",
    ),
  z.strictObject({}),
);

export const hold = verb(
  z.strictObject({
    records: z.union([z.literal("all"), texts], "expected a list of records, or all"),
    authority: text,
    instrument: text.optional(),
    as: text.optional(),
  }),
  mayRefuse,
  { names: { records: DATA }, makes: "hold" },
);

export const release = verb(
  z.strictObject({ hold: text }),
  z.strictObject({ due: dues.optional() }),
  { names: { hold: ["hold"] } },
);

export const seal = verb(
  z.strictObject({
    dataset: text,
    purpose: text,
    select: z.strictObject({
      collection: text.optional(),
      subjects: texts.optional(),
      purpose: text.optional(),
    }),
    as: text.optional(),
  }),
  mayRefuse.extend({
    members: texts.optional(),
    excluded: z.record(text, z.enum(REFUSAL_CODES)).optional(),
  }),
  {
    names: { "select.subjects": ["subject"] },
    expected: { members: ["record"], excluded: ["record"] },
    makes: "dataset",
  },
);

export const derive = verb(
  z
    .strictObject({
      dataset: text.optional(),
      artifact: text.optional(),
      from: texts,
      relation: z.enum(DERIVE_RELATIONS),
      tagged: z.boolean().optional(),
      deidentified: z
        .strictObject({ method: text, report: text.optional(), by: text.optional() })
        .optional(),
      as: text.optional(),
    })
    .refine(
      ({ dataset, artifact }) => (dataset === undefined) !== (artifact === undefined),
      "expected one of dataset and artifact",
    ),
  mayRefuse.extend({ status: dataStatus.optional() }),
  { names: { from: [...DATA, "model"] }, makes: "dataset" },
);

/** The format's words; the client knows `converted` besides. */
const RELATIONS = [
  "trained-on",
  "fine-tuned-from",
  "distilled-from",
  "merged-from",
  "adapter-of",
  "quantized-from",
  "evaluated-on",
] as const;
const parent = z.union(
  [text, z.strictObject({ of: text, relation: z.enum(RELATIONS) })],
  "expected an alias, or a map of `of` and `relation`",
);

export const train = verb(
  z
    .strictObject({
      model: text,
      from: z.union([z.literal("unknown"), z.array(parent)], "expected a list, or unknown"),
      relation: z.enum(RELATIONS).optional(),
      digest: text.optional(),
      places: texts.optional(),
      as: text.optional(),
    })
    .refine(
      ({ from, relation }) => from === "unknown" || relation !== undefined,
      "expected a relation",
    ),
  mayRefuse.extend({ model: z.enum(MODEL_STATES).optional() }),
  { names: { from: [...DATA, "model"] }, makes: "model" },
);

export const serve = verb(
  z.strictObject({ model: text }),
  z.strictObject({ "may-serve": z.boolean().optional() }),
  { names: { model: ["model"] } },
);

export const trace = verb(
  z.strictObject({ from: text }),
  z.strictObject({
    records: texts.optional(),
    datasets: texts.optional(),
    artifacts: texts.optional(),
    models: texts.optional(),
    recipients: texts.optional(),
  }),
  {
    names: { from: ["subject", "consent", "order", "record", "dataset", "artifact", "model"] },
    expected: {
      records: ["record"],
      datasets: ["dataset"],
      artifacts: ["artifact"],
      models: ["model"],
    },
  },
);

/**
 * The words of an order as they are written down: which records, which remedies, by when, from
 * which day on. Read strictly: a word that nobody acts on would be a duty that nobody does.
 */
import { z } from "zod";
import { CustodyError } from "../errors.js";
import { parseCivilDate } from "../lib/civil-date.js";
import { parseDuration } from "../lib/duration.js";
import { BANDS } from "./age.js";
import { CONSENT_STATES } from "./consent.js";
import { BASIS_KINDS } from "./record.js";

const oneOrMany = <T extends z.ZodType>(of: T) => z.union([of, z.array(of).min(1)]).optional();
const day = z.string().refine((text) => parseCivilDate(text) !== undefined, "not a calendar day");
const span = z.string().refine((text) => parseDuration(text) !== undefined, "not a duration");

const Select = z.strictObject({
  subject: oneOrMany(z.string()),
  consent: oneOrMany(z.string()),
  notice: oneOrMany(z.string()),
  method: oneOrMany(z.string()),
  provider: oneOrMany(z.string()),
  source: oneOrMany(z.string()),
  collection: oneOrMany(z.string()),
  category: oneOrMany(z.string()),
  purpose: oneOrMany(z.string()),
  basis: oneOrMany(z.enum(BASIS_KINDS)),
  "band-at-collection": oneOrMany(z.enum(BANDS)),
  "consent-state": oneOrMany(z.enum(CONSENT_STATES)),
  collected: z.strictObject({ from: day.optional(), to: day.optional() }).optional(),
});
/** No word selects nothing in particular; an order that means every record says so by its dates. */
const SelectSome = Select.refine((select) => Object.keys(select).length > 0, "selects nothing");

/** `keep`, or the time within which things of the class are destroyed. */
const keepOrSpan = z.union([z.literal("keep"), span]).optional();

/**
 * What is made of the data and is no model, by how it was made. A class that is not named follows
 * `data`.
 */
const Derived = z.strictObject({
  embeddings: keepOrSpan,
  labels: keepOrSpan,
  generated: keepOrSpan,
  copies: keepOrSpan,
  joins: keepOrSpan,
  aggregates: keepOrSpan,
});

const Data = z.strictObject({
  destroy: span,
  /** What a consent is obtained for in time may live (Kurbo and Edmodo orders). */
  unless: z.literal("consent").optional(),
  /** A documented de-identified copy may live (X-Mode order). */
  deidentified: z.literal("allowed").optional(),
});

const Models = z.strictObject({
  relation: z.literal("in-whole-or-in-part"),
  destroy: span,
  /** The sworn exit of the Ring order is open: see `models.infeasible`. */
  infeasible: z.literal("allowed").optional(),
});

/** What a recipient is told to destroy. */
export const SCOPES = ["data", "models", "software"] as const;
export type Scope = (typeof SCOPES)[number];

const Recipients = z.strictObject({
  /** Within which every recipient is told. */
  instruct: span.optional(),
  /** Within which a reply is sent on to the authority, counted from the day it came. */
  forward: span.optional(),
  /** Within which a sworn list of the recipients is handed in. */
  list: span.optional(),
  /** Default the data alone: what an order does not name it does not ask of others. */
  scope: z.array(z.enum(SCOPES)).min(1).optional(),
});

const Remedy = z.strictObject({
  data: z.union([Data, z.literal("keep")]).optional(),
  derived: Derived.optional(),
  /** Left out: frozen with the rest, not destroyed. */
  models: z.union([Models, z.literal("keep")]).optional(),
  recipients: Recipients.optional(),
  attest: z
    .strictObject({ due: span, form: z.literal("28-usc-1746"), counts: z.boolean().optional() })
    .optional(),
  freeze: z.literal("immediately").optional(),
});

/** What has a day of its own: the keys of `due`, and of `clock-starts`. */
export const DUTIES = [
  "data",
  "embeddings",
  "labels",
  "generated",
  "copies",
  "joins",
  "aggregates",
  "models",
  "instruct",
  "list",
  "attest",
] as const;
export type DutyName = (typeof DUTIES)[number];

/** From which day a clock runs, where it is not the day the order was opened. */
export const CLOCK_STARTS = ["effective", "entry", "returned-by-regulator"] as const;
export type ClockStart = (typeof CLOCK_STARTS)[number];

/** One start for a duty: with two, nobody could say which of them counts. */
const Start = z
  .partialRecord(z.enum(CLOCK_STARTS), day)
  .refine((starts) => Object.keys(starts).length === 1, "one start expected");

export const OrderText = z.strictObject({
  title: z.string().min(1).max(500),
  citation: z.string().min(1).max(500),
  opened: day,
  "clock-starts": z.partialRecord(z.enum(DUTIES), Start).optional(),
  select: SelectSome,
  remedy: Remedy,
});

export type OrderText = z.infer<typeof OrderText>;
export type OrderSelect = z.infer<typeof Select>;
export type OrderRemedy = z.infer<typeof Remedy>;

/** @throws `order-invalid` naming the path of the first fault; no value is repeated */
export function readOrder(given: unknown): OrderText {
  const read = OrderText.safeParse(given);
  if (read.success) return requireClocks(read.data);
  const issue = read.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknown].join(".") || "order";
  throw new CustodyError("order-invalid", { path, reason: issue?.code ?? "invalid" });
}

/** A start for a duty that the order does not have is a clock that nobody would look at. */
function requireClocks(order: OrderText): OrderText {
  const terms = termsOf(order.remedy);
  for (const duty of Object.keys(order["clock-starts"] ?? {})) {
    if (terms[duty as DutyName] !== undefined) continue;
    const path = `clock-starts.${duty}`;
    throw new CustodyError("order-invalid", { path, reason: "no such duty in the remedy" });
  }
  return order;
}

/** The time that each duty of a remedy gives; what is kept or left out has none. */
export function termsOf(remedy: OrderRemedy): { readonly [D in DutyName]?: string } {
  const { data, derived, models, recipients, attest } = remedy;
  const terms: { [D in DutyName]?: string } = {};
  const set = (duty: DutyName, term: string | undefined): void => {
    if (term !== undefined && term !== "keep") terms[duty] = term;
  };
  if (data !== "keep") set("data", data?.destroy);
  for (const [name, term] of Object.entries(derived ?? {})) set(name as DutyName, term);
  if (models !== "keep") set("models", models?.destroy);
  set("instruct", recipients?.instruct);
  set("list", recipients?.list);
  set("attest", attest?.due);
  return terms;
}

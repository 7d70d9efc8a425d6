/**
 * An order: a query over provenance, remedies with their clocks, and what must be sworn. Days are
 * calendar days from the day it was opened (or the start its own text names).
 */
import { z } from "zod";
import { CustodyError } from "../errors.js";
import { formatCivilDate, parseCivilDate } from "../lib/civil-date.js";
import { addDurationToDate, parseDuration } from "../lib/duration.js";
import { BANDS, type Band } from "./age.js";
import { CONSENT_STATES, type ConsentState, type ConsentStatus } from "./consent.js";
import { BASIS_KINDS, type Basis } from "./record.js";
import type { RecordRow } from "./row.js";

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

const Destroy = z.strictObject({ destroy: span, unless: z.literal("consent").optional() });

const Remedy = z.strictObject({
  data: z.union([Destroy, z.literal("keep")]).optional(),
  models: z
    .union([
      z.strictObject({ relation: z.literal("in-whole-or-in-part"), destroy: span }),
      z.literal("keep"),
    ])
    .optional(),
  attest: z
    .strictObject({ due: span, form: z.literal("28-usc-1746"), counts: z.boolean().optional() })
    .optional(),
  freeze: z.literal("immediately").optional(),
});

export const OrderText = z.strictObject({
  title: z.string().min(1).max(500),
  citation: z.string().min(1).max(500),
  opened: day,
  select: SelectSome,
  remedy: Remedy,
});

export type OrderText = z.infer<typeof OrderText>;
export type OrderSelect = z.infer<typeof Select>;

export interface Order extends OrderText {
  readonly id: string;
  /** Duty to its calendar day (YYYY-MM-DD). */
  readonly due: { readonly [duty: string]: string };
  /** ISO instant since which what it selects is frozen; "" when it does not freeze before `run`. */
  readonly frozenAt: string;
}

/** @throws `order-invalid` naming the path of the first fault; no value is repeated */
export function readOrder(given: unknown): OrderText {
  const read = OrderText.safeParse(given);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknown].join(".") || "order";
  throw new CustodyError("order-invalid", { path, reason: issue?.code ?? "invalid" });
}

/** The day on which each duty falls due. */
export function dutiesOf(order: OrderText): { readonly [duty: string]: string } {
  const due: Record<string, string> = {};
  const { data, models, attest } = order.remedy;
  if (data !== undefined && data !== "keep") due.data = dayAfter(order.opened, data.destroy);
  if (models !== undefined && models !== "keep") {
    due.models = dayAfter(order.opened, models.destroy);
  }
  if (attest !== undefined) due.attest = dayAfter(order.opened, attest.due);
  return due;
}

function dayAfter(opened: string, duration: string): string {
  const from = parseCivilDate(opened);
  const after = parseDuration(duration);
  if (from === undefined || after === undefined) {
    throw new CustodyError("order-invalid", { path: "remedy", reason: "not a duration" });
  }
  return formatCivilDate(addDurationToDate(from, after));
}

/** The days within which a consent spares what an order selected, where its own text says so. */
export interface Sparing {
  readonly from: string;
  /** The last day, YYYY-MM-DD: the one on which the data must be destroyed. */
  readonly until: string;
}

/** `unless: consent`, or undefined when nothing is spared. */
export function sparingOf(order: Pick<Order, "opened" | "remedy" | "due">): Sparing | undefined {
  const { data } = order.remedy;
  if (data === undefined || data === "keep" || data.unless !== "consent") return undefined;
  return { from: order.opened, until: order.due.data ?? order.opened };
}

/** True when a consent given in time, and standing, covers the record's own purpose. */
export function isSpared(
  sparing: Sparing | undefined,
  purpose: string,
  consents: readonly ConsentState[],
): boolean {
  if (sparing === undefined) return false;
  return consents.some(({ answeredAt, decisions }) => {
    const day = answeredAt.slice(0, 10);
    const given = decisions.some((d) => d.purpose === purpose && d.verdict === "given");
    return given && day >= sparing.from && day <= sparing.until;
  });
}

/** What the selector needs to know of a record beyond its row and basis. */
export interface SelectorFacts {
  /** The band at collection by what is known now. */
  readonly band: Band;
  readonly consentState: ConsentStatus | "";
  readonly categories: readonly string[];
}

/**
 * True when the record is within the order's words. Every key given must match; a list means any
 * of.
 */
export function selects(
  select: OrderSelect,
  record: RecordRow,
  basis: Basis,
  facts: SelectorFacts,
): boolean {
  const { collected } = select;
  const dayOf = record.collected.slice(0, 10);
  if (collected?.from !== undefined && dayOf < collected.from) return false;
  if (collected?.to !== undefined && dayOf > collected.to) return false;
  return (
    matches(select.subject, record.subject) &&
    matches(select.consent, basis.consent) &&
    matches(select.notice, basis.notice) &&
    matches(select.method, basis.method) &&
    matches(select.provider, basis.verifier) &&
    matches(select.source, record.source) &&
    matches(select.collection, record.collection) &&
    matches(select.purpose, record.purpose) &&
    matches(select.basis, basisWord(basis)) &&
    matches(select["band-at-collection"], facts.band) &&
    matches(select["consent-state"], facts.consentState) &&
    (select.category === undefined || facts.categories.some((c) => matches(select.category, c)))
  );
}

/** A consent that the collector cited is its basis, also where no regime had asked for one. */
function basisWord({ kind, consent }: Basis): Basis["kind"] {
  return kind === "none" && consent !== "" ? "consent" : kind;
}

function matches(wanted: string | readonly string[] | undefined, found: string): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? wanted === found : wanted.includes(found);
}

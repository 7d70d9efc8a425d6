/**
 * When each duty of an order falls due. Days are calendar days from the day the order was opened,
 * or from the start that its own text names for that duty.
 */
import { CustodyError } from "../errors.js";
import { formatCivilDate, parseCivilDate } from "../lib/civil-date.js";
import { addDurationToDate, parseDuration } from "../lib/duration.js";
import { type DutyName, type OrderText, type Scope, termsOf } from "./order-text.js";

/** Duty to its calendar day (YYYY-MM-DD). */
export type DueDays = { readonly [duty: string]: string };

export function dutiesOf(order: OrderText): DueDays {
  const due: Record<string, string> = {};
  for (const [duty, term] of Object.entries(termsOf(order.remedy))) {
    due[duty] = dayAfter(startOf(order, duty as DutyName), term);
  }
  return due;
}

function startOf(order: OrderText, duty: DutyName): string {
  const [named] = Object.values(order["clock-starts"]?.[duty] ?? {});
  return named ?? order.opened;
}

/** @throws `order-invalid` for what is no day or no duration */
export function dayAfter(day: string, term: string): string {
  const from = parseCivilDate(day);
  const after = parseDuration(term);
  if (from === undefined || after === undefined) {
    throw new CustodyError("order-invalid", { path: "remedy", reason: "not a duration" });
  }
  return formatCivilDate(addDurationToDate(from, after));
}

/** What recipients of the order's data are told to destroy; undefined where none are told. */
export function scopeOf({ remedy }: Pick<OrderText, "remedy">): readonly Scope[] | undefined {
  if (remedy.recipients === undefined) return undefined;
  return remedy.recipients.scope ?? ["data"];
}

/** The day by which a reply that came on this day is sent on; "" where the order asks for none. */
export function forwardBy({ remedy }: Pick<OrderText, "remedy">, repliedOn: string): string {
  const term = remedy.recipients?.forward;
  return term === undefined ? "" : dayAfter(repliedOn, term);
}

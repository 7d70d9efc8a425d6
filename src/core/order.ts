/**
 * An order: a query over provenance, remedies with their clocks, and what must be sworn.
 */
import type { OrderText } from "./order-text.js";

export interface Order extends OrderText {
  readonly id: string;
  /** Duty to its calendar day (YYYY-MM-DD). */
  readonly due: { readonly [duty: string]: string };
  /** ISO instant since which what it selects is frozen; "" when it does not freeze before `run`. */
  readonly frozenAt: string;
  /** Absent for none. */
  readonly exits?: readonly SwornExit[];
}

/** What an officer swore cannot be destroyed, under an order that leaves that open. */
export interface SwornExit {
  readonly model: string;
  readonly product: string;
  readonly reason: string;
  /** ISO instant. */
  readonly swornAt: string;
  readonly by: { readonly name: string; readonly title: string };
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

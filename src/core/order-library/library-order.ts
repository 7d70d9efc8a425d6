/**
 * A real order as a starting point: its remedies as data, where they can be read, and what our
 * source does not tell. Selectors name things of the operator's own service and are to be adapted.
 */
import type { OrderRemedy, OrderSelect, OrderText } from "../order-text.js";

export const CASE_PAGES = "https://www.ftc.gov/legal-library/browse/cases-proceedings/";

export interface LibraryPart {
  /** What this part is about, in a line. */
  readonly about: string;
  readonly select: OrderSelect;
  readonly remedy: OrderRemedy;
  readonly "clock-starts"?: OrderText["clock-starts"];
}

export interface LibraryOrder {
  /** Short, kebab-case: as in `--like`. */
  readonly name: string;
  readonly title: string;
  readonly citation: string;
  /** The last part of the case page's address, after `CASE_PAGES`. */
  readonly page: string;
  /**
   * `order`: read in a structured copy of the order's own text; nothing here was compared with the
   * signed document.
   */
  readonly read: "order";
  readonly parts: readonly LibraryPart[];
  /** What sets it apart, and what a program cannot do for the operator. */
  readonly notes: readonly string[];
  /** What the source does not tell: to be read in the order before anything is sworn. */
  readonly unknown: readonly string[];
}

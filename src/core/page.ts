/** A page as blocks of plain text: what is written is never markup, whoever wrote it. */

/** `lacks`: said in place of something that should be there. */
export type Cell = string | { readonly lacks: string };

export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: Cell }
  | { readonly kind: "list"; readonly items: readonly Cell[] }
  | {
      readonly kind: "table";
      readonly caption: string;
      readonly head: readonly string[];
      /** The first cell of each row is what the row is about. */
      readonly rows: readonly (readonly Cell[])[];
    };

export interface Page {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export const heading = (text: string): Block => ({ kind: "heading", text });
export const paragraph = (text: Cell): Block => ({ kind: "paragraph", text });
export const list = (items: readonly Cell[]): Block => ({ kind: "list", items });

/** A table; where there is nothing to list, the sentence that says so. */
export function tableOr(
  nothing: string,
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): Block {
  return rows.length === 0 ? paragraph(nothing) : { kind: "table", caption, head, rows };
}

/**
 * Text that is safe to lay out: control characters and line breaks are a space, and what would turn
 * the reading direction is left out.
 */
export function laidOut(text: string): string {
  return text
    .replace(/[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{200e}\u{200f}\u{61c}]/gu, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim();
}

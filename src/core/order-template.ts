/** A library order as a commented file to start one's own order from. */
import { stringify } from "yaml";
import { CASE_PAGES, type LibraryOrder, type LibraryPart } from "./order-library/index.js";

const COLUMNS = 96;

/** YAML, one document for each part. @param opened YYYY-MM-DD: the day the clocks run from */
export function orderTemplate(order: LibraryOrder, opened: string): string {
  const head = [
    `Modelled on: ${order.title}`,
    order.citation,
    `${CASE_PAGES}${order.page}`,
    "Read in a structured copy of the order's text, not compared with the signed " +
      "document. Not legal advice.",
    "",
    ...order.notes.map((note) => `- ${note}`),
    ...order.unknown.map((unknown) => `- UNKNOWN here, read your order: ${unknown}`),
    "",
    "Every word of `select` names something of your own service: adapt it, then " +
      "`custody order open FILE`.",
    "Other starts of a clock: `clock-starts: {data: {effective: YYYY-MM-DD}}` (effective, entry,",
    "returned-by-regulator).",
  ];
  const parts = order.parts.map((part) => partText(order, part, opened));
  return `${comment(head)}${parts.join("---\n")}`;
}

function partText(order: LibraryOrder, part: LibraryPart, opened: string): string {
  const { about, select, remedy } = part;
  const starts = part["clock-starts"];
  const text = {
    title: order.parts.length === 1 ? order.title : `${order.title}: ${about}`,
    citation: order.citation,
    opened,
    ...(starts === undefined ? {} : { "clock-starts": starts }),
    select,
    remedy,
  };
  return `${comment([`This part: ${about}.`])}${stringify(text, { lineWidth: COLUMNS })}`;
}

function comment(lines: readonly string[]): string {
  return lines
    .flatMap(wrapped)
    .map((line) => (line === "" ? "#\n" : `# ${line}\n`))
    .join("");
}

function wrapped(line: string): readonly string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > COLUMNS) {
    const at = rest.lastIndexOf(" ", COLUMNS);
    if (at <= 0) break;
    lines.push(rest.slice(0, at));
    rest = `  ${rest.slice(at + 1)}`;
  }
  return [...lines, rest];
}

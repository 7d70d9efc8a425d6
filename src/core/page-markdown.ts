/** Pages as GitHub-flavoured Markdown. */
import { type Block, type Cell, laidOut, type Page } from "./page.js";

/** Pages one after the other, each under a heading of the first level. */
export function toMarkdown(pages: readonly Page[]): string {
  return `${pages.map(pageOf).join("\n\n")}\n`;
}

function pageOf({ title, blocks }: Page): string {
  return [`# ${escaped(title)}`, ...blocks.map(blockOf)].join("\n\n");
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `## ${escaped(block.text)}`;
    case "paragraph":
      return cellOf(block.text);
    case "list":
      return block.items.map((item) => `- ${cellOf(item)}`).join("\n");
    case "table":
      return [
        `**${escaped(block.caption)}**`,
        "",
        row(block.head.map(escaped)),
        row(block.head.map(() => "---")),
        ...block.rows.map((cells) => row(cells.map(cellOf))),
      ].join("\n");
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function cellOf(cell: Cell): string {
  return typeof cell === "string" ? escaped(cell) : `**${escaped(cell.lacks)}**`;
}

/**
 * What could begin markup or a link is escaped: also a colon inside a word, `@` and the dot of
 * `www.`, of which GitHub makes links by itself, and what would make a list or a rule at the start
 * of a line.
 */
function escaped(text: string): string {
  return laidOut(text)
    .replace(/[\\`*_{}[\]<>#|~&@$]/g, "\\$&")
    .replace(/:(?=\S)/g, "\\:")
    .replace(/www\./gi, (found) => `${found.slice(0, -1)}\\.`)
    .replace(/^(\d+)([.)])/, "$1\\$2")
    .replace(/^[-+=]/, "\\$&");
}

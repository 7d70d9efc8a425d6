/**
 * Pages as one HTML file that needs nothing else: no script, nothing loaded, and a content security
 * policy that says so.
 */
import { type Block, type Cell, laidOut, type Page } from "./page.js";

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de;
  --ground: #ffffff; --head: #f3f5f7; --lack: #a40e26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a3acb5; --line: #3d444d;
  --ground: #12161b; --head: #1d232a; --lack: #ff8a94; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 3.5rem 0 0.75rem; }
h2, h3 { text-wrap: balance; }
h3 { font-size: 1.15rem; margin: 2.25rem 0 0.5rem; }
p, ul { max-width: 44rem; }
p { margin: 0 0 0.9rem; overflow-wrap: anywhere; }
ul { margin: 0 0 1rem; padding-left: 1.25rem; }
.table { overflow-x: auto; margin: 1rem 0 1.5rem; }
.table:focus-visible { outline: 2px solid var(--soft); outline-offset: 3px; }
table { border-collapse: collapse; width: 100%; font-size: 0.96875rem; line-height: 1.45; }
caption { text-align: left; color: var(--soft); padding: 0 0 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.55rem 0.75rem;
  border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
thead th { background: var(--head); border-bottom: 2px solid var(--line); }
tbody th { font-weight: 600; }
.lacks { color: var(--lack); font-weight: 600; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --line: #999; --ground: #fff;
    --head: #eee; --lack: #000; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .table { overflow: visible; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h1, h2, h3, caption { break-after: avoid; }
  .page + .page { break-before: page; }
  .lacks { text-decoration: underline; }
}
`.trim();

/**
 * One file. A single page has its title as the heading of the whole; several stand below `title`.
 */
export function toHtml(title: string, pages: readonly Page[]): string {
  const [only] = pages;
  const alone = pages.length === 1 && only !== undefined;
  const body = alone
    ? sectionOf(only, 1)
    : [`<h1>${escaped(title)}</h1>`, ...pages.map((page) => sectionOf(page, 2))].join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(alone ? only.title : title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

function sectionOf({ title, blocks }: Page, level: 1 | 2): string {
  return [
    '<section class="page">',
    `<h${level}>${escaped(title)}</h${level}>`,
    ...blocks.map((block) => blockOf(block, level + 1)),
    "</section>",
  ].join("\n");
}

function blockOf(block: Block, level: number): string {
  switch (block.kind) {
    case "heading":
      return `<h${level}>${escaped(block.text)}</h${level}>`;
    case "paragraph":
      return `<p>${cellOf(block.text)}</p>`;
    case "list":
      return `<ul>\n${block.items.map((item) => `<li>${cellOf(item)}</li>`).join("\n")}\n</ul>`;
    case "table":
      return tableOf(block);
  }
}

/** The frame can be scrolled by keyboard, so that a narrow screen cuts nothing off. */
function tableOf({ caption, head, rows }: Extract<Block, { readonly kind: "table" }>): string {
  const heads = head.map((text) => `<th scope="col">${escaped(text)}</th>`).join("");
  const lines = rows.map(([first = "", ...rest]) => {
    const cells = rest.map((cell) => `<td>${cellOf(cell)}</td>`).join("");
    return `<tr><th scope="row">${cellOf(first)}</th>${cells}</tr>`;
  });
  return [
    `<div class="table" role="region" tabindex="0" aria-label="${escaped(caption)}">`,
    `<table>\n<caption>${escaped(caption)}</caption>`,
    `<thead><tr>${heads}</tr></thead>`,
    `<tbody>\n${lines.join("\n")}\n</tbody>\n</table>`,
    "</div>",
  ].join("\n");
}

function cellOf(cell: Cell): string {
  if (typeof cell === "string") return escaped(cell);
  return `<strong class="lacks">${escaped(cell.lacks)}</strong>`;
}

const ENTITIES: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return laidOut(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

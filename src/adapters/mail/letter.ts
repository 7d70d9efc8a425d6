/**
 * A letter as blocks, written once and rendered twice, so that the plain text and the HTML cannot
 * say different things to different parents. Everything is escaped on the way out; no block holds
 * markup.
 */

export type Block =
  | { readonly kind: "title"; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  /** Text whose own line breaks are kept: the direct notice. */
  | { readonly kind: "notice"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "link"; readonly label: string; readonly url: string };

export interface Letter {
  readonly subject: string;
  readonly blocks: readonly Block[];
}

/** The letter for a mail program without HTML: each link stands on a line of its own. */
export function letterText(letter: Letter): string {
  return `${letter.blocks.map(blockText).join("\n\n")}\n`;
}

/**
 * The letter as one HTML page without style sheets, pictures or scripts: nothing is loaded when it
 * is opened.
 */
export function letterHtml(letter: Letter): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escapeHtml(letter.subject)}</title></head><body>`,
    ...letter.blocks.map(blockHtml),
    "</body></html>",
  ].join("\n");
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "title":
      return `${oneLine(block.text)}\n${"=".repeat(oneLine(block.text).length)}`;
    case "paragraph":
      return oneLine(block.text);
    case "notice":
      return block.text;
    case "list":
      return block.items.map((item) => `- ${oneLine(item)}`).join("\n");
    case "link":
      return `${oneLine(block.label)}:\n${block.url}`;
  }
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case "title":
      return `<h1>${escapeHtml(block.text)}</h1>`;
    case "paragraph":
      return `<p>${escapeHtml(block.text)}</p>`;
    case "notice":
      return `<blockquote style="white-space: pre-wrap">${escapeHtml(block.text)}</blockquote>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
    case "link":
      return `<p><a href="${escapeHtml(block.url)}">${escapeHtml(block.label)}</a></p>`;
  }
}

/** A name with a line break in it must not look like a line of the letter. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? "");
}

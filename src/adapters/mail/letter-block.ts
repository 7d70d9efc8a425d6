/** The pieces that letters to parents are made of. */
import type { Block } from "./letter.js";

export function title(text: string): Block {
  return { kind: "title", text };
}

export function paragraph(text: string): Block {
  return { kind: "paragraph", text };
}

export function link(label: string, url: string): Block {
  return { kind: "link", label, url };
}

export function offered(url: string | undefined, label: string): readonly Block[] {
  return url === undefined ? [] : [link(label, url)];
}

export function listed(heading: string, items: readonly string[]): readonly Block[] {
  return items.length === 0 ? [] : [paragraph(heading), { kind: "list", items }];
}

/** To the minute, downwards: a promise to a parent is never longer than the link's life. */
export function readable(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

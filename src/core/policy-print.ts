/** The pages of a policy, laid out. */
import { CustodyError } from "../errors.js";
import { requireKnown } from "./options.js";
import { toHtml } from "./page-html.js";
import { toMarkdown } from "./page-markdown.js";
import type { PolicyPages } from "./policy-pages.js";
import { practicesPage } from "./practices-page.js";
import { retentionPage } from "./retention-page.js";

export const PAGE_NAMES = ["retention", "practices", "all"] as const;
export type PageName = (typeof PAGE_NAMES)[number];

export const PAGE_FORMATS = ["markdown", "html"] as const;
export type PageFormat = (typeof PAGE_FORMATS)[number];

/**
 * The text of a page, the same for the same facts. Markdown is GitHub's; HTML is one whole file
 * that loads nothing. Whatever the policy's words are, they are text there and never markup.
 * @throws `option-unknown`, `option-invalid` for a page or format that there is not
 */
export function renderPolicyPages(
  pages: PolicyPages,
  options: { readonly page: PageName; readonly format: PageFormat },
): string {
  requireKnown(options, ["page", "format"], "print");
  const { page, format } = options;
  if (!PAGE_NAMES.includes(page)) throw invalid("print.page");
  if (!PAGE_FORMATS.includes(format)) throw invalid("print.format");
  const printed = [
    ...(page === "retention" ? [] : [practicesPage(pages)]),
    ...(page === "practices" ? [] : [retentionPage(pages)]),
  ];
  if (format === "markdown") return toMarkdown(printed);
  return toHtml(`Data practices and retention policy of ${pages.service}`, printed);
}

function invalid(path: string): CustodyError {
  return new CustodyError("option-invalid", { path, reason: "there is no such one" });
}

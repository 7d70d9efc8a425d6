/** A notice in a declared form: read strictly, judged against its paragraphs and the policy. */
import type { Notice } from "../core/notice.js";
import { misfitsOf, type Told } from "../core/notice-fit.js";
import {
  DIRECT_NOTICES,
  type DirectNotice,
  NOTICE_FORMS,
  type NoticeContent,
  type NoticeForm,
  type NoticeItem,
  readNoticeItems,
} from "../core/notice-item.js";
import { missingItems, noticeRules, scopeOf } from "../core/notice-rule.js";
import type { Policy } from "../core/policy.js";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";

export interface NoticeContentInput {
  readonly form?: NoticeForm;
  readonly direct?: DirectNotice;
  readonly items?: readonly NoticeItem[];
}

/**
 * The declared content, or undefined for a notice that declares no form: nothing of it is checked.
 * @throws `option-invalid` for items without a form, an unknown form, a direct notice's purpose on
 * an online one, and an item that the form does not have; `limit-exceeded`
 */
export function readContent(input: NoticeContentInput): NoticeContent | undefined {
  const { form, direct, items = [] } = input;
  if (form === undefined) {
    if (direct === undefined && input.items === undefined) return undefined;
    throw invalid("notice.form", "items are checked in a form: direct or online");
  }
  if (!NOTICE_FORMS.includes(form)) throw invalid("notice.form", "not a form");
  if (direct !== undefined && (form !== "direct" || !DIRECT_NOTICES.includes(direct))) {
    throw invalid("notice.direct", "not what a direct notice is for");
  }
  const about = form === "direct" ? (direct ?? "consent") : "";
  const read = readNoticeItems(items, "notice.items");
  const known = new Set<string>(noticeRules(form, about).map(({ item }) => item));
  const stray = read.findIndex(({ item }) => !known.has(item));
  if (stray >= 0) throw invalid(`notice.items.${stray}`, "not an item of this form");
  return Object.freeze({ form, direct: about, items: Object.freeze(read) });
}

/**
 * @throws `notice-incomplete` with every missing item and its paragraph in `details.missing`;
 * `notice-contradicted` with everything that does not fit in `details.misfits`
 */
export function judgeContent(content: NoticeContent, told: Told, policy: Policy): void {
  const missing = missingItems(content, scopeOf(policy, told.covers));
  if (missing.length > 0) {
    const reason = missing.map(({ item, paragraph }) => `${item} (${paragraph})`).join(", ");
    throw new CustodyError("notice-incomplete", { path: "notice.items", missing, reason });
  }
  const misfits = misfitsOf(content, told, policy);
  const [first] = misfits;
  if (first === undefined) return;
  throw new CustodyError("notice-contradicted", { ...first, misfits });
}

/** SHA-256 (hex) over the text together with the form and the items. */
export function contentHashOf(text: string, content: NoticeContent): string {
  return sha256Hex(canonical({ ...content, text } as unknown as Json));
}

/**
 * For each purpose, the newest notice of each form that covers it: what a reader is told now.
 * Earlier ones bind consents that were given on them and are not judged again.
 */
export function newestChecked(notices: Iterable<Notice>): readonly Notice[] {
  const newest = new Map<string, Notice>();
  for (const notice of notices) {
    const { content } = notice;
    if (content === undefined) continue;
    for (const purpose of notice.covers) {
      const key = JSON.stringify([content.form, content.direct, purpose]);
      const before = newest.get(key);
      if (before === undefined || notice.order > before.order) newest.set(key, notice);
    }
  }
  return [...new Set(newest.values())].sort((a, b) => a.order - b.order);
}

function invalid(path: string, reason: string): CustodyError {
  return new CustodyError("option-invalid", { path, reason });
}

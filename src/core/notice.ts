/**
 * A notice: what parents and people were told. Versioned, hashed, and the outer bound of what a
 * consent can cover.
 */
import type { NoticeContent } from "./notice-item.js";
import type { Category, Use } from "./vocabulary.js";

export interface Notice {
  readonly id: string;
  readonly version: string;
  /** ISO instant of publication. */
  readonly published: string;
  /** Purposes it describes. */
  readonly covers: readonly string[];
  /** What each covered purpose was used for when the notice was published. */
  readonly uses: { readonly [purpose: string]: Use };
  readonly categories: readonly Category[];
  /** Names of recipients, or of their categories. */
  readonly recipients: readonly string[];
  readonly material: boolean;
  /**
   * Who reviewed a correction that changes no practice (a role or id, never a value of a data
   * subject).
   */
  readonly reviewer: string;
  /** SHA-256 (hex) over the text shown. */
  readonly textHash: string;
  readonly text: string;
  /** What it says item by item; absent when no form was declared, and then nothing was checked. */
  readonly content?: NoticeContent;
  /** SHA-256 (hex) over the text together with the form and the items, where there are any. */
  readonly contentHash?: string;
  /** Its place in the order of publication, from 1: what is newer is higher. */
  readonly order: number;
}

/** What a use of data needs a notice to have named. */
export interface Reach {
  readonly purpose: string;
  readonly use: Use;
  readonly categories: readonly Category[];
  readonly recipients: readonly { readonly name: string; readonly category?: string }[];
}

/** True when the notice named the purpose with this use, every category and every recipient. */
export function noticeCovers(notice: Notice, reach: Reach): boolean {
  if (!notice.covers.includes(reach.purpose)) return false;
  if (notice.uses[reach.purpose] !== reach.use) return false;
  if (!reach.categories.every((category) => notice.categories.includes(category))) return false;
  return reach.recipients.every(
    (recipient) =>
      notice.recipients.includes(recipient.name) ||
      (recipient.category !== undefined && notice.recipients.includes(recipient.category)),
  );
}

/** The newest notice, or undefined when none was published. */
export function newestNotice(notices: Iterable<Notice>): Notice | undefined {
  let newest: Notice | undefined;
  for (const notice of notices) {
    if (newest === undefined || notice.order > newest.order) newest = notice;
  }
  return newest;
}

/** True when the notice tells of more than the one before it: that is material (312.4(b)). */
export function widens(before: Notice | undefined, after: Notice): boolean {
  if (before === undefined) return true;
  const more = <T>(old: readonly T[], now: readonly T[]): boolean =>
    now.some((one) => !old.includes(one));
  const otherUse = after.covers.some(
    (purpose) => before.covers.includes(purpose) && before.uses[purpose] !== after.uses[purpose],
  );
  return (
    otherUse ||
    more(before.covers, after.covers) ||
    more(before.categories, after.categories) ||
    more(before.recipients, after.recipients)
  );
}

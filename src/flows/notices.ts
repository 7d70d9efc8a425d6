/**
 * Notices: published once, hashed, never edited. A consent can cover no more than its notice named.
 */
import { type Notice, newestNotice, widens } from "../core/notice.js";
import {
  type DirectNotice,
  NOTICE_FORMS,
  type NoticeForm,
  type NoticeItem,
} from "../core/notice-item.js";
import {
  requireBoolean,
  requireKnown,
  requireList,
  requireText,
  requireTexts,
} from "../core/options.js";
import type { Policy } from "../core/policy.js";
import { CATEGORIES, type Category, type Use } from "../core/vocabulary.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import type { NoticeId } from "../lib/id.js";
import type { Context } from "./context.js";
import {
  contentHashOf,
  judgeContent,
  type NoticeContentInput,
  newestChecked,
  readContent,
} from "./notice-content.js";
import { policyNow } from "./policy-now.js";
import { commit, created, list, nowText, retrying } from "./rows.js";

export interface NoticeInput extends NoticeContentInput {
  readonly version: string;
  /** The text shown to the parent or person. */
  readonly text: string;
  readonly covers: readonly string[];
  /** Left out: what the service collects and to whom it discloses at this moment. */
  readonly categories?: readonly Category[];
  readonly recipients?: readonly string[];
  /** False for a correction that changes no practice; it then needs a reviewer. */
  readonly material?: boolean;
  readonly reviewer?: string;
  /**
   * Declares what the notice is, so that `items` are checked. Left out, nothing is checked.
   */
  readonly form?: NoticeForm;
  /** What a direct notice is sent for, 16 CFR 312.4(c)(1) to (4); `consent` unless given. */
  readonly direct?: DirectNotice;
  /** What the text says, item by item, each with the words that say it. */
  readonly items?: readonly NoticeItem[];
}

/** Which forms must cover every purpose; none unless given. */
export interface NoticeCheck {
  readonly forms?: readonly NoticeForm[];
}

const KEYS = [
  "version",
  "text",
  "covers",
  "categories",
  "recipients",
  "material",
  "reviewer",
  "form",
  "direct",
  "items",
];
export const NOTICE_CHARACTERS_MAX = 200_000;

/**
 * Publishes a notice: hashed, in the order of publication, never edited. One that covers more than
 * the newest did is material, whatever its publisher says of it.
 *
 * With a `form` its items are checked: each item that 16 CFR 312.4(c) or (d) asks for in this form
 * is there, its words stand in the text, and its purposes, categories, third parties and time
 * frames are the policy's as practised now. The `contentHash` covers text and items. Without a
 * `form` nothing of this was looked at: such a notice bounds what a consent can cover, and no more.
 * In neither case has anybody judged that the words are clear (312.4(a)), or that they arrived.
 *
 * @throws `notice-incomplete` naming every missing item and its paragraph, `notice-contradicted`
 * naming everything that does not fit, `config/purpose-unknown` for a purpose that the policy does
 * not declare, `duplicate` for a version that exists, `option-unknown`, `option-invalid`,
 * `limit-exceeded`
 */
export async function publishNotice(ctx: Context, input: NoticeInput): Promise<NoticeId> {
  requireNotice(input);
  const content = readContent(input);
  const policy = await policyNow(ctx);
  const uses = usesOf(policy, input.covers);
  const told = {
    text: input.text,
    covers: [...input.covers],
    categories: [...(input.categories ?? allCategories(policy))],
    recipients: [...(input.recipients ?? allRecipients(policy))],
  };
  if (content !== undefined) judgeContent(content, told, policy);
  const contentHash = content === undefined ? undefined : contentHashOf(input.text, content);
  const checked =
    content === undefined || contentHash === undefined ? {} : { content, contentHash };
  return retrying(async () => {
    const earlier = (await list<Notice>(ctx, "notice")).map(({ body }) => body);
    if (earlier.some((notice) => notice.version === input.version)) {
      throw new CustodyError("duplicate", { id: `notice ${input.version}` });
    }
    const id = ctx.newId("notice");
    const newest = newestNotice(earlier);
    const said: Notice = {
      id,
      version: input.version,
      published: nowText(ctx),
      uses,
      material: input.material ?? true,
      reviewer: input.reviewer ?? "",
      textHash: sha256Hex(input.text),
      ...told,
      ...checked,
      order: (newest?.order ?? 0) + 1,
    };
    const body: Notice = { ...said, material: said.material || widens(newest, said) };
    const hashes = {
      textHash: body.textHash,
      ...(contentHash === undefined ? {} : { contentHash }),
    };
    await commit(ctx, "notice-published", { notice: id, ...hashes, material: body.material }, [
      created("notice", id, body),
    ]);
    return id;
  });
}

function requireNotice(input: NoticeInput): void {
  requireKnown(input, KEYS, "notice");
  requireText(input.version, "notice.version", 100);
  requireText(input.text, "notice.text", NOTICE_CHARACTERS_MAX);
  requireTexts(input.covers, "notice.covers");
  if (input.categories !== undefined) requireList(input.categories, "notice.categories");
  if (input.recipients !== undefined) requireTexts(input.recipients, "notice.recipients");
  requireBoolean(input.material, "notice.material");
  if (input.reviewer !== undefined) requireText(input.reviewer, "notice.reviewer");
  if (input.covers.length === 0) {
    throw new CustodyError("option-invalid", { path: "notice.covers", reason: "covers nothing" });
  }
  for (const category of input.categories ?? []) {
    if (!CATEGORIES.includes(category)) {
      throw new CustodyError("option-invalid", { path: "notice.categories", reason: "unknown" });
    }
  }
  if (input.material === false && (input.reviewer ?? "") === "") {
    throw new CustodyError("option-invalid", { path: "notice.reviewer", reason: "required" });
  }
}

function usesOf(policy: Policy, covers: readonly string[]): Readonly<Record<string, Use>> {
  const uses: Record<string, Use> = {};
  for (const name of covers) {
    const purpose = policy.purposes.get(name);
    if (purpose === undefined) {
      throw new CustodyError("config/purpose-unknown", { path: "notice.covers" });
    }
    uses[name] = purpose.use;
  }
  return uses;
}

/**
 * Every purpose that the policy declares is in some notice, or the service is refused at start: a
 * purpose nobody was told of can be agreed to by nobody. With `forms`, every purpose that is still
 * practised is in a checked notice of each of them (`direct` means one that asks for consent).
 * What was checked when it was published is checked again, against the practices of this moment:
 * of each form the newest notice of each purpose.
 *
 * @throws `config/notice-missing-purpose` naming the first, with the form in `details.kind`;
 * `notice-incomplete`, `notice-contradicted` with the notice in `details.id`; `option-unknown`,
 * `option-invalid`
 */
export async function checkNotices(ctx: Context, input: NoticeCheck = {}): Promise<void> {
  requireKnown(input, ["forms"], "check");
  const { forms = [] } = input;
  requireList(forms, "check.forms");
  if (!forms.every((form) => NOTICE_FORMS.includes(form))) {
    throw new CustodyError("option-invalid", { path: "check.forms", reason: "not a form" });
  }
  const notices = (await list<Notice>(ctx, "notice")).map(({ body }) => body);
  requireTold(ctx.policy.purposes.keys(), notices);
  const policy = await policyNow(ctx);
  for (const form of forms) {
    const practised = [...policy.purposes.values()].filter(({ ended }) => !ended);
    const inForm = notices.filter((notice) => isIn(form, notice));
    requireTold(
      practised.map(({ name }) => name),
      inForm,
      form,
    );
  }
  for (const notice of newestChecked(notices)) judgeAgain(notice, policy);
}

function requireTold(purposes: Iterable<string>, notices: readonly Notice[], kind?: string): void {
  const told = new Set(notices.flatMap(({ covers }) => covers));
  for (const purpose of purposes) {
    if (told.has(purpose)) continue;
    throw new CustodyError("config/notice-missing-purpose", { path: `purposes.${purpose}`, kind });
  }
}

function isIn(form: NoticeForm, { content }: Notice): boolean {
  if (content?.form !== form) return false;
  return content.direct === "" || content.direct === "consent";
}

function judgeAgain(notice: Notice, policy: Policy): void {
  if (notice.content === undefined) return;
  try {
    judgeContent(notice.content, notice, policy);
  } catch (error) {
    if (!isCustodyError(error)) throw error;
    throw new CustodyError(error.code, { ...error.details, id: notice.id });
  }
}

function allCategories(policy: Policy): readonly Category[] {
  const collections = [...policy.collections.values()];
  return [...new Set(collections.flatMap((collection) => collection.categories))].sort();
}

function allRecipients(policy: Policy): readonly string[] {
  const purposes = [...policy.purposes.values()];
  return [...new Set(purposes.flatMap((p) => p.recipients.map((r) => r.name)))].sort();
}

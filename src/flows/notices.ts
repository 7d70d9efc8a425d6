/**
 * Notices: published once, hashed, never edited. A consent can cover no more than its notice named.
 */
import { type Notice, newestNotice } from "../core/notice.js";
import {
  requireBoolean,
  requireKnown,
  requireList,
  requireText,
  requireTexts,
} from "../core/options.js";
import { CATEGORIES, type Category, type Use } from "../core/vocabulary.js";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import type { NoticeId } from "../lib/id.js";
import type { Context } from "./context.js";
import { commit, created, list, nowText, retrying } from "./rows.js";

export interface NoticeInput {
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
}

const KEYS = ["version", "text", "covers", "categories", "recipients", "material", "reviewer"];
export const NOTICE_CHARACTERS_MAX = 200_000;

/**
 * @throws `purpose-unknown` for a purpose that the policy does not declare, `duplicate` for a
 * version that exists, `option-unknown`, `option-invalid`
 */
export async function publishNotice(ctx: Context, input: NoticeInput): Promise<NoticeId> {
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
  const uses: Record<string, Use> = {};
  for (const name of input.covers) {
    const purpose = ctx.policy.purposes.get(name);
    if (purpose === undefined) throw new CustodyError("purpose-unknown", { path: "notice.covers" });
    uses[name] = purpose.use;
  }
  for (const category of input.categories ?? []) {
    if (!CATEGORIES.includes(category)) {
      throw new CustodyError("option-invalid", { path: "notice.categories", reason: "unknown" });
    }
  }
  if (input.material === false && (input.reviewer ?? "") === "") {
    throw new CustodyError("option-invalid", { path: "notice.reviewer", reason: "required" });
  }
  return retrying(async () => {
    const earlier = (await list<Notice>(ctx, "notice")).map(({ body }) => body);
    if (earlier.some((notice) => notice.version === input.version)) {
      throw new CustodyError("duplicate", { id: `notice ${input.version}` });
    }
    const id = ctx.newId("notice");
    const body: Notice = {
      id,
      version: input.version,
      published: nowText(ctx),
      covers: [...input.covers],
      uses,
      categories: [...(input.categories ?? allCategories(ctx))],
      recipients: [...(input.recipients ?? allRecipients(ctx))],
      material: input.material ?? true,
      reviewer: input.reviewer ?? "",
      textHash: sha256Hex(input.text),
      text: input.text,
      order: (newestNotice(earlier)?.order ?? 0) + 1,
    };
    await commit(ctx, "notice-published", { notice: id, textHash: body.textHash }, [
      created("notice", id, body),
    ]);
    return id;
  });
}

function allCategories(ctx: Context): readonly Category[] {
  const collections = [...ctx.policy.collections.values()];
  return [...new Set(collections.flatMap((collection) => collection.categories))].sort();
}

function allRecipients(ctx: Context): readonly string[] {
  const purposes = [...ctx.policy.purposes.values()];
  return [...new Set(purposes.flatMap((p) => p.recipients.map((r) => r.name)))].sort();
}

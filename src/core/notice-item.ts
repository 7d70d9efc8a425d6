/**
 * The items of a notice: what it says, as data beside its text, so that a machine can see what is
 * left out. Each item points at the words that say it: they stand in the text, or the item is
 * refused. Nothing here judges whether the words are clear; 16 CFR 312.4(a) still wants a reader.
 */
import { z } from "zod";
import { CustodyError } from "../errors.js";
import { CATEGORIES } from "./vocabulary.js";

export const NOTICE_FORMS = ["direct", "online"] as const;
export type NoticeForm = (typeof NOTICE_FORMS)[number];

/** What a direct notice is sent for, in the order of 16 CFR 312.4(c)(1) to (4). */
export const DIRECT_NOTICES = ["consent", "voluntary", "multiple-contact", "safety"] as const;
export type DirectNotice = (typeof DIRECT_NOTICES)[number];

/** Items that are words of the notice and nothing else. */
export const STATEMENTS = [
  "consent-required",
  "contact-collected",
  "contact-deletion",
  "how-to-consent",
  "internal-operations",
  "internal-operations-means",
  "audio-use",
  "audio-deletion",
  "making-public",
  "may-refuse-disclosure",
  "no-other-use",
  "opt-out",
  "right-to-delete",
  "right-to-refuse",
  "right-to-review",
  "rights-procedure",
  "silence-continues",
] as const;
export type Statement = (typeof STATEMENTS)[number];

export type NoticeItemCode =
  | Statement
  | "information"
  | "online-notice"
  | "operator"
  | "retention"
  | "third-party"
  | "use";

export const PASSAGE_CHARACTERS_MAX = 10_000;
export const NOTICE_ITEMS_MAX = 1_000;

const says = z.string().min(1).max(PASSAGE_CHARACTERS_MAX);
const name = z.string().min(1).max(1_000);

const Item = z.union([
  z.strictObject({ item: z.enum(STATEMENTS), says }),
  /** Said out loud: the paragraph has a condition, and it is not met. Silence is no such word. */
  z.strictObject({ item: z.enum(STATEMENTS), applies: z.literal(false) }),
  z.strictObject({ item: z.literal("information"), category: z.enum(CATEGORIES), says }),
  z.strictObject({ item: z.literal("use"), purpose: name, says }),
  z.strictObject({
    item: z.literal("third-party"),
    /** A recipient's name, or the specific category that the policy puts it in. */
    party: name,
    purpose: name,
    integral: z.boolean(),
    says,
  }),
  z.strictObject({ item: z.literal("online-notice"), url: z.url({ protocol: /^https?$/ }) }),
  z.strictObject({
    item: z.literal("operator"),
    name,
    address: name,
    telephone: name,
    email: name,
  }),
  z.strictObject({
    item: z.literal("retention"),
    collection: name,
    /** The time frame as an ISO 8601 duration: the one that the policy keeps. */
    retain: name,
    says,
  }),
]);

export type NoticeItem = z.output<typeof Item>;

const Items = z.array(Item).max(NOTICE_ITEMS_MAX);

/** The form that a notice was published in, and what it said in which words. */
export interface NoticeContent {
  readonly form: NoticeForm;
  /** What a direct notice is for; "" for an online notice. */
  readonly direct: DirectNotice | "";
  readonly items: readonly NoticeItem[];
}

/**
 * The items, copied. The words of a faulty one are not repeated.
 * @throws `option-invalid` naming the path of the first fault, `limit-exceeded`
 */
export function readNoticeItems(given: unknown, path: string): readonly NoticeItem[] {
  if (Array.isArray(given) && given.length > NOTICE_ITEMS_MAX) {
    const detail = { limit: "NOTICE_ITEMS_MAX", max: NOTICE_ITEMS_MAX };
    throw new CustodyError("limit-exceeded", detail);
  }
  const parsed = Items.safeParse(given);
  if (parsed.success) return parsed.data;
  const at = (parsed.error.issues[0]?.path ?? []).filter((step) => typeof step !== "symbol");
  throw new CustodyError("option-invalid", {
    path: [path, ...at.map(String)].join("."),
    reason: "not an item of a notice",
  });
}

/** The words of an item that must stand in the text; none for an item that does not apply. */
export function passagesOf(item: NoticeItem): readonly string[] {
  if ("says" in item) return [item.says];
  if (item.item === "online-notice") return [item.url];
  if (item.item === "operator") return [item.name, item.address, item.telephone, item.email];
  return [];
}

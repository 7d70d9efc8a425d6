/**
 * What a notice has to say, 16 CFR 312.4(c)(1) to (4) and (d) as amended 2025: one row an item,
 * with its paragraph and when it is due. The paragraphs were read in a copy of the eCFR text of
 * 17 November 2025, not in the Federal Register itself.
 *
 * Not judged, because no item could show it: whether the words are clear and complete (312.4(a)),
 * whether the notice reached a parent (312.4(b)), and where the link to it stands (312.4(d)).
 */
import type { DirectNotice, NoticeContent, NoticeForm, NoticeItemCode } from "./notice-item.js";
import type { Collection, Policy, Purpose } from "./policy.js";

/**
 * `always`: whatever the service does. `declared`: the paragraph has a condition that the policy
 * does not decide, so the notice says it or says `applies: false`; silence is a missing item.
 * `never`: nothing in the policy calls for it; it may be said all the same.
 */
export type Due = "always" | "declared" | "never";

/** What of the policy the notice is about. */
export interface NoticeScope {
  /** The purposes that the notice covers. */
  readonly purposes: readonly Purpose[];
  readonly collections: readonly Collection[];
}

export interface NoticeRule {
  readonly item: NoticeItemCode;
  readonly paragraph: string;
  readonly due: (scope: NoticeScope) => Due;
}

const always = (): Due => "always";
const declared = (): Due => "declared";
const never = (): Due => "never";
const when = (is: boolean): Due => (is ? "always" : "never");
const may = (is: boolean): Due => (is ? "declared" : "never");

const discloses = ({ purposes }: NoticeScope): Due =>
  when(purposes.some((purpose) => purpose.discloses));
const refusable = ({ purposes }: NoticeScope): Due =>
  when(purposes.some((purpose) => purpose.separate));
const posts = ({ purposes }: NoticeScope): Due =>
  when(purposes.some((purpose) => purpose.for === "public-posting"));
/** 312.5(c)(7) can be used only for internal operations and only for a persistent identifier. */
const operations = ({ purposes, collections }: NoticeScope): Due =>
  may(
    purposes.some((purpose) => purpose.use === "internal-operations") &&
      collections.some((collection) => collection.categories.includes("persistent-id")),
  );
/** 312.5(c)(9) can be used only for audio. */
const audio = ({ collections }: NoticeScope): Due =>
  may(collections.some((collection) => collection.categories.includes("audio")));

const row = (item: NoticeItemCode, at: string, due: NoticeRule["due"]): NoticeRule =>
  Object.freeze({ item, paragraph: `16 CFR 312.4${at}`, due });

const DIRECT: { readonly [D in DirectNotice]: readonly NoticeRule[] } = {
  consent: [
    row("contact-collected", "(c)(1)(i)", declared),
    row("consent-required", "(c)(1)(ii)", always),
    row("information", "(c)(1)(iii)", always),
    row("use", "(c)(1)(iii)", always),
    row("making-public", "(c)(1)(iii)", posts),
    row("third-party", "(c)(1)(iv)", discloses),
    row("may-refuse-disclosure", "(c)(1)(iv)", refusable),
    row("online-notice", "(c)(1)(v)", always),
    row("how-to-consent", "(c)(1)(vi)", always),
    row("contact-deletion", "(c)(1)(vii)", declared),
    row("operator", "(c)(1)", never),
    row("retention", "(c)(1)", never),
  ],
  voluntary: [
    row("contact-collected", "(c)(2)(i)", always),
    row("no-other-use", "(c)(2)(ii)", always),
    row("opt-out", "(c)(2)(iii)", always),
    row("online-notice", "(c)(2)(iv)", always),
  ],
  "multiple-contact": [
    row("contact-collected", "(c)(3)(i), (ii)", always),
    row("no-other-use", "(c)(3)(iii)", always),
    row("opt-out", "(c)(3)(iv)", always),
    row("silence-continues", "(c)(3)(v)", always),
    row("online-notice", "(c)(3)(vi)", always),
  ],
  safety: [
    row("contact-collected", "(c)(4)(i)", always),
    row("no-other-use", "(c)(4)(ii)", always),
    row("opt-out", "(c)(4)(iii)", always),
    row("silence-continues", "(c)(4)(iv)", always),
    row("online-notice", "(c)(4)(v)", always),
  ],
};

const ONLINE: readonly NoticeRule[] = [
  row("operator", "(d)(1)", always),
  row("information", "(d)(2)", always),
  row("making-public", "(d)(2)", always),
  row("use", "(d)(2)", always),
  row("third-party", "(d)(2)", discloses),
  row("retention", "(d)(2)", always),
  row("internal-operations", "(d)(3)", operations),
  row("internal-operations-means", "(d)(3)", operations),
  row("audio-use", "(d)(4)", audio),
  row("audio-deletion", "(d)(4)", audio),
  // "If applicable": wherever a child's information is collected, it is (312.6).
  row("right-to-review", "(d)(5)", always),
  row("right-to-delete", "(d)(5)", always),
  row("right-to-refuse", "(d)(5)", always),
  row("rights-procedure", "(d)(5)", always),
];

/** The rows for a form; a direct notice has those of what it is sent for. */
export function noticeRules(form: NoticeForm, direct: DirectNotice | ""): readonly NoticeRule[] {
  if (form === "online" || direct === "") return ONLINE;
  return DIRECT[direct];
}

export interface MissingItem {
  readonly item: NoticeItemCode;
  readonly paragraph: string;
}

/** What is due and not said, in the order of the paragraphs. */
export function missingItems(content: NoticeContent, scope: NoticeScope): readonly MissingItem[] {
  const missing: MissingItem[] = [];
  for (const { item, paragraph, due } of noticeRules(content.form, content.direct)) {
    if (due(scope) === "never") continue;
    if (content.items.some((said) => said.item === item)) continue;
    missing.push({ item, paragraph });
  }
  return missing;
}

/** The purposes that a notice names, and all that the policy may hold. */
export function scopeOf(policy: Policy, covers: readonly string[]): NoticeScope {
  const purposes = covers.flatMap((name) => {
    const purpose = policy.purposes.get(name);
    return purpose === undefined ? [] : [purpose];
  });
  return { purposes, collections: [...policy.collections.values()] };
}

/** Notices with all their items, and the policy that they fit. */
import { z } from "zod";
import type { NoticeItem } from "../../src/core/notice-item.js";
import { field, type PolicyDefinition } from "../../src/core/policy.js";

export const OPERATOR = {
  name: "Pace Labs Inc.",
  address: "1 Main Street, Springfield",
  telephone: "+1 555 0100",
  email: "privacy@pace.example",
} as const;
const URL = "https://pace.example/children";

/** One processor, one refusable disclosure, audio and a persistent identifier. */
export const SERVICE: Partial<PolicyDefinition> = {
  operator: OPERATOR,
  purposes: {
    play: { use: "service" },
    stats: { use: "internal-operations", recipients: [{ name: "host", role: "processor" }] },
    offers: {
      use: "disclosure",
      for: "advertising",
      recipients: [{ name: "adnet", category: "advertising networks" }],
    },
  },
  collections: {
    scores: {
      retain: "P1Y",
      need: "A season lasts a year.",
      fields: { handle: field(z.string(), "screen-name") },
    },
    clips: {
      retain: "PT30S",
      need: "The answer is made from it.",
      fields: { clip: field(z.string(), "audio") },
    },
    devices: {
      retain: "P90D",
      need: "Failures are traced within a quarter.",
      fields: { device: field(z.string(), "persistent-id") },
    },
  },
};

export const COVERS = ["play", "stats", "offers"];

/** The words are the item's own, so that a text of all of them says each. */
function saying<I extends object>(item: I): I & { readonly says: string } {
  return { ...item, says: `(${JSON.stringify(item)})` };
}

const COLLECTED_AND_USED: readonly NoticeItem[] = [
  saying({ item: "information", category: "screen-name" } as const),
  saying({ item: "information", category: "audio" } as const),
  saying({ item: "information", category: "persistent-id" } as const),
  saying({ item: "use", purpose: "play" } as const),
  saying({ item: "use", purpose: "stats" } as const),
  saying({ item: "use", purpose: "offers" } as const),
  saying({
    item: "third-party",
    party: "adnet",
    purpose: "offers",
    integral: false,
  } as const),
];

export const CONSENT_ITEMS: readonly NoticeItem[] = [
  saying({ item: "contact-collected" } as const),
  saying({ item: "consent-required" } as const),
  ...COLLECTED_AND_USED,
  saying({ item: "may-refuse-disclosure" } as const),
  { item: "online-notice", url: URL },
  saying({ item: "how-to-consent" } as const),
  saying({ item: "contact-deletion" } as const),
];

export const ONLINE_ITEMS: readonly NoticeItem[] = [
  { item: "operator", ...OPERATOR },
  ...COLLECTED_AND_USED,
  saying({ item: "making-public" } as const),
  saying({ item: "retention", collection: "scores", retain: "P1Y" } as const),
  saying({ item: "retention", collection: "clips", retain: "PT30S" } as const),
  saying({ item: "retention", collection: "devices", retain: "P90D" } as const),
  saying({ item: "internal-operations" } as const),
  saying({ item: "internal-operations-means" } as const),
  saying({ item: "audio-use" } as const),
  saying({ item: "audio-deletion" } as const),
  saying({ item: "right-to-review" } as const),
  saying({ item: "right-to-delete" } as const),
  saying({ item: "right-to-refuse" } as const),
  saying({ item: "rights-procedure" } as const),
];

export const OTHER_DIRECT_ITEMS = {
  voluntary: ["contact-collected", "no-other-use", "opt-out"],
  "multiple-contact": ["contact-collected", "no-other-use", "opt-out", "silence-continues"],
  safety: ["contact-collected", "no-other-use", "opt-out", "silence-continues"],
} as const;

export function shortItems(direct: keyof typeof OTHER_DIRECT_ITEMS): readonly NoticeItem[] {
  const statements = OTHER_DIRECT_ITEMS[direct].map((item) => saying({ item }));
  return [...statements, { item: "online-notice", url: URL }];
}

/** A text in which every item's words stand. */
export function textOf(items: readonly NoticeItem[]): string {
  const words = items.flatMap((item) => {
    if ("says" in item) return [item.says];
    if (item.item === "online-notice") return [item.url];
    return item.item === "operator" ? Object.values(OPERATOR) : [];
  });
  return `Notice.\n\n${words.join("\n")}\n`;
}

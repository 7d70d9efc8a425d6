/**
 * The closed words of a policy: what data is used for, what kind it is, whom the service is for.
 */

export const USES = [
  "service",
  "internal-operations",
  "first-party-training",
  "disclosure",
  "advertising",
  "marketing",
  "research",
  "security",
  "legal",
  "age-assurance",
  "consent-seeking",
] as const;
export type Use = (typeof USES)[number];

/**
 * No service needs that children are advertised to, studied or trained on by others: to call that
 * integral is to make taking part depend on it (16 CFR 312.7).
 */
export const NEVER_INTEGRAL: readonly Use[] = [
  "advertising",
  "marketing",
  "research",
  "first-party-training",
];

/**
 * The personal-information categories of 16 CFR 312.2 (2025), and two of ours; there is no default.
 */
export const CATEGORIES = [
  "name",
  "address",
  "online-contact",
  "screen-name",
  "telephone",
  "government-id",
  "persistent-id",
  "photo",
  "video",
  "audio",
  "geolocation",
  "biometric",
  "health",
  "demographic",
  "school",
  "other-personal",
  "not-personal",
] as const;
export type Category = (typeof CATEGORIES)[number];

export const AUDIENCES = ["child-directed", "mixed", "general"] as const;
export type Audience = (typeof AUDIENCES)[number];

export const DISCLOSED_FOR = [
  "advertising",
  "consideration",
  "ai-training",
  "public-posting",
  "service",
] as const;
export type DisclosedFor = (typeof DISCLOSED_FOR)[number];

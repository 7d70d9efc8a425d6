/** The closed words of a policy in plain English, for pages that people read. */
import type { Exception } from "./record.js";
import type { Audience, Category, DisclosedFor, Use } from "./vocabulary.js";

export const USE_WORDS: { readonly [U in Use]: string } = {
  service: "to provide the service",
  "internal-operations": "to support the internal operations of the service",
  "first-party-training": "to train the operator's own models",
  disclosure: "to disclose it to others",
  advertising: "for advertising",
  marketing: "for marketing",
  research: "for research",
  security: "for the security of the service and its users",
  legal: "to meet a legal duty",
  "age-assurance": "to find out how old somebody is",
  "consent-seeking": "to ask a parent for consent",
};

export const CATEGORY_WORDS: { readonly [C in Category]: string } = {
  name: "name",
  address: "home or other physical address",
  "online-contact": "online contact information",
  "screen-name": "screen or user name",
  telephone: "telephone number",
  "government-id": "government-issued identifier",
  "persistent-id": "persistent identifier",
  photo: "photograph",
  video: "video",
  audio: "audio",
  geolocation: "geolocation",
  biometric: "biometric identifier",
  health: "health information",
  demographic: "demographic information",
  school: "school information",
  "other-personal": "other personal information",
  "not-personal": "information that is not personal",
};

export const FOR_WORDS: { readonly [F in DisclosedFor]: string } = {
  advertising: "advertising",
  consideration: "money or other consideration",
  "ai-training": "training or developing artificial intelligence",
  "public-posting": "making it public",
  service: "the service",
};

export const AUDIENCE_WORDS: { readonly [A in Audience]: string } = {
  "child-directed": "It is directed to children: everybody is treated as a child.",
  mixed: "It has a mixed audience: children are part of it and not the primary part.",
  general: "It is for a general audience.",
};

export const EXCEPTION_WORDS: { readonly [E in Exception]: string } = {
  c1: "to give notice and obtain a parent's consent",
  c2: "to give a parent voluntary notice",
  c3: "to answer a child's request once",
  c4: "to answer a child's request more than once",
  c5: "to protect the safety of a child",
  c6: "to protect the service, or to answer legal process",
  c7: "to support internal operations with a persistent identifier",
  c8: "for a plug-in whose own registration says that the user is no child",
  c9: "to answer a child's request that came as audio",
};

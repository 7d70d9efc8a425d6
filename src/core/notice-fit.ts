/**
 * Whether what a notice says fits the policy it is about: who receives what for which purpose, what
 * is kept for how long, and whether the words quoted stand in the text. Facts against facts; what
 * the words mean is read by nobody here.
 */
import { formatDuration, parseDuration } from "../lib/duration.js";
import { type NoticeContent, type NoticeItem, passagesOf } from "./notice-item.js";
import { noticeRules, scopeOf } from "./notice-rule.js";
import type { Policy, Purpose, Recipient } from "./policy.js";
import type { Category } from "./vocabulary.js";

export const MISFITS = [
  "it is due, and is said not to apply",
  "its words are not in the text",
  "no item says this purpose",
  "the notice does not cover this purpose",
  "no item says this category",
  "the notice does not cover this category",
  "no item says this third party",
  "no third party of this purpose has this name or category",
  "the notice does not cover this third party",
  "integral in the notice is not integral in the policy, or the other way round",
  "no item says how long this is kept",
  "there is no such collection",
  "the policy keeps it for another time",
  "no business need was written down",
  "the policy names another operator",
] as const;

export interface Misfit {
  /** Of the notice (`items.3.party`) or of the policy (`purposes.ads.recipients.0`). */
  readonly path: string;
  readonly reason: (typeof MISFITS)[number];
}

/** What the notice bounds a consent to, beside its items. */
export interface Told {
  readonly text: string;
  readonly covers: readonly string[];
  readonly categories: readonly Category[];
  readonly recipients: readonly string[];
}

/** Everything that does not fit, the notice's items first. None is an empty list. */
export function misfitsOf(content: NoticeContent, told: Told, policy: Policy): readonly Misfit[] {
  const purposes = scopeOf(policy, told.covers).purposes;
  return [
    ...content.items.flatMap((item, at) => misfitsOfItem(item, `items.${at}`, told, policy)),
    ...undue(content, told, policy),
    ...unsaidUses(content, purposes),
    ...unsaidCategories(content, told),
    ...unsaidParties(content, purposes),
    ...unsaidRetention(content, policy),
  ];
}

function misfitsOfItem(item: NoticeItem, path: string, told: Told, policy: Policy): Misfit[] {
  const found: Misfit[] = [];
  const add = (reason: Misfit["reason"], at = path): void => {
    found.push({ path: at, reason });
  };
  const text = flat(told.text);
  if (!passagesOf(item).every((words) => text.includes(flat(words)))) {
    add("its words are not in the text");
  }
  if (item.item === "use" && !told.covers.includes(item.purpose)) {
    add("the notice does not cover this purpose", `${path}.purpose`);
  }
  if (item.item === "information" && !told.categories.includes(item.category)) {
    add("the notice does not cover this category", `${path}.category`);
  }
  if (item.item === "third-party") found.push(...misfitsOfParty(item, path, told, policy));
  if (item.item === "retention") {
    const collection = policy.collections.get(item.collection);
    if (collection === undefined) add("there is no such collection", `${path}.collection`);
    else if (spelled(item.retain) !== formatDuration(collection.retain)) {
      add("the policy keeps it for another time", `${path}.retain`);
    }
  }
  const { operator } = policy.definition;
  if (item.item === "operator" && operator !== undefined) {
    const keys = ["name", "address", "telephone", "email"] as const;
    if (keys.some((key) => item[key] !== operator[key])) add("the policy names another operator");
  }
  return found;
}

function misfitsOfParty(
  item: Extract<NoticeItem, { readonly item: "third-party" }>,
  path: string,
  told: Told,
  policy: Policy,
): Misfit[] {
  const purpose = policy.purposes.get(item.purpose);
  if (purpose === undefined || !told.covers.includes(item.purpose)) {
    return [{ path: `${path}.purpose`, reason: "the notice does not cover this purpose" }];
  }
  const meant = thirdPartiesOf(purpose).filter((recipient) => names(item.party, recipient));
  if (meant.length === 0) {
    const reason = "no third party of this purpose has this name or category";
    return [{ path: `${path}.party`, reason }];
  }
  const found: Misfit[] = [];
  const known = (name: string | undefined) => name !== undefined && told.recipients.includes(name);
  if (!meant.every(({ name, category }) => known(name) || known(category))) {
    const reason = "the notice does not cover this third party";
    found.push({ path: `${path}.party`, reason });
  }
  if (item.integral === purpose.separate) {
    const reason = "integral in the notice is not integral in the policy, or the other way round";
    found.push({ path: `${path}.integral`, reason });
  }
  return found;
}

function undue(content: NoticeContent, told: Told, policy: Policy): Misfit[] {
  const rules = noticeRules(content.form, content.direct);
  const scope = scopeOf(policy, told.covers);
  return content.items.flatMap((item, at) => {
    if (!("applies" in item)) return [];
    const due = rules.find((rule) => rule.item === item.item)?.due(scope);
    if (due !== "always") return [];
    return [{ path: `items.${at}`, reason: "it is due, and is said not to apply" as const }];
  });
}

/** A form that has no item of this kind cannot leave one out. */
function hasRule({ form, direct }: NoticeContent, code: NoticeItem["item"]): boolean {
  const rules = noticeRules(form, direct);
  const rule = rules.find(({ item }) => item === code);
  return rule !== undefined && !OPTIONAL.includes(`${form} ${code}`);
}

/** May be said in a direct notice; 312.4(c)(1) does not ask for it. */
const OPTIONAL: readonly string[] = ["direct retention", "direct operator"];

function unsaidUses(content: NoticeContent, purposes: readonly Purpose[]): Misfit[] {
  if (!hasRule(content, "use")) return [];
  const said = content.items.flatMap((item) => (item.item === "use" ? [item.purpose] : []));
  return purposes
    .filter(({ name }) => !said.includes(name))
    .map(({ name }) => ({ path: `purposes.${name}`, reason: "no item says this purpose" }));
}

function unsaidCategories(content: NoticeContent, { categories }: Told): Misfit[] {
  if (!hasRule(content, "information")) return [];
  const said = content.items.flatMap((i) => (i.item === "information" ? [i.category] : []));
  return categories
    .filter((category) => category !== "not-personal" && !said.includes(category))
    .map((category) => ({ path: `categories.${category}`, reason: "no item says this category" }));
}

function unsaidParties(content: NoticeContent, purposes: readonly Purpose[]): Misfit[] {
  if (!hasRule(content, "third-party")) return [];
  const said = content.items.flatMap((item) => (item.item === "third-party" ? [item] : []));
  return purposes.flatMap((purpose) =>
    purpose.recipients.flatMap((recipient, at): Misfit[] => {
      if (recipient.role === "processor") return [];
      const named = said.some((i) => i.purpose === purpose.name && names(i.party, recipient));
      const path = `purposes.${purpose.name}.recipients.${at}`;
      return named ? [] : [{ path, reason: "no item says this third party" }];
    }),
  );
}

/**
 * The retention policy of 312.10 is purposes, business need and time frame: where the policy has no
 * need written down, there is no such policy to put into an online notice.
 */
function unsaidRetention(content: NoticeContent, policy: Policy): Misfit[] {
  if (!hasRule(content, "retention")) return [];
  const said = content.items.flatMap((i) => (i.item === "retention" ? [i.collection] : []));
  return [...policy.collections.values()].flatMap(({ name, need }): Misfit[] => {
    const path = `collections.${name}`;
    if (!said.includes(name)) return [{ path, reason: "no item says how long this is kept" }];
    if (need !== "") return [];
    return [{ path: `${path}.need`, reason: "no business need was written down" }];
  });
}

function thirdPartiesOf(purpose: Purpose): readonly Recipient[] {
  return purpose.recipients.filter((recipient) => recipient.role !== "processor");
}

function names(party: string, { name, category }: Recipient): boolean {
  return party === name || party === category;
}

/** Undefined for what is no duration: it equals none. */
function spelled(retain: string): string | undefined {
  const duration = parseDuration(retain);
  return duration === undefined ? undefined : formatDuration(duration);
}

/** Line breaks and runs of spaces are layout, not words. */
function flat(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}

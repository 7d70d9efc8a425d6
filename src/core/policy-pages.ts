/**
 * A policy as facts for readers: what the written retention policy of 16 CFR 312.10 and the page of
 * data practices say. Every statement is the policy's, or a rule that the gate applies to it; what
 * the policy does not say is listed as not said.
 */
import { CustodyError } from "../errors.js";
import { formatDuration, spellDuration } from "../lib/duration.js";
import { type AgeAnswer, surveyConsents } from "./consent-survey.js";
import { EXCEPTION_RULES, exceptionReaches, sectionOf } from "./exception.js";
import { schoolMay } from "./gate.js";
import { requireKnown, requireList } from "./options.js";
import { PARENTAL_RIGHTS, type ParentalRight } from "./parental-right.js";
import type { Collection, Operator, Policy, Purpose, Recipient } from "./policy.js";
import type { Exception } from "./record.js";
import { REGIMES, type RegimeName, regimesFor } from "./regimes/index.js";
import { type Citation, isJurisdiction } from "./regimes/regime.js";
import type { Audience, Category, DisclosedFor, Use } from "./vocabulary.js";

export interface PolicyPagesOptions {
  /** ISO 3166 codes of the places to answer for; the policy's own unless given. */
  readonly jurisdictions?: readonly string[];
  /** Which of the adopted policies it is, where it came out of a store. */
  readonly adopted?: { readonly order: number; readonly at: string };
}

export interface PrintedPurpose {
  readonly name: string;
  readonly use: Use;
  readonly recipients: readonly PrintedRecipient[];
  /** `separate`: it is not integral and needs a yes of its own. */
  readonly disclosure: "none" | "integral" | "separate";
  /** Why a disclosure is integral, in the policy's words; "" otherwise. */
  readonly reason: string;
  readonly for: DisclosedFor | "";
  readonly ended: boolean;
  /** A school's representative can agree in place of a parent, at a place printed here. */
  readonly school: boolean;
  readonly consents: readonly { readonly place: string; readonly answers: readonly AgeAnswer[] }[];
  readonly exceptions: readonly PrintedException[];
}

export interface PrintedRecipient {
  readonly name: string;
  readonly role: "processor" | "third party";
  readonly category: string;
}

export interface PrintedException {
  readonly exception: Exception;
  readonly because: Citation;
  readonly collection: string;
  readonly fields: readonly string[];
}

export interface PrintedCollection {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly category: Category }[];
  /** ISO 8601, and the same in English. */
  readonly retain: string;
  readonly retainWords: string;
  readonly from: "collection" | "last-use";
  /** "" when no business need was written down. */
  readonly need: string;
}

export interface PolicyPages {
  readonly service: string;
  /** SHA-256 of the policy's description, hex. */
  readonly policy: string;
  readonly adopted?: { readonly order: number; readonly at: string };
  readonly operator?: Operator;
  readonly audience: Audience;
  readonly jurisdictions: readonly string[];
  /** The laws that the policy names; `governs` where one binds at a place printed here. */
  readonly regimes: readonly {
    readonly name: RegimeName;
    readonly title: string;
    readonly governs: boolean;
  }[];
  readonly purposes: readonly PrintedPurpose[];
  readonly collections: readonly PrintedCollection[];
  readonly discloses: boolean;
  /** How long an unanswered consent request holds a contact: ISO 8601, and in English. */
  readonly requestsLapseAfter: string;
  readonly requestsLapseWords: string;
  readonly rights: readonly ParentalRight[];
  /** Paths of the policy at which something that 312.10 asks for was not written down. */
  readonly gaps: readonly string[];
}

const JURISDICTIONS_MAX = 100;

/**
 * The facts of a policy as it was written. Practices changed since are in the store: the command
 * `custody policy print` lays them over it. The same policy gives the same facts, in the same
 * order.
 * @throws `option-unknown`, `option-invalid` for a place that is no ISO 3166 code, `limit-exceeded`
 */
export function policyPages(policy: Policy, options: PolicyPagesOptions = {}): PolicyPages {
  const places = placesOf(policy, options);
  const { definition, audience } = policy;
  const collections = byName(policy.collections.values());
  const governing = new Set(
    places.flatMap((place) => regimesFor(policy.regimes, place).map(({ name }) => name)),
  );
  const regimes = [...policy.regimes].sort().map((name) => {
    return Object.freeze({ name, title: REGIMES[name].title, governs: governing.has(name) });
  });
  return Object.freeze({
    service: definition.service,
    policy: policy.hash,
    ...(options.adopted === undefined ? {} : { adopted: Object.freeze({ ...options.adopted }) }),
    ...(definition.operator === undefined
      ? {}
      : { operator: Object.freeze({ ...definition.operator }) }),
    audience,
    jurisdictions: places,
    regimes: Object.freeze(regimes),
    purposes: Object.freeze(
      byName(policy.purposes.values()).map((p) => purposeOf(policy, p, places, collections)),
    ),
    collections: Object.freeze(collections.map(collectionOf)),
    discloses: policy.discloses,
    requestsLapseAfter: formatDuration(policy.lapse),
    requestsLapseWords: spellDuration(policy.lapse),
    rights: Object.freeze(
      regimes.flatMap(({ name, governs }) => (governs ? (PARENTAL_RIGHTS[name] ?? []) : [])),
    ),
    gaps: Object.freeze(
      collections.flatMap(({ name, need }) => (need === "" ? [`collections.${name}.need`] : [])),
    ),
  });
}

function placesOf(policy: Policy, options: PolicyPagesOptions): readonly string[] {
  requireKnown(options, ["jurisdictions", "adopted"], "pages");
  const { jurisdictions = [policy.jurisdiction] } = options;
  requireList(jurisdictions, "pages.jurisdictions", 1);
  if (jurisdictions.length > JURISDICTIONS_MAX) {
    const detail = { limit: "JURISDICTIONS_MAX", max: JURISDICTIONS_MAX };
    throw new CustodyError("limit-exceeded", detail);
  }
  const given = options.jurisdictions !== undefined;
  if (given && !jurisdictions.every(isJurisdiction)) {
    const reason = "not an ISO 3166 code";
    throw new CustodyError("option-invalid", { path: "pages.jurisdictions", reason });
  }
  return Object.freeze([...new Set(jurisdictions)].sort());
}

function purposeOf(
  policy: Policy,
  purpose: Purpose,
  places: readonly string[],
  collections: readonly Collection[],
): PrintedPurpose {
  const { name, use, discloses, separate, ended } = purpose;
  const integral = discloses && !separate;
  const written = policy.definition.purposes[name]?.reason ?? "";
  const excepted = places.some((place) =>
    regimesFor(policy.regimes, place).some((regime) => regime.name === "coppa"),
  );
  return Object.freeze({
    name,
    use,
    recipients: Object.freeze(byName(purpose.recipients).map(recipientOf)),
    disclosure: separate ? "separate" : integral ? "integral" : "none",
    reason: integral ? written : "",
    for: purpose.for ?? "",
    ended,
    school: places.some((jurisdiction) =>
      schoolMay({ policy, subject: { jurisdiction } }, purpose),
    ),
    consents: Object.freeze(
      places.map((place) => ({ place, answers: surveyConsents(policy, purpose, place) })),
    ),
    exceptions: Object.freeze(excepted && !ended ? exceptionsOf(purpose, collections) : []),
  });
}

function recipientOf({ name, role, category }: Recipient): PrintedRecipient {
  return Object.freeze({ name, role: role ?? "third party", category: category ?? "" });
}

function exceptionsOf(purpose: Purpose, collections: readonly Collection[]): PrintedException[] {
  const exceptions = Object.keys(EXCEPTION_RULES) as Exception[];
  return exceptions.flatMap((exception) =>
    collections.flatMap((kept) => {
      const { name, fields } = kept;
      const open = [...fields].filter(([, { category }]) =>
        exceptionReaches(exception, { purpose, kept, categories: [category] }),
      );
      if (open.length === 0) return [];
      const because = sectionOf(exception);
      const names = open.map(([field]) => field).sort();
      return [Object.freeze({ exception, because, collection: name, fields: names })];
    }),
  );
}

function collectionOf({ name, retain, from, need, fields }: Collection): PrintedCollection {
  const named = [...fields].map(([field, { category }]) => ({ name: field, category }));
  return Object.freeze({
    name,
    fields: Object.freeze(byName(named)),
    retain: formatDuration(retain),
    retainWords: spellDuration(retain),
    from,
    need,
  });
}

/** By code unit: the same on every machine. */
function byName<T extends { readonly name: string }>(all: Iterable<T>): readonly T[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

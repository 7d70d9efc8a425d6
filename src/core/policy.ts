/**
 * The service's privacy policy as data: purposes, collections, fields, retention. What the gate may
 * allow is decided here before a single value exists; a policy that cannot be judged is refused at
 * start with a `config/…` code.
 */
import { z } from "zod";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import { type Duration, parseDuration } from "../lib/duration.js";
import { type Collection, type CollectionDefinition, readCollection } from "./collection.js";
import type { Conditions, ConsentMethod } from "./consent.js";
import { checkMethods } from "./method-setup.js";
import { requireKnown, requireList, requireText } from "./options.js";
import { isRegimeName, type RegimeName } from "./regimes/index.js";
import { isJurisdiction } from "./regimes/regime.js";
import {
  AUDIENCES,
  type Audience,
  DISCLOSED_FOR,
  type DisclosedFor,
  NEVER_INTEGRAL,
  USES,
  type Use,
} from "./vocabulary.js";

export type { Collection, CollectionDefinition, FieldDefinition } from "./collection.js";
export { field } from "./collection.js";

/** Who answers for the service, as 16 CFR 312.4(d)(1) wants it named. */
export interface Operator {
  readonly name: string;
  readonly address: string;
  readonly telephone: string;
  readonly email: string;
}

export interface Recipient {
  readonly name: string;
  /**
   * `processor`: supports internal operations and makes no other use (16 CFR 312.2 "third party").
   */
  readonly role?: "processor";
  readonly category?: string;
}

export interface PurposeDefinition {
  readonly use: Use;
  readonly recipients?: readonly (string | Recipient)[];
  /** True only for a disclosure without which the service cannot work; needs `reason`. */
  readonly integral?: boolean;
  readonly reason?: string;
  readonly for?: DisclosedFor;
}

export interface PolicyDefinition {
  readonly service: string;
  /** Named on the printed pages; a notice that names another is refused. */
  readonly operator?: Operator;
  readonly audience: Audience;
  /** ISO 3166 code (US, US-CA, FR). A subject that carries none has this one. */
  readonly jurisdiction: string;
  readonly regimes: readonly RegimeName[];
  readonly purposes: { readonly [purpose: string]: PurposeDefinition };
  readonly collections: { readonly [collection: string]: CollectionDefinition };
  /** How long a consent request waits for an answer; ISO 8601, P14D unless stated. */
  readonly requestsLapseAfter?: string;
  /** How the methods in use are set up, with every condition that 312.5(b)(2) gives them. */
  readonly methods?: { readonly [M in ConsentMethod]?: Conditions };
}

export interface Purpose {
  readonly name: string;
  readonly use: Use;
  readonly recipients: readonly Recipient[];
  /** True when data reaches somebody who is not a mere processor. */
  readonly discloses: boolean;
  /** True when the disclosure needs a yes of its own: it is not integral (16 CFR 312.5(a)(2)). */
  readonly separate: boolean;
  readonly for: DisclosedFor | undefined;
  /** True once the practice has ended: nothing more is collected or used for it. */
  readonly ended: boolean;
}

/** A checked policy. `definition` is what was written; the rest is what the gate reads. */
export interface Policy<P extends PolicyDefinition = PolicyDefinition> {
  readonly definition: P;
  readonly audience: Audience;
  readonly jurisdiction: string;
  readonly regimes: readonly RegimeName[];
  readonly purposes: ReadonlyMap<string, Purpose>;
  readonly collections: ReadonlyMap<string, Collection>;
  readonly lapse: Duration;
  /**
   * True once any purpose discloses: the weak methods are then off (16 CFR 312.5(b)(2)(viii),
   * (ix)).
   */
  readonly discloses: boolean;
  /** SHA-256 of the description, hex: the policy version written into every basis. */
  readonly hash: string;
  /** The policy as JSON, free of code: field schemas as JSON Schema. */
  readonly description: Json;
}

const OPERATOR_KEYS = ["name", "address", "telephone", "email"] as const;
const POLICY_KEYS = [
  "service",
  "operator",
  "audience",
  "jurisdiction",
  "regimes",
  "purposes",
  "collections",
  "requestsLapseAfter",
  "methods",
];

export const PURPOSES_MAX = 1_000;
export const FIELDS_MAX = 10_000;

/**
 * Checks a policy and freezes it. Names of purposes, collections and fields are inferred: an
 * unknown one does not compile where the client is used.
 *
 * @throws `option-unknown`, `option-invalid`, and the `config/…` codes: `retention-required`,
 * `retention-unbounded`, `field-category-required`, `integral-reason-required`,
 * `recipient-unnamed`, `method-condition-missing`, `conditioned-on-disclosure`
 */
export function definePolicy<const P extends PolicyDefinition>(definition: P): Policy<P> {
  requireKnown(definition, POLICY_KEYS, "policy");
  if (!(AUDIENCES as readonly string[]).includes(definition.audience)) {
    throw invalid("policy.audience", "not an audience");
  }
  // A misspelt place is governed by no law. Only a policy that declares nothing may name none.
  const placed = isJurisdiction(definition.jurisdiction);
  if (!placed && Object.keys(definition.purposes).length > 0) {
    throw invalid("policy.jurisdiction", "not an ISO 3166 code");
  }
  for (const regime of definition.regimes) {
    if (!isRegimeName(regime)) {
      throw invalid("policy.regimes", "no such regime");
    }
  }
  if (definition.operator !== undefined) checkOperator(definition.operator);
  checkMethods(definition.methods ?? {}, definition.regimes);
  const purposes = new Map<string, Purpose>();
  for (const [name, purpose] of Object.entries(definition.purposes)) {
    purposes.set(name, readPurpose(name, purpose));
  }
  const collections = new Map<string, Collection>();
  for (const [name, collection] of Object.entries(definition.collections)) {
    collections.set(name, readCollection(name, collection));
  }
  limit("PURPOSES_MAX", PURPOSES_MAX, purposes.size);
  limit("FIELDS_MAX", FIELDS_MAX, sum([...collections.values()].map((c) => c.fields.size)));
  const lapse = parseDuration(definition.requestsLapseAfter ?? "P14D");
  if (lapse === undefined) {
    throw invalid("policy.requestsLapseAfter", "not an ISO 8601 duration");
  }
  const description = describe(definition);
  return Object.freeze({
    definition,
    audience: definition.audience,
    jurisdiction: definition.jurisdiction,
    regimes: Object.freeze([...definition.regimes]),
    purposes,
    collections,
    lapse,
    discloses: disclosesNow(purposes),
    hash: sha256Hex(canonical(description)),
    description,
  });
}

function checkOperator(given: Operator): void {
  requireKnown(given, OPERATOR_KEYS, "policy.operator");
  for (const key of OPERATOR_KEYS) requireText(given[key], `policy.operator.${key}`);
}

/** True when any purpose that has not ended reaches somebody who is not a mere processor. */
export function disclosesNow(purposes: ReadonlyMap<string, Purpose>): boolean {
  return [...purposes.values()].some((purpose) => purpose.discloses && !purpose.ended);
}

/** @throws `option-unknown`, `option-invalid`, `config/recipient-unnamed` and the like */
export function readPurpose(name: string, given: PurposeDefinition): Purpose {
  const path = `purposes.${name}`;
  requireKnown(given, ["use", "recipients", "integral", "reason", "for"], path);
  if (!USES.includes(given.use)) {
    throw invalid(`${path}.use`, "not a use");
  }
  if (given.recipients !== undefined) requireList(given.recipients, `${path}.recipients`);
  const recipients = (given.recipients ?? []).map((r) => (typeof r === "string" ? { name: r } : r));
  for (const recipient of recipients) {
    requireKnown(recipient, ["name", "role", "category"], `${path}.recipients`);
    if (recipient.name === undefined || recipient.name === "") {
      throw new CustodyError("config/recipient-unnamed", { path: `${path}.recipients` });
    }
    requireText(recipient.name, `${path}.recipients`);
  }
  const third = recipients.some((recipient) => recipient.role !== "processor");
  if (given.use === "disclosure" && recipients.length === 0) {
    throw new CustodyError("config/recipient-unnamed", { path: `${path}.recipients` });
  }
  if (given.integral === true && (given.reason ?? "") === "") {
    throw new CustodyError("config/integral-reason-required", { path: `${path}.integral` });
  }
  if (given.integral === true && third && NEVER_INTEGRAL.includes(given.use)) {
    throw new CustodyError("config/conditioned-on-disclosure", { path: `${path}.integral` });
  }
  // A misspelt reason would pass the list below and make a sale integral.
  if (given.for !== undefined && !DISCLOSED_FOR.includes(given.for)) {
    throw invalid(`${path}.for`, "not a reason");
  }
  // Money, advertising and a third party's AI training are never integral (preamble of 90 FR
  // 16918).
  const never = ["advertising", "consideration", "ai-training"].includes(given.for ?? "");
  return Object.freeze({
    name,
    use: given.use,
    recipients: Object.freeze(recipients),
    discloses: third,
    separate: third && (given.integral !== true || never),
    for: given.for,
    ended: false,
  });
}

function describe(definition: PolicyDefinition): Json {
  const collections: Record<string, Json> = {};
  for (const [name, collection] of Object.entries(definition.collections)) {
    const fields: Record<string, Json> = {};
    for (const [key, f] of Object.entries(collection.fields)) {
      const schema = z.toJSONSchema(f.schema, { unrepresentable: "any" }) as Json;
      fields[key] = { category: f.category, schema };
    }
    collections[name] = {
      retain: collection.retain,
      from: collection.from ?? "collection",
      ...(collection.need === undefined ? {} : { need: collection.need }),
      fields,
    };
  }
  return JSON.parse(JSON.stringify({ ...definition, collections })) as Json;
}

function invalid(path: string, reason: string): CustodyError {
  return new CustodyError("option-invalid", { path, reason });
}

function limit(name: string, max: number, asked: number): void {
  if (asked > max) throw new CustodyError("limit-exceeded", { limit: name, max });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

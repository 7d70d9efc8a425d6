/**
 * A policy as the store keeps it, read back without the program that wrote it. The purposes,
 * collections and categories are all there; the schemas of the fields are not code any more, so
 * every value would pass them: such a policy decides about what is held, and must never let a value
 * in.
 */
import { z } from "zod";
import { CustodyError, isCustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import {
  definePolicy,
  type FieldDefinition,
  type Policy,
  type PolicyDefinition,
} from "./policy.js";
import type { Category } from "./vocabulary.js";

const Collection = z.looseObject({
  retain: z.string(),
  from: z.enum(["collection", "last-use"]),
  need: z.string().optional(),
  fields: z.record(z.string(), z.looseObject({ category: z.string() })),
});

const Description = z.looseObject({
  service: z.string(),
  collections: z.record(z.string(), Collection),
});

/** The policy of a store in which none was adopted: nothing is declared, so nothing is allowed. */
const NOTHING_DECLARED: Json = {
  service: "",
  audience: "child-directed",
  jurisdiction: "",
  regimes: [],
  purposes: {},
  collections: {},
};

/**
 * The policy that a description stands for; `undefined` gives one that declares nothing. Its hash
 * is the description's own, so that it is recognised as the policy in force.
 * @throws `config-invalid` for what is not the description of a policy
 */
export function policyFromDescription(json: Json | undefined): Policy {
  const description = json ?? NOTHING_DECLARED;
  const parsed = Description.safeParse(description);
  if (!parsed.success) {
    const path = ["policy", ...(parsed.error.issues[0]?.path ?? []).map(String)].join(".");
    throw new CustodyError("config-invalid", { path, reason: "not the description of a policy" });
  }
  const collections: Record<string, PolicyDefinition["collections"][string]> = {};
  for (const [name, { retain, from, need, fields }] of Object.entries(parsed.data.collections)) {
    const why = need === undefined ? {} : { need };
    collections[name] = { retain, from, ...why, fields: fieldsOf(fields) };
  }
  const policy = judged({ ...parsed.data, collections } as unknown as PolicyDefinition);
  return Object.freeze({ ...policy, hash: sha256Hex(canonical(description)), description });
}

function fieldsOf(given: {
  readonly [field: string]: { readonly category: string };
}): Readonly<Record<string, FieldDefinition>> {
  const fields: Record<string, FieldDefinition> = {};
  for (const [name, { category }] of Object.entries(given)) {
    fields[name] = { schema: z.unknown(), category: category as Category };
  }
  return fields;
}

function judged(definition: PolicyDefinition): Policy {
  try {
    return definePolicy(definition);
  } catch (cause) {
    if (!isCustodyError(cause)) throw invalid("policy", cause);
    throw invalid(cause.details.path ?? "policy", cause);
  }
}

function invalid(path: string, cause: unknown): CustodyError {
  return new CustodyError(
    "config-invalid",
    { path, reason: "not a policy of this version" },
    { cause },
  );
}

/** From the `service` part of a file to a policy of the client. */
import { z } from "zod";
import type { PurposeDefinition } from "../core/policy.js";
import {
  type CollectionDefinition,
  definePolicy,
  field,
  type Policy,
  type PolicyDefinition,
} from "../core/policy.js";
import type { RegimeName } from "../core/regimes/index.js";
import type { Category } from "../core/vocabulary.js";
import { base64, fromBase64 } from "../lib/bytes.js";
import { parseCivilDate } from "../lib/civil-date.js";
import type { FieldType, Service } from "./service-text.js";

/** Schemas that accept or refuse and never convert. */
const SCHEMAS: { readonly [T in FieldType]: z.ZodType } = {
  string: z.string(),
  number: z.number(),
  integer: z.int(),
  boolean: z.boolean(),
  date: z.string().refine((text) => parseCivilDate(text) !== undefined),
  bytes: z.string().refine(isBase64),
};

/** Canonical: the one text that these bytes have. */
function isBase64(text: string): boolean {
  const bytes = fromBase64(text);
  return bytes !== undefined && base64(bytes) === text;
}

/**
 * What a file may leave out so that the service is refused (`retain`, `category`, a recipient's
 * name) is handed on as it is: refusing is the client's part.
 *
 * @throws what `definePolicy` throws: the `config/…` codes, `option-invalid`
 */
export function policyOf(scenario: string, service: Service): Policy {
  const collections: Record<string, CollectionDefinition> = {};
  for (const [name, { retain, from, fields }] of Object.entries(service.collections)) {
    collections[name] = {
      ...(retain === undefined ? {} : { retain }),
      ...(from === undefined ? {} : { from }),
      fields: Object.fromEntries(
        Object.entries(fields).map(([key, { type, category }]) => [
          key,
          field(SCHEMAS[type], category as Category),
        ]),
      ),
    } as CollectionDefinition;
  }
  return definePolicy({
    service: scenario,
    audience: service.audience,
    jurisdiction: service.jurisdiction,
    regimes: service.regimes as readonly RegimeName[],
    purposes: service.purposes as Readonly<Record<string, PurposeDefinition>>,
    collections,
    ...(service.methods === undefined ? {} : { methods: service.methods }),
  } as PolicyDefinition);
}

/** The format as JSON Schema, made from the schemas that files are read with, for editors. */
import { z } from "zod";
import type { Json } from "../lib/canonical.js";
import { Repeat } from "./repetition.js";
import { Head } from "./service-text.js";
import { VERBS } from "./verbs/index.js";
import { moment, refused } from "./words.js";

const ID = "https://json-schema.org/draft/2020-12/schema";

/**
 * Says which keys, verbs and words there are. What a schema cannot say (that an alias was given
 * before, that a day exists) is left to `parseScenario`.
 */
export function scenarioSchema(): Json {
  const steps = Object.entries(VERBS).map(([verb, { input, expect }]) => ({
    type: "object",
    properties: {
      at: schemaOf(moment),
      repeat: schemaOf(Repeat),
      [verb]: schemaOf(input),
      expect: schemaOf(expect),
    },
    required: [verb],
    additionalProperties: false,
  }));
  const head = schemaOf(Head) as { readonly properties: { readonly [key: string]: Json } };
  return {
    $schema: ID,
    title: "custody scenario",
    ...head,
    properties: { ...head.properties, steps: { type: "array", items: { anyOf: steps } } },
    $defs: REFUSED as unknown as Json,
  };
}

/** The list of refusal codes is said once. */
const REFUSED = { refused: z.toJSONSchema(refused, { io: "input" }) };

function schemaOf(schema: z.ZodType): { readonly [key: string]: Json } {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema !== refused) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      jsonSchema.$ref = "#/$defs/refused";
    },
  });
  return rest as unknown as { readonly [key: string]: Json };
}

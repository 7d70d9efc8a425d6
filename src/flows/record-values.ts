/** The values of a record before they are sealed: judged by the schemas of their fields. */
import { CustodyError } from "../errors.js";
import { canonicalBytes, type Json } from "../lib/canonical.js";
import type { Context } from "./context.js";

/** What is to be stored, and in which collection. */
interface Given {
  readonly subject: string;
  readonly collection: string;
  readonly values: { readonly [field: string]: unknown };
}

/**
 * Never converted: what does not satisfy the field's schema is refused, and named by its path only.
 *
 * @throws `value-rejected`
 */
export function requireValues(ctx: Context, input: Given): void {
  const fields = ctx.policy.collections.get(input.collection)?.fields;
  const where = { subject: input.subject, collection: input.collection };
  if (Object.keys(input.values).length === 0) {
    throw new CustodyError("value-rejected", { ...where, path: "values" });
  }
  for (const [name, value] of Object.entries(input.values)) {
    const read = fields?.get(name)?.schema.safeParse(value);
    if (read?.success !== true || !isJson(value)) {
      throw new CustodyError("value-rejected", { ...where, path: `values.${name}` });
    }
  }
}

/**
 * A schema may let through what JSON cannot say (NaN, half a character, a date): it is not stored.
 */
function isJson(value: unknown): boolean {
  try {
    canonicalBytes(value as Json);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/**
 * The boundary of every adapter: options are parsed strictly, copied and frozen; what nobody reads
 * is refused.
 */
import type { z } from "zod";
import { CustodyError } from "../errors.js";

/**
 * The parsed copy of `given`, frozen. Neither the error nor its cause holds the value that was
 * refused.
 * @throws `option-unknown` for a key the schema does not know, `option-invalid` for everything else
 */
export function readOptions<S extends z.ZodType>(
  schema: S,
  given: unknown,
  path: string,
): Readonly<z.output<S>> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return Object.freeze(parsed.data);
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") {
    throw new CustodyError("option-unknown", { path: `${path}.${issue.keys[0] ?? ""}` });
  }
  const place = [path, ...(issue?.path ?? [])].map(String).join(".");
  throw new CustodyError("option-invalid", { path: place, reason: issue?.code ?? "unreadable" });
}

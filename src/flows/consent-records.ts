/** Which records rest on a consent. */
import type { Context } from "./context.js";
import { list } from "./rows.js";

/**
 * Ordinals of the subject's records that came in while the consent stood. Erased ones too: what was
 * made from them is still there.
 */
export async function recordsUnder(
  ctx: Context,
  subject: string,
  consent: string,
): Promise<readonly number[]> {
  const bases: string[] = [];
  for (const basis of await list<{ consents: string[] }>(ctx, "basis", { owner: subject })) {
    if (basis.body.consents.includes(consent)) bases.push(basis.row.id);
  }
  if (bases.length === 0) return [];
  const ordinals: number[] = [];
  for await (const row of ctx.store.scan({ table: "record", subjects: [subject], bases })) {
    ordinals.push(row.ordinal);
  }
  return ordinals;
}

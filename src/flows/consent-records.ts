/** Which records rest on a consent. */
import type { Context } from "./context.js";
import { list } from "./rows.js";

/** Ordinals of the subject's living records whose basis rests on the consent. */
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
    if (row.erasedAt === "") ordinals.push(row.ordinal);
  }
  return ordinals;
}

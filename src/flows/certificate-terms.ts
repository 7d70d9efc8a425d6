/** What the signer of a certificate says, held against what is recorded. */
import { z } from "zod";
import { Campaign, type Certificate, isCampaign } from "../core/certificate.js";
import type { Order } from "../core/order.js";
import type { Retained, WholePurge } from "../core/purge.js";
import { CustodyError } from "../errors.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { RecordId } from "../lib/id.js";
import { campaignOf } from "./campaign.js";
import type { Context } from "./context.js";

const NAME_CHARACTERS_MAX = 200;

const name = z.string().trim().max(NAME_CHARACTERS_MAX).optional();
const Kept = z.strictObject({
  record: z.string(),
  hold: z.string(),
  authority: z.string(),
  instrument: z.string(),
});
const Input = z.strictObject({
  purge: z.string(),
  signer: z.strictObject({ name, title: name, human: z.unknown() }).optional(),
  statement: z.literal("28-usc-1746").optional(),
  counts: Campaign.optional(),
  retained: z.array(z.union([z.string(), Kept])).optional(),
});
export type Terms = z.infer<typeof Input>;

export interface IssueCertificateInput {
  readonly purge: string;
  /**
   * Who signs for the operator: a person, by name and title. They stand on the certificate, never
   * in the ledger. Required where the order asks for a sworn statement, and with `statement`.
   */
  readonly signer?: { readonly name: string; readonly title: string; readonly human: true };
  /**
   * Drafts the declaration of 28 U.S.C. 1746 for that person. Required when the order asks for a
   * sworn statement.
   */
  readonly statement?: "28-usc-1746";
  /**
   * The answers to the notices of a consent campaign, as the signer would swear them; as recorded
   * unless given, where the order asks for them.
   */
  readonly counts?: Campaign;
  /** What the signer believes is kept: records, or with the authority of each. */
  readonly retained?: readonly (RecordId | Retained)[];
}

/** @throws `option-invalid`, `option-unknown` */
export function readTerms(input: unknown): Terms {
  const read = Input.safeParse(input);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const path = ["certificate", ...(issue?.path ?? [])].join(".");
  if (issue?.code === "unrecognized_keys") {
    throw new CustodyError("option-unknown", { path: `${path}.${issue.keys[0] ?? ""}` });
  }
  throw new CustodyError("option-invalid", { path, reason: issue?.code ?? "invalid" });
}

/**
 * Null where nobody signs and nobody has to. @throws `statement-incomplete`, `signer-not-human`,
 * `option-invalid`
 */
export function requireSigner(given: Terms, order: Order | undefined): Certificate["signer"] {
  const { signer, statement } = given;
  const sworn = order?.remedy.attest !== undefined || statement !== undefined;
  if (sworn && statement === undefined) throw incomplete("statement");
  if (signer === undefined) {
    if (sworn) throw incomplete("signer");
    return null;
  }
  for (const key of ["name", "title"] as const) {
    if (sworn && !signer[key]) throw incomplete(`signer.${key}`);
  }
  if (signer.human !== true) throw new CustodyError("signer-not-human", { path: "signer.human" });
  for (const key of ["name", "title"] as const) {
    if (signer[key]) continue;
    const path = `certificate.signer.${key}`;
    throw new CustodyError("option-invalid", { path, reason: "empty" });
  }
  return { name: signer.name ?? "", title: signer.title ?? "", human: true };
}

function incomplete(path: string): CustodyError {
  return new CustodyError("statement-incomplete", { path });
}

/** As sets: the order of a list says nothing. @throws `retained-unlisted` */
export function requireRetained({ retained }: Terms, kept: readonly Retained[]): void {
  if (retained === undefined) return;
  const ids = retained.filter((one) => typeof one === "string");
  const named = retained.filter((one) => typeof one !== "string");
  const texts = (list: readonly unknown[]) => list.map((one) => canonical(one as Json)).sort();
  const wanted = new Set(kept.map(({ record }) => record));
  const fits =
    named.length === 0
      ? canonical([...new Set(ids)].sort()) === canonical([...wanted].sort())
      : ids.length === 0 && canonical(texts(named)) === canonical(texts(kept));
  if (!fits) throw new CustodyError("retained-unlisted", { path: "retained" });
}

const RECORDED = [
  "noticed",
  "consented",
  "school-authorised",
  "declined",
  "no-answer",
] as const satisfies readonly (keyof Campaign)[];

/**
 * What the signer says adds up, and is what is recorded of the answers; the flags beside are the
 * signer's. Null where nobody asks. @throws `counts-inconsistent`
 */
export async function requireCounts(
  ctx: Context,
  { counts }: Terms,
  { plan }: Pick<WholePurge, "plan">,
  order: Order | undefined,
): Promise<Campaign | null> {
  if (counts === undefined && order?.remedy.attest?.counts !== true) return null;
  if (counts !== undefined && !isCampaign(counts)) {
    throw new CustodyError("counts-inconsistent", { path: "counts" });
  }
  const recorded = await campaignOf(ctx, plan.cause);
  if (counts === undefined) return recorded;
  const wrong = RECORDED.find((key) => counts[key] !== recorded[key]);
  if (wrong === undefined) return counts;
  throw new CustodyError("counts-inconsistent", { path: `counts.${wrong}` });
}

/** Which records an order's words reach, by what is known now. */
import { ageAt, type Band, bandOf } from "../core/age.js";
import type { Facts } from "../core/gate.js";
import { selects } from "../core/order-select.js";
import type { OrderText } from "../core/order-text.js";
import type { Basis } from "../core/record.js";
import type { RecordRow } from "../core/row.js";
import { parseInstant } from "../lib/instant.js";
import type { Context } from "./context.js";
import { judged, type RecordScan } from "./members.js";

export interface Selected {
  readonly record: RecordRow;
  readonly basis: Basis;
  readonly facts: Facts;
}

const many = (of: string | readonly string[] | undefined): readonly string[] | undefined =>
  of === undefined ? undefined : typeof of === "string" ? [of] : of;

/**
 * Every record, erased ones included, that the order's selector reaches. Band at collection is
 * judged by now's facts.
 */
export async function* selected(
  ctx: Context,
  order: Pick<OrderText, "select">,
): AsyncIterable<Selected> {
  const subjects = many(order.select.subject);
  const collections = many(order.select.collection);
  const scan: RecordScan = {
    table: "record",
    ...(subjects === undefined ? {} : { subjects }),
    ...(collections === undefined ? {} : { collections }),
  };
  for await (const { record, basis, facts } of judged(ctx, scan, "")) {
    const consent = facts.subject.consents.find((c) => c.id === basis.consent);
    const within = selects(order.select, record, basis, {
      band: bandThen(facts, record),
      consentState: consent?.status ?? "",
      categories: facts.policy.collections.get(record.collection)?.categories ?? [],
    });
    if (within) yield { record, basis, facts };
  }
}

/** The band at collection by what is known now, or was known when the person was erased. */
export function bandThen(facts: Facts, record: RecordRow): Band {
  if (facts.policy.audience === "child-directed") return "child";
  const kept = facts.subject.bandsKept?.[record.id];
  if (kept !== undefined) return kept;
  const takenMs = parseInstant(record.taken);
  return bandOf(takenMs === undefined ? undefined : ageAt(facts.subject.evidence, takenMs));
}

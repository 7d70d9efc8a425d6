/** A plan for the one who must approve it: first how far it reaches, then the places one by one. */
import type { Plan } from "../core/purge.js";
import { pairs, table } from "./output.js";

export function planText(plan: Plan): string {
  return [
    "What would go",
    pairs([
      ["records", String(plan.records)],
      ["people", String(plan.subjects)],
      ["data sets touched", String(plan.datasets.length)],
      ["derived things erased", String((plan.artifacts ?? []).length)],
      ["models destroyed", String(plan.models.length)],
      ["places", String(plan.items.length)],
      ["records kept under a hold", String(plan.retained.length)],
      ["because of", `${plan.cause.kind} ${plan.cause.id}`],
      ["planned", plan.plannedAt],
    ]),
    "",
    "Places, in the order of erasing",
    table(
      ["what", "connector", "ref", "records"],
      plan.items.map(({ node, connector, ref, records }) => [
        node,
        connector,
        ref,
        String(records),
      ]),
    ),
    "",
    "Kept under a hold",
    table(
      ["record", "hold", "authority", "instrument"],
      plan.retained.map((kept) => [kept.record, kept.hold, kept.authority, kept.instrument]),
    ),
  ].join("\n");
}

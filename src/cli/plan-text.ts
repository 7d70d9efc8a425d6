/** A plan for the one who must approve it: first how far it reaches, then the places one by one. */
import type { Plan } from "../core/purge.js";
import { fractionOf } from "../core/retraining.js";
import type { BlastRadius } from "../flows/blast-radius.js";
import { pairs, table } from "./output.js";

/** What having the models again costs; nothing where none is destroyed. */
function costOf({ retraining }: Plan): readonly (readonly [string, string])[] {
  if (retraining === undefined) return [];
  const { redone, of, again, shards } = retraining;
  const part = `${(100 * fractionOf(retraining)).toFixed(1)} % of their training`;
  return [
    ["to be trained again", `${again.length} in ${shards.length} shards`],
    ["which reads again", `${redone} of ${of} records, ${part}`],
  ];
}

export function planText(plan: Plan, reach?: BlastRadius): string {
  return [
    "What would go",
    pairs([
      ["records", String(plan.records)],
      ["people", String(plan.subjects)],
      ["data sets touched", String(plan.datasets.length)],
      ["derived things erased", String((plan.artifacts ?? []).length)],
      ["models destroyed", String(plan.models.length)],
      ...costOf(plan),
      ["places", String(plan.items.length)],
      ["records kept under a hold", String(plan.retained.length)],
      ["because of", `${plan.cause.kind} ${plan.cause.id}`],
      ["planned", plan.plannedAt],
    ]),
    ...(reach === undefined ? [] : reachLines(reach)),
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

function reachLines(reach: BlastRadius): readonly string[] {
  const named = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
  const { sealedBytes } = reach;
  return [
    "",
    "How far it reaches",
    pairs([
      ["sealed bytes", sealedBytes === undefined ? "not counted" : String(sealedBytes)],
      ["recipients of it", named(reach.recipients)],
      ["replicas", named(reach.replicas)],
      ["backups", named(reach.backups.map(({ name, keeps }) => `${name} (keeps ${keeps})`))],
      ["keepers of keys", named(reach.keyEscrows)],
      ["cannot be reached", named(reach.unreachable.map((u) => `${u.connector} (${u.code})`))],
    ]),
    "",
    "Stops serving",
    table(
      ["model", "name", "now"],
      reach.stopsServing.map(({ model, name, state }) => [model, name, state]),
    ),
    "",
    "Held, by whose authority",
    table(
      ["authority", "instrument", "records"],
      reach.held.map(({ authority, instrument, records }) => {
        return [authority, instrument, String(records)];
      }),
    ),
  ];
}

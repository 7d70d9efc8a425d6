/**
 * Disclosures: data handed to a named recipient, each record judged for that purpose and that
 * recipient at the moment of handing over. Hashed or encrypted is still the data.
 */
import type { Facts } from "../core/gate.js";
import { requireKnown, requireText } from "../core/options.js";
import type { Recipient } from "../core/policy.js";
import { decideUse } from "../core/standing.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import {
  type ArtifactId,
  type DatasetId,
  type DisclosureId,
  kindOfId,
  type RecordId,
  requireId,
} from "../lib/id.js";
import { contentOf } from "./ancestry.js";
import { artifactStatus } from "./artifact-status.js";
import type { Context } from "./context.js";
import type { DisclosureBody } from "./disclosed.js";
import { unconfirmedBy } from "./instructions.js";
import { settle } from "./marking.js";
import { marksNow, openSet, setWrites } from "./marks.js";
import { judgedSet } from "./members.js";
import { codeOfStatus } from "./model-inputs.js";
import { policyNow } from "./policy-now.js";
import { recordOf } from "./questions.js";
import { refusal } from "./records.js";
import { commit, created, need, nowText } from "./rows.js";

export const DISCLOSURE_FORMS = ["plain", "hashed", "encrypted"] as const;
export const DISCLOSURE_RECORDS_MAX = 100_000;

export interface DisclosureInput {
  /** The records, one by one; or a sealed dataset, or what was derived as one. */
  readonly records?: readonly RecordId[];
  readonly dataset?: DatasetId | ArtifactId;
  readonly recipient: string;
  readonly purpose: string;
  readonly form: (typeof DISCLOSURE_FORMS)[number];
}

/**
 * Decides whether the data may reach the recipient and keeps that it did. Custody sends nothing
 * itself: the caller hands over after this has resolved, or not at all.
 *
 * @throws `purpose-unknown`, `purpose-forbidden` (the purpose does not reach this recipient), the
 * refusal code of the first record that may not go, `not-found`, `option-invalid`, `limit-exceeded`
 */
export async function disclose(
  ctx: Context,
  input: DisclosureInput,
): Promise<{ readonly id: DisclosureId; readonly records: number }> {
  requireKnown(input, ["records", "dataset", "recipient", "purpose", "form"], "disclose");
  requireText(input.recipient, "disclose.recipient", 200);
  if (!DISCLOSURE_FORMS.includes(input.form)) {
    throw new CustodyError("option-invalid", { path: "disclose.form", reason: "unknown" });
  }
  if ((input.records === undefined) === (input.dataset === undefined)) {
    const reason = "records or a dataset expected";
    throw new CustodyError("option-invalid", { path: "disclose.records", reason });
  }
  const recipient = await recipientOf(ctx, input);
  const ordinals = await ordinalsOf(ctx, input);
  const marks = await marksNow(ctx);
  for await (const { record, basis, facts } of judgedSet(ctx, ordinals, input.purpose)) {
    const towards = reaching(facts, input.purpose, recipient);
    const decision = decideUse(towards, record, basis, marks(record), input.purpose);
    if (!decision.allowed)
      throw refusal(facts.policy, decision, { ...record, purpose: input.purpose });
  }
  const untold = await unconfirmedBy(ctx, recipient.name);
  if (untold !== undefined) {
    throw new CustodyError("purge-incomplete", {
      id: untold.purge,
      purpose: input.purpose,
      rule: "no further sharing until deletion is confirmed (Premom order)",
      help: ["Keep the recipient's confirmation with disclosures.acknowledge."],
    });
  }
  const id = ctx.newId("disclosure");
  const body: DisclosureBody = {
    purpose: input.purpose,
    recipient: recipient.name,
    form: input.form,
    at: nowText(ctx),
    dataset: input.dataset ?? "",
    records: ordinals.size,
  };
  const about = { disclosure: id, purpose: body.purpose, records: ordinals.size, form: body.form };
  await commit(ctx, "data-disclosed", about, [
    // By what went as a whole: who received a dataset is found by its id alone.
    created("disclosure", id, body, { owner: body.dataset }),
    ...setWrites(id, ordinals),
  ]);
  return { id, records: ordinals.size };
}

async function recipientOf(ctx: Context, input: DisclosureInput): Promise<Recipient> {
  const purpose = (await policyNow(ctx)).purposes.get(input.purpose);
  if (purpose === undefined) throw new CustodyError("purpose-unknown", { path: "purpose" });
  const found = purpose.recipients.find(({ name }) => name === input.recipient);
  if (found !== undefined) return found;
  throw new CustodyError("purpose-forbidden", {
    purpose: input.purpose,
    rule: "16 CFR 312.4(c)(1)(iv)",
    help: ["Add the recipient to the purpose's practice, and to a notice."],
  });
}

async function ordinalsOf(ctx: Context, input: DisclosureInput): Promise<OrdinalSet> {
  const { dataset } = input;
  if (dataset !== undefined && kindOfId(dataset) === "artifact") {
    // A model may stand behind it of whose state its records know nothing.
    await settle(ctx);
    const code = codeOfStatus(await artifactStatus(ctx, dataset));
    if (code !== undefined) throw new CustodyError(code, { id: dataset, purpose: input.purpose });
    return contentOf(ctx, { id: dataset });
  }
  if (dataset !== undefined) {
    await need(ctx, "dataset", requireId("dataset", dataset, "disclose.dataset"));
    return openSet(ctx, dataset);
  }
  const records = input.records ?? [];
  if (records.length > DISCLOSURE_RECORDS_MAX) {
    const max = DISCLOSURE_RECORDS_MAX;
    throw new CustodyError("limit-exceeded", { limit: "DISCLOSURE_RECORDS_MAX", max });
  }
  const ordinals: number[] = [];
  for (const id of records) ordinals.push((await recordOf(ctx, id)).ordinal);
  return OrdinalSet.of(ordinals);
}

/** The purpose as it concerns this recipient alone: what others receive needs its own naming. */
function reaching(facts: Facts, name: string, recipient: Recipient): Facts {
  const purpose = facts.policy.purposes.get(name);
  if (purpose === undefined) return facts;
  const third = recipient.role !== "processor";
  const narrowed = {
    ...purpose,
    recipients: [recipient],
    discloses: third,
    separate: third && purpose.separate,
  };
  const purposes = new Map(facts.policy.purposes).set(name, narrowed);
  return { ...facts, policy: { ...facts.policy, purposes } };
}
